"""The words of a voice note (语音内容): what somebody who heard it wrote down, so that it can be read and worked with.

Job: one line of the journal each time; the last one counts, the earlier ones stay.
Never: write down what was not received, or show words to whom the sound is hidden.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from server import journal
from server.access import Actor
from server.db import db
from server.errors import NotFound
from server.http import API
from server.journal import Entry, Line
from server.people.masking import mask_text
from server.photos import refusals
from server.photos.media import VOICE
from server.photos.models import Photo
from server.photos.subject import SUBJECTS

ACTION = "voice.words"
ZH = "记下语音内容"
AGAIN_ZH = "更正语音内容"


def write_down(id: uuid.UUID, text: str, by: Actor) -> dict[str, Any]:
    """Write down what a voice note of an item that ``by`` sees says; the same words again change nothing.

    Raises:
        NotFound, StillAwaited, Protected.
    """
    voice = db.session.get(Photo, id)
    subject = SUBJECTS.get(voice.item_kind) if voice and voice.role in VOICE.roles else None
    if voice is None or subject is None:
        raise NotFound
    item = subject.find(voice.item_id, by)
    if voice.received_at is None:
        raise refusals.StillAwaited
    if subject.hides(item, by):
        raise refusals.Protected
    if _last(item.id).get(str(id), {}).get("text") != text:
        facts = {"voice": str(id), "sha256": voice.sha256, "text": text}
        journal.write(Line(ACTION, by, item=item, kind=subject.kind, facts=facts, audience=subject.hears(item)))
    return {"id": str(id), "text": text}


def with_words(kind: str, item: Any, voices: Iterable[Mapping[str, Any]], by: Actor) -> list[dict[str, Any]]:
    """Return the voice notes of a card with their ``words`` {text, at, unit_code, role} or None, and their acts."""
    subject, told = SUBJECTS[kind], list(voices)
    if not told or subject.hides(item, by):
        return [dict(voice) | {"words": None, "actions": []} for voice in told]
    last = _last(item.id)
    return [_voice(voice, last.get(voice["id"])) for voice in told]


def _voice(voice: Mapping[str, Any], said: Mapping[str, Any] | None) -> dict[str, Any]:
    words = {**said, "text": mask_text(said["text"])} if said else None
    act = {"act": "words", "zh": AGAIN_ZH if said else ZH, "method": "POST", "form": f"{VOICE.name}.words"}
    acts = [act | {"href": f"{API}/{VOICE.way}/{voice['id']}/words"}] if voice["received"] else []
    return dict(voice) | {"words": words, "actions": acts}


def _last(item_id: uuid.UUID) -> dict[str, dict[str, Any]]:
    """Return voice note → the words written down last, with when and in which post."""
    return {
        facts["voice"]: {"text": facts["text"], "at": at.isoformat(), "unit_code": unit, "role": role}
        for facts, at, unit, role in db.session.execute(last_lines(item_id))
    }


def last_lines(item_id: uuid.UUID) -> sa.Select[Any]:
    """Return the query for the last line of each voice note of an item: one row a note, however often corrected."""
    voice = Entry.facts.op("->>")(sa.literal_column("'voice'"))  # the same text in both places
    query = sa.select(Entry.facts, Entry.at, Entry.unit_code, Entry.role).ext(distinct_on(voice))
    return query.where(Entry.item_id == item_id, Entry.action == ACTION).order_by(voice, Entry.id.desc())
