"""The application: frame plus rooms.

Job: make a Flask app from a config; the table of rooms is the table of contents of the API.
Never: hold a rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from server import contract, docs_pages, door, health, metrics, policy, reactions
from server.amendments import force
from server.config import Config
from server.db import Pool, db

ROOMS = (
    "server.people.routes:room",
    "server.people.routes:own",
    "server.people.account_routes:room",
    "server.grids.roster_routes:room",
    "server.duty.routes:room",
    "server.grids.routes:room",
    "server.events.routes:room",
    "server.whistles.routes:room",
    "server.objections.routes:room",
    "server.photos.routes:room",
    "server.sync.routes:room",
    "server.flow.conflicts:room",
    "server.flow.subtasks:room",
    "server.flow.interests:room",
    "server.flow.trace:room",
    "server.catalogue.routes:room",
    "server.flow.worklist:room",
    "server.workload.routes:room",
    "server.journal.routes:room",
    "server.notices.routes:room",
    "server.notices.hook_routes:room",
    "server.stream.routes:room",
    "server.maps.routes:room",
    "server.figures.routes:room",
    "server.amendments.routes:room",
    "server.audit.routes:room",
    "server.jobs.routes:room",
    "server.health:desk",
)
"""Every room of the API, as module:attribute."""

TABLES = (
    "server.people.models",
    "server.duty.models",
    "server.flow.models",
    "server.journal.models",
    "server.replies",
    "server.grids.models",
    "server.clocks.models",
    "server.events.models",
    "server.whistles.models",
    "server.objections.models",
    "server.photos.models",
    "server.notices.models",
    "server.jobs.models",
    "server.maps.models",
    "server.amendments.models",
    "server.audit.models",
)
"""Every module that declares tables."""

OPENAPI = {
    "API_TITLE": "Gridwhistle 网格哨",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api",
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": contract.OPTIONS,
}
BODY_MAX = 16 * 2**20


def create_app(
    config: Config | None = None, database_url: str | None = None, rooms: Sequence[str] | None = None
) -> Flask:
    """Return the application on the database of ``config`` (or ``database_url``); refuses to start on a bad policy.

    ``rooms``: the only ones this process needs, and none of the pages; building the others takes most of a start.
    """
    config = config or Config.from_environment()
    policy.current()
    app = Flask("server")
    app.config.update(OPENAPI, GRIDWHISTLE=config, SECRET_KEY=config.secret_key, MAX_CONTENT_LENGTH=BODY_MAX)
    app.config["SQLALCHEMY_DATABASE_URI"] = sqlalchemy_url(database_url or config.database_url)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"poolclass": Pool, "pool_size": 10, "max_overflow": 10}
    if config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=config.proxies)  # type: ignore[method-assign]
    for table in TABLES:
        import_module(table)
    db.init_app(app)
    if rooms is None:
        load("server.maps.shortcut:init_app")(app)
    api = door.init_app(app)
    for room in ROOMS if rooms is None else rooms:
        api.register_blueprint(load(room))
    for plain in (docs_pages.room, health.room, metrics.room):
        app.register_blueprint(plain)
    if rooms is None:
        load("server.console.routes:init_app")(app, api)
    metrics.init_app(app)
    force.init_app(app)
    reactions.install()
    return app


def load(name: str) -> Any:
    """Return the attribute named ``module:attribute``."""
    module, attribute = name.split(":")
    return getattr(import_module(module), attribute)


def sqlalchemy_url(url: str) -> sa.URL:
    """Return ``url`` with the psycopg driver whatever dialect word it uses."""
    made = sa.make_url(url)
    return made.set(drivername="postgresql+psycopg")
