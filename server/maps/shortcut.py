"""The short way to a kept answer (捷径): who asks, what they may see and whether it still holds, in one statement.

Job: stand before the application and give an answer of a map again that was given before to the same address, to
whoever sees the same, of the same data; all else goes on to the application.
Never: refuse, draw, write, or answer where the application would not: whoever is not certainly let in goes on to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from time import monotonic, perf_counter
from typing import Any, NamedTuple

import psycopg
import sqlalchemy as sa
from flask import Flask, Response, g, request
from psycopg.rows import namedtuple_row
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.http import parse_cookie

from server import http
from server.access import Actor
from server.counters import REQUESTS, SECONDS
from server.db import CN, db, now
from server.errors import NotSignedIn, Refusal
from server.maps import drawn, memory, sights, tiles
from server.maps.frame import Frame
from server.maps.memory import Answer, State
from server.maps.sights import Sight
from server.people import sessions, tokens

PLACE = f"{http.API}/maps/"
TILE = re.compile(rf"{PLACE}tiles/(\d{{1,2}})/(\d{{1,8}})/(\d{{1,8}})\.mvt", re.ASCII)
LOST = (OperationalError, InterfaceError, NoConnectionFree, psycopg.OperationalError, psycopg.InterfaceError)
"""The database is away: the application knows what to say."""
SEEN_S = 0.05
"""Seconds for which one look serves all that a reader asks for: the dozen tiles of a map come together. The map asks
again a tenth of a second after the live stream told of a change, so it never meets an older look."""
SEEN_MAX = 1_000
FRESH = frozenset({"X-Server-Time", "Content-Length", "Set-Cookie", "Date", sights.KEEP})
"""Headers that belong to one answer alone."""
OF_CONTENT = frozenset({"Content-Type"})
"""Headers that an answer without content leaves out."""


def _statement() -> sa.Select[Any]:
    who = tokens.READ.subquery("who")
    held = memory.NOW.columns(*(sa.column(name) for name in State._fields)).subquery("held")
    return sa.select(who, held).select_from(who.join(held, sa.true()))


Start = Callable[..., Any]


class Shortcut:
    """A WSGI application that gives kept answers of ``app`` and leaves everything else to it."""

    def __init__(self, app: Flask) -> None:
        self.app, self.onward = app, app.wsgi_app
        self.statement = _statement().compile(dialect=dialect())
        self.sql = str(self.statement)
        self.seen: dict[Proof, Seen] = {}

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Answer, or pass on."""
        began = perf_counter()
        if environ["REQUEST_METHOD"] != "GET" or not environ.get("PATH_INFO", "").startswith(PLACE):
            return self.onward(environ, start)
        found = self._kept(environ)
        if found is None:
            return self.onward(environ, start)
        answer, seen = found
        is_known = answer.tag in environ.get("HTTP_IF_NONE_MATCH", "")
        REQUESTS.labels("GET", answer.route, 304 if is_known else 200).inc()
        SECONDS.labels("GET", answer.route).observe(perf_counter() - began)
        fresh = [("X-Server-Time", now().isoformat()), *sights.keeping(environ.get("HTTP_X_MAP_SIGHT"), seen.sight)]
        return _unchanged(answer, fresh, start) if is_known else _whole(answer, fresh, start)

    @cached_property
    def engine(self) -> sa.Engine:
        """Connections on which a single statement needs no transaction around it."""
        with self.app.app_context():
            return db.engine.engine.execution_options(isolation_level="AUTOCOMMIT")

    def _kept(self, environ: dict[str, Any]) -> tuple[Answer, Seen] | None:
        """Return the answer that is kept for this request and for whom, None when there is none or doubt."""
        address, proof = _address(environ), _proof(environ)
        alike = memory.kept(_alike(address[1]))
        if not proof.raw or (alike is None and memory.kept(("asked", address)) is None):
            return None
        try:
            seen = self._seen(proof)
            found = _found(address, seen, alike)
            if found:
                http.check_may(http.ROUTES[found.route], seen.by)
        except (Refusal, *LOST):
            return None
        return found and (found, seen)

    def _seen(self, proof: Proof) -> Seen:
        """Return what was found at the last look for this proof, or look again; raises as ``_look`` does."""
        name = proof._replace(raw=tokens.digest(proof.raw).hex())  # no token stays in mind in clear
        began, seen = monotonic(), self.seen.get(name)
        if seen is None or seen.until <= began:
            held, by = self._look(proof)
            seen = Seen(began + SEEN_S, by, sights.sight(held, by))
            if len(self.seen) >= SEEN_MAX:
                self.seen.clear()
            self.seen[name] = seen
        return seen

    def _look(self, proof: Proof) -> tuple[State, Actor]:
        """Return the state of the data, and who asks.

        Raises NotSignedIn where the application must look itself: nobody valid, another device, not seen for long.
        """
        words = self.statement.construct_params(tokens.words(proof.raw) | {"layer": memory.BASE, "moment": now()})
        with self.engine.connect() as connection, connection.connection.cursor(row_factory=namedtuple_row) as cursor:
            rows = cursor.execute(self.sql, words).fetchall()  # psycopg's own: half the time of the whole way otherwise
        held = tokens.judged(rows, proof.kind)
        is_foreign = proof.device and proof.kind == tokens.DEVICE and held and proof.device != held.actor.device_id
        if held is None or held.is_stale or is_foreign:
            raise NotSignedIn
        return State(rows[0].edition, rows[0].editions, rows[0].version), held.actor


