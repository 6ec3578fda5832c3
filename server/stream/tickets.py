"""Tickets (入场券): a client that asked the web process is sent to the stream's process with half a minute to arrive.

Job: carry over who asked, signed, when the two processes have different addresses: a redirect to another port drops
the Authorization header.
Never: contain a token: a ticket names its hash, is worthless after 30 seconds and once the token is revoked.
"""

from __future__ import annotations

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from server.access import Actor
from server.people import tokens

LIFE = 30
"""Seconds."""


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="ticket of the live stream")


def issue(actor: Actor) -> str:
    """Return a ticket for ``actor``."""
    assert actor.token_hash is not None
    return _signer().dumps(actor.token_hash.hex())


def by_ticket() -> Actor | None:
    """Find the actor by the query field ``ticket``."""
    try:
        token_hash = bytes.fromhex(_signer().loads(request.args.get("ticket", ""), max_age=LIFE))
    except BadData:
        return None
    return tokens.holders({token_hash}).get(token_hash)
