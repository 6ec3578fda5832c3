"""Signed report-ins (签名报到): a line this device signs on the spot, so that it counts at its own moment.

Job: the line as docs/api.md has it, and the signature over its bytes.
Never: hold a key; the device signs.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

FIELDS = ("check_in", "nonce", "captured_at", "method", "lon", "lat", "crs", "accuracy_m", "is_mock", "code")


def statement(check_in: str, nonce: str, moment: str, facts: Mapping[str, Any]) -> str:
    """Return the line to sign: FIELDS as text joined by '|'; what is not said is empty."""
    said = {"check_in": check_in, "nonce": nonce, "captured_at": moment} | dict(facts)
    return "|".join(_text(said.get(name)) for name in FIELDS)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def signed(device: Any, check_in: str, nonce: str, moment: str, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return ``signed_text`` and ``signature`` (base64) of a report-in."""
    line = statement(check_in, nonce, moment, facts)
    return {"signed_text": line, "signature": base64.b64encode(device.sign(line.encode())).decode()}
