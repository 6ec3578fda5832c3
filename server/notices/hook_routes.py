"""The ways in to webhooks: who operates the system adds, looks at and ends them.

Job: shapes and permissions; one line to the act.
Never: show a secret twice.
"""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
import sqlalchemy as sa

from server.access import Actor
from server.db import db
from server.errors import NotFound
from server.flow.card import iso
from server.http import API, Room
from server.notices import hooks
from server.notices.models import Delivery, Webhook
from server.notices.outbound import PORTS
from server.pages import LIMIT_MAX, PageAsk, PageOut, page
from server.reading import Whole

MAY = "system.operate"
room = Room("webhooks", __name__, url_prefix=API, description="外部推送")
TAG = ma.fields.String(validate=ma.validate.Length(1, 60))
ACTION = ma.fields.String(validate=Whole(r"\*|[a-z_]+\.(\*|[a-z_]+)"))


class WebhookIn(ma.Schema):
    """Where to send what: actions such as ``event.report``, ``event.*``, ``*``; tags of the audience, ``a`` is all."""

    class Meta:
        unknown = ma.RAISE

    url = ma.fields.URL(required=True, schemes=set(PORTS), require_tld=False, validate=ma.validate.Length(max=500))
    actions = ma.fields.List(ACTION, required=True, validate=ma.validate.Length(1, 50))
    tags = ma.fields.List(
        TAG,
        load_default=lambda: ["a"],
        validate=ma.validate.Length(1, 50),
    )
    digest = ma.fields.String(load_default="sha256", validate=ma.validate.OneOf(list(hooks.DIGESTS)))
    note = ma.fields.String(load_default="", validate=ma.validate.Length(max=200))


class WebhookOut(ma.Schema):
    """A webhook without its secret."""

    id = ma.fields.UUID(required=True)
    url = ma.fields.String(required=True)
    actions = ma.fields.List(ma.fields.String(), required=True)
    tags = ma.fields.List(ma.fields.String(), required=True)
    digest = ma.fields.String(required=True)
    note = ma.fields.String(required=True)
    created_at = ma.fields.DateTime(required=True)
    ended_at = ma.fields.DateTime(required=True, allow_none=True)


class WebhookAdded(WebhookOut):
    """A new webhook with its secret, shown this once."""

    secret = ma.fields.String(required=True)


class Webhooks(ma.Schema):
    """All webhooks, newest first, at most 200."""

    items = ma.fields.List(ma.fields.Nested(WebhookOut), required=True)


class AgainOut(ma.Schema):
    """That it will be tried."""

    noted = ma.fields.Boolean(required=True)


def shown(webhook: Webhook) -> dict[str, Any]:
    """Return a webhook as it is shown."""
    plain = {name: getattr(webhook, name) for name in ("url", "actions", "tags", "digest", "note")}
    moments = {"created_at": iso(webhook.created_at), "ended_at": iso(webhook.ended_at)}
    return {"id": str(webhook.id), **plain, **moments}


@room.get("/webhooks", may=MAY, gives=Webhooks, zh="外部推送列表")
def list_webhooks(by: Actor) -> dict[str, Any]:
    """Return the webhooks, newest first."""
    query = sa.select(Webhook).order_by(Webhook.created_at.desc()).limit(LIMIT_MAX)
    return {"items": [shown(webhook) for webhook in db.session.scalars(query)]}


@room.post("/webhooks", may=MAY, takes=WebhookIn, gives=WebhookAdded, status=201, zh="新增外部推送")
def add_webhook(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Add a webhook; its secret is shown in this answer only."""
    webhook = hooks.add(**data, by=by)
    return shown(webhook) | {"secret": hooks.secret_of(webhook.id)}


@room.post("/webhooks/<uuid:id>/end", may=MAY, gives=WebhookOut, zh="停用外部推送")
def end_webhook(id: uuid.UUID, by: Actor) -> dict[str, Any]:
    """End a webhook for good."""
    return shown(hooks.end(id, by))


@room.get("/webhooks/<uuid:id>/deliveries", may=MAY, asks=PageAsk, gives=PageOut, zh="推送记录")
def list_deliveries(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return one page of what was sent to a webhook and what came of it, newest first."""
    if db.session.get(Webhook, id) is None:
        raise NotFound
    rows, cursor = page(sa.select(Delivery).where(Delivery.webhook_id == id), (Delivery.n,), **data)
    return {"items": [_delivery(row[0]) for row in rows], "next_cursor": cursor}


@room.post("/webhooks/deliveries/<uuid:id>/again", may=MAY, gives=AgainOut, zh="重新推送")
def deliver_again(id: uuid.UUID, by: Actor) -> dict[str, Any]:
    """Try a delivery that was given up once more, as often as a new one."""
    hooks.again(id, by)
    return {"noted": True}


def _delivery(delivery: Delivery) -> dict[str, Any]:
    moments = ("created_at", "last_try_at", "delivered_at", "given_up_at")
    plain = {name: getattr(delivery, name) for name in ("n", "tries", "last_answer")}
    return {"id": str(delivery.id), **plain, **{name: iso(getattr(delivery, name)) for name in moments}}
