"""A thing of the policy as plain data: what an item keeps of the promise it was made under, what a page shows.

Never loses a field; reading back is not its job.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time
from typing import Any

from server.policy.limit import Limit


def plain(thing: Any) -> Any:
    """`thing` in the types JSON has: limits as their text, sets as sorted lists, dataclasses as objects."""
    if isinstance(thing, Limit | date | time):
        return str(thing)
    if is_dataclass(thing):
        return {field.name: plain(getattr(thing, field.name)) for field in fields(thing)}
    if isinstance(thing, Mapping):
        return {str(key): plain(value) for key, value in thing.items()}
    if isinstance(thing, frozenset):
        return sorted(map(plain, thing))
    return [plain(part) for part in thing] if isinstance(thing, tuple) else thing
