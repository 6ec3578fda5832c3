"""The application of the live stream's own process: the same application with one door open.

Job: start the stream beside the application; gunicorn runs it with one gevent worker, or several.
Never: answer the rest of the API or a page: thousands of open streams and short requests do not belong in one process.
"""

from __future__ import annotations

import gc

from flask import Flask, abort, request

from server import http
from server.app import create_app
from server.config import Config
from server.console import board, frame
from server.stream.server import Server
from server.stream.tickets import by_ticket

ROOMS = (
    "server.people.routes:room",
    "server.events.routes:room",
    "server.whistles.routes:room",
    "server.objections.routes:room",
    "server.stream.routes:room",
    "server.health:desk",
)
"""Who knocks, what they knock at, what a board asks, and the one machine that nothing else here brings."""
OPEN = frozenset({"stream.stream", "health.alive", "health.ready", "metrics.tell"})
"""The endpoints that answer here."""


def create_stream_app(config: Config | None = None) -> Flask:
    """Return the application with its stream running."""
    app = create_app(config, rooms=ROOMS)
    if by_ticket not in http.authenticate:
        http.authenticate.append(by_ticket)

    def only_the_stream() -> None:
        if request.endpoint not in OPEN:
            abort(404)

    app.before_request_funcs.setdefault(None, []).insert(0, only_the_stream)
    frame.dress(app)
    app.extensions["stream"] = Server(app, {"board": board.LIVE})
    gc.freeze()  # what is loaded by now stays
    gc.set_threshold(
        20_000, 50, 100
    )  # a walk through the objects of thousands of open streams takes 0.1 s: make it rare
    return app


app = create_stream_app()
