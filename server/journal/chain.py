"""The links of the chain: which bytes of a line are sealed, and how one link follows from the one before.

Job: canonical bytes and SM3 (GB/T 32905-2016), the same on every machine and in every year.
Never: read a database.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from cryptography.hazmat.primitives.hashes import SM3, Hash

GENESIS = bytes(32)
"""What the first link follows from."""

COLUMNS = (
    "id", "xid", "at", "captured_at", "action", "move", "item_kind", "item_id", "item_no", "revision", "state_from",
    "state_to", "person_id", "post_id", "role", "unit_code", "device_id", "facts", "audience",
)  # fmt: skip
"""What is sealed of a line: everything. A column added later joins at the end; lines without it keep their bytes."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def canonical(line: Mapping[Any, Any]) -> bytes:
    """Return the bytes of ``line`` that are sealed.

    JSON with sorted keys and without empty columns; moments are whole microseconds since 1970 UTC; ``facts`` must come
    as PostgreSQL's own text of the ``jsonb``, which keeps every digit.
    """
    plain = {name: _plain(line[name]) for name in COLUMNS if line[name] is not None}
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS, default=str)


def _plain(value: Any) -> Any:
    return (value - EPOCH) // MICROSECOND if isinstance(value, datetime) else value


def link(previous: bytes, body: bytes) -> bytes:
    """Return the link (32 bytes) that seals ``body`` behind ``previous``."""
    digest = Hash(SM3())
    digest.update(previous)
    digest.update(body)
    return digest.finalize()
