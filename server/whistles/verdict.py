"""Is the department really there? Judged by position, by the caller's code, or at the meeting (spec 7).

Job: pure verdicts over numbers, and the codes a caller shows.
Never: import flask or sqlalchemy; take coordinates typed by hand.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, datetime

from server.policy.settings import CheckIn as Rule

OK = "ok"
TOO_FAR = "too_far"
INACCURATE = "inaccurate"
MOCK = "mock"
WRONG_CODE = "wrong_code"
FORGED = "forged"
LOCKED = "locked"
NO_PROOF = "no_proof"


def by_position(distance_m: float, accuracy_m: float | None, *, is_mock: bool, rule: Rule) -> str:
    """Return ok, mock, inaccurate or too_far: within the radius plus the accuracy, which itself is bounded."""
    if is_mock and rule.mock_refused:
        return MOCK
    if accuracy_m is None or accuracy_m > rule.accuracy_max_m:
        return INACCURATE
    return OK if distance_m <= rule.radius_m + accuracy_m else TOO_FAR


def code(nonce: str, window: str, digits: int) -> str:
    """Return the digits a caller shows: an HMAC of the whistle's nonce over ``window``."""
    mac = hmac.new(bytes.fromhex(nonce), window.encode(), hashlib.sha256).digest()
    return str(int.from_bytes(mac[:8], "big") % 10**digits).zfill(digits)


def window_at(moment: datetime, life_s: int, back: int = 0) -> str:
    """Return the name of the code window at ``moment``, or ``back`` windows before it."""
    return f"spot:{int(moment.timestamp()) // life_s - back}"


def meeting_window(day: date) -> str:
    """Return the name of the window of a meeting's sign-in code: its day."""
    return f"meeting:{day.isoformat()}"


def by_code(given: str, nonce: str, moment: datetime, rule: Rule, meeting: date | None = None) -> str:
    """Return ok when ``given`` is the code of this or the last window (or of the meeting's day)."""
    windows = [meeting_window(meeting)] if meeting else [window_at(moment, rule.code_life_s, back) for back in (0, 1)]
    digits = given.strip().encode()
    fits = [hmac.compare_digest(digits, code(nonce, window, rule.code_digits).encode()) for window in windows]
    return OK if any(fits) else WRONG_CODE


FIELDS = ("check_in", "nonce", "captured_at", "method", "lon", "lat", "crs", "accuracy_m", "is_mock", "code")


def statement(**values: str) -> str:
    """Return the line a device signs for an offline check-in: FIELDS as text, joined by '|'."""
    return "|".join(values.get(name, "") for name in FIELDS)


def read_statement(line: str) -> dict[str, str] | None:
    """Return the fields of a signed line, or None when it is not one."""
    values = line.split("|")
    return dict(zip(FIELDS, values, strict=True)) if len(values) == len(FIELDS) else None


def arrival_points(*, arrived: bool, late: bool, most: int) -> int:
    """Return the score of arrival: on time full, late half (rounded down), absent none."""
    if not arrived:
        return 0
    return most // 2 if late else most
