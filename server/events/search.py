"""Chinese full-text search by two-character words (二元分词).

Job: cut text into overlapping pairs of characters, kept in an indexed array when an event is reported; find any phrase
of two or more characters by that index, then recheck the exact text.
Never: need a dictionary.
"""

from __future__ import annotations

import hmac
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.dialects.postgresql import ARRAY

from server.events.models import Event


def trace(phrase: str) -> str:
    """Return what the journal keeps of a search: whoever knows the words can ask for it, nobody can read them in it."""
    key = str(current_app.secret_key).encode()
    return hmac.new(key, b"search:" + " ".join(phrase.split()).lower().encode(), "sha256").hexdigest()[:32]


def pairs(*texts: str) -> list[str]:
    """Return the distinct pairs of neighbouring characters in ``texts``, white space excluded, sorted."""
    return sorted({pair for text in texts for word in text.split() for pair in _cut(word)})


def _cut(word: str) -> list[str]:
    return [word[i : i + 2] for i in range(len(word) - 1)]


def matches(phrase: str) -> Any:
    """Return the condition that number, text or address hold each word of ``phrase``."""
    return sa.and_(sa.true(), *(_holds(word) for word in phrase.split()))


def _holds(word: str) -> Any:
    exact = sa.or_(*(column.contains(word, autoescape=True) for column in (Event.text, Event.address, Event.no)))
    if len(word) < 2:
        return exact
    return sa.and_(Event.pairs.contains(sa.cast(_cut(word), ARRAY(sa.Text))), exact)
