"""Sessions of the pages (网页会话) and how a request names its actor.

Job: the cookie, the proof against forged requests, the two finders of ``http.authenticate``, the mark "seen".
Never: know a password or a permission.
"""

from __future__ import annotations

import hmac
from datetime import datetime

from flask import Response, current_app, g, request

from server.access import Actor
from server.db import now
from server.http import ANYONE, ROUTES, transaction
from server.people import renewal, tokens
from server.people.refusals import CsrfTokenWrong, ForeignOrigin

COOKIE = "gridwhistle_session"
CSRF_COOKIE = "gridwhistle_csrf"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def by_bearer() -> Actor | None:
    """Find the actor by ``Authorization: Bearer``; a request that names another device is nobody's."""
    scheme, _, raw = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not raw:
        return None
    held = tokens.look(raw.strip(), tokens.DEVICE)
    device = request.headers.get("X-Device-Id")
    if held is None or (device and device != held.actor.device_id):
        return None
    g.held = held
    return held.actor


def by_cookie() -> Actor | None:
    """Find the actor by the session cookie, where no other proof was sent.

    Raises:
        CsrfTokenWrong: an unsafe request without the session's own X-CSRF-Token.
    """
    raw = request.cookies.get(COOKIE)
    if not raw or "Authorization" in request.headers:
        return None
    held = tokens.look(raw, tokens.SESSION)
    if held is None or _is_open_door():
        return None
    sent = _csrf_sent().encode()
    if request.method not in SAFE and not hmac.compare_digest(sent, csrf_token(raw).encode()):
        raise CsrfTokenWrong
    g.held = held
    return held.actor


def _csrf_sent() -> str:
    """Return the token a script sent in the header, or a form without a script in a field."""
    is_form = request.mimetype in FORMS
    return request.headers.get(CSRF_HEADER) or (request.form.get(CSRF_FIELD, "") if is_form else "")


def _is_open_door() -> bool:
    route = ROUTES.get(request.endpoint or "")
    return route is not None and route.may == ANYONE


def csrf_token(raw: str) -> str:
    """Return what a page of this session sends as X-CSRF-Token: made from the session token, so nothing is stored."""
    return hmac.digest(raw.encode(), b"csrf", "sha256").hex()


def check_origin() -> None:
    """Refuse a sign-in that another web site made the browser send (login CSRF)."""
    origin = request.headers.get("Origin")
    if origin and origin.partition("://")[2] != request.host:
        raise ForeignOrigin


def remember(response: Response, raw: str, expires_at: datetime) -> Response:
    """Hand the session to the browser: the token out of reach of scripts, its CSRF token within."""
    for name, value, hidden in ((COOKIE, raw, True), (CSRF_COOKIE, csrf_token(raw), False)):
        response.set_cookie(
            name, value, max_age=expires_at - now(), httponly=hidden, samesite="Lax", secure=_is_secure(), path="/"
        )
    return response


def forget(response: Response) -> Response:
    """Take the session away from the browser."""
    for name in (COOKIE, CSRF_COOKIE):
        response.delete_cookie(name, samesite="Lax", secure=_is_secure(), path="/")
    return response


def _is_secure() -> bool:
    return request.is_secure or current_app.config["GRIDWHISTLE"].secure_cookies


def mark_seen(response: Response) -> Response:
    """After the answer is made: mark the token as seen when that was last done minutes ago, in its own transaction."""
    held = g.pop("held", None)
    if held is not None and held.is_stale:
        with transaction():
            tokens.seen(held.actor.token_hash)
            if held.is_new:
                renewal.retire(held.actor)
    return response
