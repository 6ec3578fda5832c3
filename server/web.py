"""The web process (网页进程): the application, warmed up once before it forks.

Job: build what every worker would build for itself — the locators of the grids, the shapes of cells — and share it.
Never: be imported by anything but the web server.
"""

from __future__ import annotations

from server.app import create_app
from server.db import db
from server.grids import locate
from server.maps import hexagons

app = create_app()

with app.app_context():
    locate.warm()
    hexagons.warm()
    db.session.remove()
    db.engine.dispose()
