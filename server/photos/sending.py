"""Send an attachment for an item (补传附件): from bytes, whole or a part, to a photo or voice note noted as received.

Job: what every way in for bytes does, whether they come as the body of a request or within a form.
Never: read a request's headers.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from server import http
from server.access import Actor
from server.db import now
from server.http import Answer
from server.photos import acts, media, receiving, refusals
from server.photos.media import Medium
from server.photos.partials import Span
from server.photos.subject import Subject


def send(
    subject: Subject,
    item_id: uuid.UUID,
    sha256: str,
    read: Callable[[int], bytes],
    part: Span,
    *,
    how: Mapping[str, Any],
    by: Actor,
) -> Answer:
    """Take bytes of an attachment and note it once all are there; ``how`` says which kind of attachment it is.

    Gives the database connection back meanwhile, so nothing may be changed before in this transaction.
    """
    item, medium = subject.find(item_id, by), media.of(how["kind"])
    is_declared = _is_declared(subject, medium, item, sha256, by)
    http.step_aside()
    kept = receiving.take(medium, receiving.partial(by.person_id, sha256), read, part, item_id)
    if isinstance(kept, int):
        return Answer(202, {"sha256": sha256, "received": False, "offset": kept})
    if not is_declared:
        item = subject.find(item_id, by, lock=True)  # much may have happened while the bytes came
        if not _is_declared(subject, medium, item, sha256, by):
            acts.declare([(subject.kind, item_id, [{"sha256": sha256} | dict(how)], by.person_id)], at=now())
    photo, is_news = acts.receive(subject, item, sha256, kept, by=by)
    return Answer(201 if is_news else 200, acts.line(photo))


def _is_declared(subject: Subject, medium: Medium, item: Any, sha256: str, by: Actor) -> bool:
    """Tell whether an attachment is declared; raises OtherKind, and what refuses one that ``by`` may not add."""
    declared = acts.expected(item.id, sha256)
    if declared is None:
        acts.check_may_add(subject, medium, item, by)
    elif declared.role not in medium.roles:
        raise refusals.OtherKind
    return declared is not None
