"""Webhooks (外部推送): programs outside hear of lines, signed, tried again, logged.

Job: offer each sealed line once to each webhook that wants it; deliver it at least once, with a signature.
Never: send content: the outline of a line says what to ask the API for.

A webhook walks along the seals with a place of its own, so nothing is lost while it is away and no act waits for it.
The receiver checks ``X-Gridwhistle-Signature``, the hex HMAC over ``<X-Gridwhistle-Timestamp>.<body>`` with its secret,
and may meet the same ``id`` again after a crash.
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta

import orjson
import procrastinate
import sqlalchemy as sa
import urllib3
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC
from flask import current_app
from procrastinate.jobs import Job

from server import http, journal, policy
from server.access import Actor
from server.db import db, new_id, now
from server.errors import NotFound
from server.jobs import queue
from server.journal import Entry, Line, Seal
from server.notices import outbound
from server.notices.models import Delivery, Webhook
from server.notices.outline import outline, sealed

AT_ONCE = 500
LONGEST_WAIT = timedelta(hours=1)


def _sm3(secret: bytes, text: bytes) -> str:
    code = HMAC(secret, SM3())
    code.update(text)
    return code.finalize().hex()


DIGESTS: dict[str, Callable[[bytes, bytes], str]] = {
    "sha256": lambda secret, text: hmac.new(secret, text, "sha256").hexdigest(),
    "sm3": _sm3,
}
"""How a body may be signed."""


class NotDelivered(Exception):
    """The receiver did not answer with 2xx; the job tries again."""


class Stubborn(procrastinate.BaseRetryStrategy):
    """Again after 4 s, 16 s, 64 s … at most an hour, as often as the district decided."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> procrastinate.RetryDecision | None:
        """Return when to try again, None when that was the last time."""
        tries = job.attempts + 1
        if tries >= policy.current().settings.notices.webhook_tries:
            return None
        wait = min(timedelta(seconds=4**tries), LONGEST_WAIT)
        return procrastinate.RetryDecision(retry_in={"seconds": int(wait.total_seconds())})


def secret_of(webhook_id: uuid.UUID) -> str:
    """Return the secret of a webhook: derived from the key of the installation, kept nowhere."""
    key = current_app.config["GRIDWHISTLE"].secret_key.encode()
    return hmac.new(key, b"webhook:" + webhook_id.bytes, "sha256").hexdigest()


def add(url: str, actions: Sequence[str], tags: Sequence[str], digest: str, note: str, by: Actor) -> Webhook:
    """Return a new webhook that hears of lines sealed from now on; raises AddressRefused."""
    outbound.check(url, networks())
    head = db.session.scalar(sa.select(sa.func.max(Seal.n))) or 0
    webhook = Webhook(
        id=new_id(), url=url, actions=list(actions), tags=list(tags), digest=digest, note=note, seen_n=head,
        created_by=by.person_id, created_at=now(),
    )  # fmt: skip
    db.session.add(webhook)
    journal.write(Line("webhook.added", by, facts={"webhook": str(webhook.id), "url": url, "actions": webhook.actions}))
    db.session.flush()
    return webhook


def end(webhook_id: uuid.UUID, by: Actor) -> Webhook:
    """End a webhook; what is still to be delivered to it is dropped."""
    webhook = db.session.get(Webhook, webhook_id, with_for_update=True)
    if webhook is None:
        raise NotFound
    if webhook.ended_at is None:
        webhook.ended_at = now()
        journal.write(Line("webhook.ended", by, facts={"webhook": str(webhook.id)}))
    return webhook


def again(delivery_id: uuid.UUID, by: Actor) -> None:
    """Try a delivery that was given up once more; raises NotFound when there is no such one."""
    found = db.session.get(Delivery, delivery_id, with_for_update=True)
    if found is None or found.given_up_at is None:
        raise NotFound
    found.given_up_at, found.tries = None, 0
    queue.enqueue(push, delivery_id=str(found.id))
    journal.write(Line("webhook.tried_again", by, facts={"webhook": str(found.webhook_id), "n": found.n}))


