"""What people's tables shed by themselves, for the worker process to call once an hour.

Job: delete ended keys and old tries.
Never: commit.
"""

from __future__ import annotations

from datetime import timedelta

from server.db import now
from server.people import codes, tokens, tries

REMEMBER = timedelta(days=180)
"""Ended tokens and codes stay this long: network logs are kept for six months (Cybersecurity Law art. 21)."""


def tidy() -> dict[str, int]:
    """Shed what is due and return how many rows of each kind; the caller commits."""
    before = now() - REMEMBER
    return {
        "tokens": tokens.purge(before),
        "codes": codes.purge(before),
        "tries": tries.purge(),
    }
