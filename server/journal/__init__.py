"""The one door for facts: an append-only, tamper-evident memory (日志).

``write`` buffers one line; ``flush`` inserts the buffered lines of this transaction in one statement.
"""

from server.journal.acts import Line, drain, flush, forget, is_unheard, plain, savepoint, unheard, write
from server.journal.models import Entry, Mark, Seal

__all__ = [
    "Entry", "Line", "Mark", "Seal", "drain", "flush", "forget", "is_unheard", "plain", "savepoint", "unheard", "write",
]  # fmt: skip