class Proof(NamedTuple):
    """What shows who asks: the token that came, its kind, and the phone that says it holds it."""

    raw: str
    kind: str
    device: str | None


class Seen(NamedTuple):
    """What one look found: until when it is believed, who asks, and what they see."""

    until: float
    by: Actor
    sight: Sight


def _proof(environ: dict[str, Any]) -> Proof:
    """Return the proof that came, as ``people.sessions`` reads it; its token is '' when there is none."""
    given, device = environ.get("HTTP_AUTHORIZATION"), environ.get("HTTP_X_DEVICE_ID")
    if given is None:
        return Proof(parse_cookie(environ.get("HTTP_COOKIE")).get(sessions.COOKIE, ""), tokens.SESSION, device)
    scheme, _, raw = given.partition(" ")
    return Proof(raw.strip() if scheme.casefold() == "bearer" else "", tokens.DEVICE, device)


def _address(environ: dict[str, Any]) -> tuple[str, str]:
    return environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")


class Alike(NamedTuple):
    """How tiles of one question are answered that are the same for everybody: only the place differs."""

    layers: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]


def _alike(question: str) -> tuple[Any, ...]:
    return "alike", question, now().astimezone(CN).date()


def _found(address: tuple[str, str], seen: Seen, alike: Alike | None) -> Answer | None:
    """Return the answer to this address, or a tile that was never asked for but is drawn already."""
    found: Answer | None = memory.kept(("answer", address, seen.sight))
    place = TILE.fullmatch(address[0])
    if found or alike is None or place is None:
        return found
    content = drawn.known(alike.layers, Frame(*map(int, place.groups())), seen.sight.held)
    if content is None:
        return None
    tag = f'"{tiles.finished(content).tag}"'
    return Answer("maps.tile", (*alike.headers, ("ETag", tag)), tag, content)


def offer(held: State, by: Actor, layers: Sequence[str] = ()) -> None:
    """Let the answer to this request be given again, as long as ``held`` is the state of the data.

    Tiles whose ``layers`` are for all are given wherever they are drawn already.
    """
    if request.path.startswith(PLACE):
        g.kept_as = _address(request.environ), sights.sight(held, by)
        g.alike = tuple(layers) if layers and tiles.is_for_all(layers) else None


def _keep(response: Response) -> Response:
    if "kept_as" in g and response.status_code in (200, 304):
        address, sight = g.kept_as
        headers = tuple(pair for pair in response.headers if pair[0] not in FRESH)
        route = (request.endpoint or "").removeprefix("api.")
        memory.keep(("answer", address, sight), Answer(route, headers, response.headers["ETag"], response.get_data()))
        memory.keep(("asked", address), b"")
        if g.alike and response.status_code == 200:
            memory.keep(_alike(address[1]), Alike(g.alike, tuple(pair for pair in headers if pair[0] != "ETag")))
        response.headers.extend(sights.keeping(request.headers.get(sights.ASKED), sight))
    return response


Headers = Iterable[tuple[str, str]]


def _whole(answer: Answer, fresh: Headers, start: Start) -> Iterable[bytes]:
    start("200 OK", [*answer.headers, ("Content-Length", str(len(answer.content))), *fresh])
    return (answer.content,)


def _unchanged(answer: Answer, fresh: Headers, start: Start) -> Iterable[bytes]:
    start("304 NOT MODIFIED", [*(pair for pair in answer.headers if pair[0] not in OF_CONTENT), *fresh])
    return ()


def init_app(app: Flask) -> None:
    """Put the short way before ``app``; before everything else that dresses answers, so that it sees them dressed."""
    app.after_request(_keep)
    app.wsgi_app = Shortcut(app)  # type: ignore[method-assign]
