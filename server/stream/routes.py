"""The way in to the live stream: in its own process the stream itself, elsewhere the way to it.

Job: join the hub; hand over what waits; beat when nothing does.
Never: hold a database connection while a stream is open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import marshmallow as ma
from flask import Response, current_app, request

from server.access import Actor
from server.errors import Refusal
from server.http import API, BYTES, SIGNED_IN, Room
from server.stream import tickets

if TYPE_CHECKING:
    from server.stream.server import Server

room = Room("stream", __name__, url_prefix=API, description="实时推送")
PATH = "/stream"
LAST = "Last-Event-ID"
SHOWN = ("board",)
"""The parts of pages that the stream shows."""
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Access-Control-Allow-Origin": "*"}
"""Nobody on the way may keep or gather messages; a page may follow a redirect to the stream's own port."""


class StreamStarting(Refusal):
    """The live stream is just starting or waits for its database; try again in a moment.
    实时推送正在启动，请稍后重试。
    """

    status = 503


class StreamAsk(ma.Schema):
    """What a page looks at and would be shown, in which language; the way in from another process."""

    show = ma.fields.String(load_default=None, validate=ma.validate.OneOf(SHOWN))
    language = ma.fields.String(load_default="zh", validate=ma.validate.OneOf(("zh", "en")))
    ticket = ma.fields.String(load_default=None)


@room.get(
    PATH,
    may=SIGNED_IN,
    asks=StreamAsk,
    gives=BYTES,
    media="text/event-stream",
    or_gives={307: None},
    also=(503,),
    reads=("LastEventId",),
    zh="实时推送",
)
def stream(by: Actor, data: dict[str, Any]) -> Any:
    """Server-sent events about what the reader may see: ``event`` is the action, ``data`` the outline of the line.

    ``show`` has the named part of a page sent whenever it has changed: ``shown`` with its HTML, or ``alone`` to whom
    sees what others of the post do not and must ask for the part.
    ``Last-Event-ID`` resumes without loss; ``reset`` says that too much was missed: ask the API anew. ``end``: sign in
    again. Elsewhere than in the stream's own process the answer is a redirect (307).
    """
    server: Server | None = current_app.extensions.get("stream")
    if server is None:
        return Response(status=307, headers={"Location": _elsewhere(by, data), "Cache-Control": "no-store"})
    from server.stream.server import Listener  # gevent belongs to the stream's process alone

    if not server.is_ready():
        raise StreamStarting
    chunked = request.environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    client = Listener(by, request.environ.get("gunicorn.socket"), chunked=chunked)
    return Response(
        server.serve(client, _last(), data["show"], data["language"]), mimetype="text/event-stream", headers=HEADERS
    )


def _last() -> int | None:
    """Return the place after which the client wants to go on; what is no place counts as long ago."""
    text = request.headers.get(LAST, "").strip()
    if not text:
        return None
    return int(text) if text.isdecimal() and len(text) < 19 else -1


def _elsewhere(by: Actor, data: dict[str, Any]) -> str:
    """Return the address of the stream's process with a ticket; by default another port of the same machine."""
    config = current_app.config["GRIDWHISTLE"]
    host = urlsplit(request.host_url).hostname or config.host
    base = config.stream_url or f"{request.scheme}://{f'[{host}]' if ':' in host else host}:{config.stream_port}"
    shown = {"show": data["show"], "language": data["language"]} if data["show"] else {}
    return f"{base}{API}{PATH}?{urlencode({'ticket': tickets.issue(by)} | shown)}"
