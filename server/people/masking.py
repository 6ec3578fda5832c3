"""Mask what identifies a resident in free text (脱敏, spec 13.1 and 13.3).

Job: ID numbers, mobile numbers and plates in text; phones for those without need.
Never: change what is stored.
"""

from __future__ import annotations

import re

_ID = re.compile(r"(?<!\d)(\d{4})\d{10}(\d{3}[\dXx])(?!\d)")
_MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(rf"([{_PROVINCE}][A-HJ-NP-Z])[·\s]?[A-HJ-NP-Z0-9]{{4,5}}([A-HJ-NP-Z0-9挂学警港澳])")


def mask_text(text: str) -> str:
    """Return ``text`` with ID numbers, mobile numbers and number plates masked."""
    masked = _ID.sub(r"\1**********\2", text)
    masked = _MOBILE.sub(r"\1****\2", masked)
    return _PLATE.sub(r"\1****\2", masked)


def masked(text: str | None) -> str | None:
    """Return ``text`` masked; nothing stays nothing."""
    return text if text is None else mask_text(text)


def mask_phone(phone: str | None) -> str:
    """Return a phone number with its middle hidden: 138****1234."""
    return _MOBILE.sub(r"\1****\2", phone or "")
