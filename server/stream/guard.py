"""Who may still listen: every open stream is asked again, all within half a minute.

Job: close streams whose token was revoked, has ended or whose person left; follow changed posts; cut off dead clients.
Never: ask one by one, or hold up the stream: some in one statement, then a pause.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from itertools import islice

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from server.access import Actor
from server.db import db
from server.flow.audience import listens
from server.notices.channels import KIND
from server.people import tokens
from server.stream.hub import Client, Hub, Listens, event

ROUND = 20.0
"""Seconds in which everybody is asked once."""
AT_ONCE = 50
"""Clients asked about in one statement: some 5 ms in which the stream stands still."""
STUCK = 60.0
"""Seconds after which a client that takes nothing is cut off."""

log = logging.getLogger(__name__)


def listens_for(actor: Actor) -> Listens:
    """Return what ``actor`` may hear: changes of items within the scopes of viewing them, and own notices."""
    return {**listens(actor), KIND: frozenset({f"p:{actor.person_id}"})}


def watch(app: Flask, hub: Hub, cut: Callable[[Client], None]) -> None:
    """Ask again about every client, round after round, until the process ends; ``cut`` ends a stream by force."""
    while True:
        started = time.monotonic()
        for group in _groups(hub):
            try:
                with app.app_context():
                    ask(hub, group)
            except SQLAlchemyError as error:
                log.warning("the database is away: %s", type(error).__name__)
            cut_stuck(group, cut)
            time.sleep(ROUND * len(group) / max(len(hub.clients), AT_ONCE))
        time.sleep(max(0.0, ROUND - (time.monotonic() - started)))


def _groups(hub: Hub) -> Iterator[list[Client]]:
    clients = iter(list(hub.clients))
    while group := list(islice(clients, AT_ONCE)):
        yield group


def ask(hub: Hub, clients: list[Client]) -> None:
    """Close the streams of those whose tokens are not valid now; let the others listen for what they may hear now."""
    holders = tokens.holders({client.owner.token_hash for client in clients})
    db.session.rollback()
    for client in clients:
        actor = holders.get(client.owner.token_hash)
        if actor is None:
            client.end(event(hub.last, "end"))
        elif actor.hats != client.owner.hats:
            client.owner = actor
            hub.relisten(client, listens_for(actor))


def cut_stuck(clients: list[Client], cut: Callable[[Client], None]) -> None:
    """Cut off the clients that have taken nothing of what waits for them for a minute: they are gone."""
    moment = time.monotonic()
    for client in clients:
        if not client.is_owed:
            client.stuck_since = None
        elif client.stuck_since is None:
            client.stuck_since = moment
        elif moment - client.stuck_since > STUCK:
            cut(client)
