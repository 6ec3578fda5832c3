"""Ids made in the field: UUIDv7 (RFC 9562), in order of making within one process.

Job: one id per thing, made when the user presses submit, kept for ever.
Never: ask anybody for a number.
"""

from __future__ import annotations

import secrets
import threading
import time
import uuid

SEQUENCE_BITS = 12
_lock = threading.Lock()
_last = [0, 0]


def new_id() -> str:
    """Return a fresh UUIDv7 as text; a later one is greater, also in one millisecond or when the clock goes back."""
    with _lock:
        moment = time.time_ns() // 1_000_000
        if moment > _last[0]:
            _last[:] = [moment, secrets.randbits(SEQUENCE_BITS - 2)]
        else:
            _last[1] += 1
        if _last[1] >> SEQUENCE_BITS:
            _last[:] = [_last[0] + 1, 0]
        high, sequence = _last
        value = (high << 80) | (7 << 76) | (sequence << 64) | (2 << 62) | secrets.randbits(62)
    return str(uuid.UUID(int=value))