def networks() -> Sequence[outbound.Network]:
    """Return the private networks this installation may call."""
    return current_app.config["GRIDWHISTLE"].webhook_networks  # type: ignore[no-any-return]


def offer() -> int:
    """Offer the next lines to every webhook that is behind and return how many webhooks that were."""
    head = db.session.scalar(sa.select(sa.func.max(Seal.n))) or 0
    behind = sa.select(Webhook).where(Webhook.ended_at.is_(None), Webhook.seen_n < head).order_by(Webhook.id)
    behind = behind.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    webhooks = db.session.scalars(behind).all()
    for webhook in webhooks:
        _offer(webhook, min(head, webhook.seen_n + AT_ONCE))
    return len(webhooks)


def _offer(webhook: Webhook, until: int) -> None:
    wanted = [name.replace("_", r"\_").replace("*", "%") for name in webhook.actions]
    query = sa.select(Seal.n).join(Entry, Entry.id == Seal.entry_id)
    query = query.where(Seal.n > webhook.seen_n, Seal.n <= until, Entry.audience.op("&&")(webhook.tags))
    query = query.where(sa.or_(*(Entry.action.like(name) for name in wanted))).order_by(Seal.n)
    for n in db.session.scalars(query).all():
        delivery = Delivery(id=new_id(), webhook_id=webhook.id, n=n, created_at=now())
        db.session.add(delivery)
        db.session.flush()
        queue.enqueue(push, delivery_id=str(delivery.id))
    webhook.seen_n = until


@queue.app.task(name="push", retry=Stubborn())
def push(delivery_id: str) -> None:
    """Try once to deliver; raises NotDelivered after noting what came of it."""
    found = db.session.get(Delivery, uuid.UUID(delivery_id))
    webhook = found and db.session.get(Webhook, found.webhook_id)
    if not found or not webhook or found.delivered_at or webhook.ended_at:
        return
    body = message(found)
    url, headers = webhook.url, signed(webhook, body)
    db.session.rollback()  # no transaction stays open while a stranger takes his time
    answer = _ask(url, body, headers)
    _note(found.id, answer)
    if not answer.startswith("2"):
        raise NotDelivered(answer)


def message(delivery: Delivery) -> bytes:
    """Return the body to be sent."""
    row = db.session.execute(sealed().where(Seal.n == delivery.n)).one()
    return orjson.dumps({"id": str(delivery.id), "n": row.n, "event": row.action, "data": outline(row)})


def signed(webhook: Webhook, body: bytes) -> dict[str, str]:
    """Return the headers that prove where ``body`` comes from and when it was sent."""
    stamp = str(int(now().timestamp()))
    signature = DIGESTS[webhook.digest](secret_of(webhook.id).encode(), f"{stamp}.".encode() + body)
    return {
        "Content-Type": "application/json",
        "X-Gridwhistle-Timestamp": stamp,
        "X-Gridwhistle-Digest": webhook.digest,
        "X-Gridwhistle-Signature": signature,
    }


def _ask(url: str, body: bytes, headers: dict[str, str]) -> str:
    try:
        return str(outbound.post(url, body, headers, networks()))
    except (outbound.AddressRefused, urllib3.exceptions.HTTPError, OSError) as error:
        return f"{type(error).__name__}: {error}"[:500]


def _note(delivery_id: uuid.UUID, answer: str) -> None:
    """Keep the answer in the log of deliveries; after the last try note that it is given up."""
    with http.transaction():
        delivery = db.session.get_one(Delivery, delivery_id, with_for_update=True, populate_existing=True)
        delivery.tries += 1
        delivery.last_try_at, delivery.last_answer = now(), answer
        if answer.startswith("2"):
            delivery.delivered_at = now()
        elif delivery.tries >= policy.current().settings.notices.webhook_tries:
            delivery.given_up_at = now()
