"""What stands in a caller's QR code (报到二维码): the whistle and its code, so that another whistle's is noticed.

Job: write and read one short line.
Never: hold more than that: whoever photographs it gets nothing else.
"""

from __future__ import annotations

SPOT, MEETING = "GWC", "GWM"
"""Marks of the code on the spot and of a meeting's."""


def qr_text(whistle_id: str, code: str, *, meeting: bool = False) -> str:
    """Return the line to show as a QR code; "" without a code."""
    return f"{MEETING if meeting else SPOT}:{whistle_id}:{code}" if code else ""


def read(text: str, whistle_id: str) -> tuple[str, str]:
    """Return (how, code) of a scanned line: how is code or meeting; ("other", "") of another whistle; ("", "") else."""
    mark, _, rest = text.strip().partition(":")
    of, _, code = rest.partition(":")
    if mark not in (SPOT, MEETING):
        digits = text.strip()
        return ("code", digits) if digits.isdigit() and len(digits) <= 12 else ("", "")
    if of != whistle_id:
        return "other", ""
    return ("meeting" if mark == MEETING else "code"), code
