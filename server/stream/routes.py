"""The way in to the live stream: in its own process the stream itself, elsewhere the way to it.

Job: join the hub; hand over what waits; beat when nothing does.
Never: hold a database connection while a stream is open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

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
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Access-Control-Allow-Origin": "*"}
"""Nobody on the way may keep or gather messages; a page may follow a redirect to the stream's own port."""


class StreamStarting(Refusal):
    """The live stream is just starting or waits for its database; try again in a moment.
    实时推送正在启动，请稍后重试。
    """

    status = 503


@room.get(
    PATH,
    may=SIGNED_IN,
    gives=BYTES,
    media="text/event-stream",
    or_gives={307: None},
    also=(503,),
    reads=("LastEventId",),
    zh="实时推送",
)
def stream(by: Actor) -> Any:
    """Server-sent events about what the reader may see: ``event`` is the action, ``data`` the outline of the line.

    ``Last-Event-ID`` resumes without loss; ``reset`` says that too much was missed: ask the API anew. ``end``: sign in
    again. Elsewhere than in the stream's own process the answer is a redirect (307).
    """
    server: Server | None = current_app.extensions.get("stream")
    if server is None:
        return Response(status=307, headers={"Location": _elsewhere(by), "Cache-Control": "no-store"})
    from server.stream.server import Listener  # gevent belongs to the stream's process alone

    if not server.is_ready():
        raise StreamStarting
    chunked = request.environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    client = Listener(by, request.environ.get("gunicorn.socket"), chunked=chunked)
    return Response(server.serve(client, _last()), mimetype="text/event-stream", headers=HEADERS)


def _last() -> int | None:
    """Return the place after which the client wants to go on; what is no place counts as long ago."""
    text = request.headers.get(LAST, "").strip()
    if not text:
        return None
    return int(text) if text.isdecimal() and len(text) < 19 else -1


def _elsewhere(by: Actor) -> str:
    """Return the address of the stream's process with a ticket; by default another port of the same machine."""
    config = current_app.config["GRIDWHISTLE"]
    host = urlsplit(request.host_url).hostname or config.host
    base = config.stream_url or f"{request.scheme}://{f'[{host}]' if ':' in host else host}:{config.stream_port}"
    return f"{base}{API}{PATH}?{urlencode({'ticket': tickets.issue(by)})}"
