"""The pages of the API's documentation (接口文档页): Swagger UI from files of this machine, at ``/api/docs``.

Job: one page, its start script, and the files of the installed Swagger UI that it needs.
Never: load anything from another machine, or run a script that stands in a page.
"""

from __future__ import annotations

from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Response, abort, send_file

room = Blueprint("api-docs-pages", __name__, url_prefix="/api/docs")

FILES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
"""Files of Swagger UI that the page uses → media type; no other is served."""
DAY_S = 86_400
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""Swagger UI sets styles on its elements and keeps its icons within its style sheet."""
PAGE = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>网格哨 Gridwhistle · 接口文档 API</title>
<link rel="icon" href="/api/docs/favicon-32x32.png">
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<body>
<noscript>此页需要 JavaScript；接口描述见 <a href="/api/openapi.json">/api/openapi.json</a>。</noscript>
<div id="api"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
"""
START = """SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  persistAuthorization: false,
  validatorUrl: null,
});
"""


def dist() -> Path:
    """Return the folder of the installed Swagger UI."""
    return Path(flask_swagger_ui.__file__).parent / "dist"


@room.get("")
def page() -> Response:
    """Return the page."""
    return Response(PAGE, mimetype="text/html", headers={"Content-Security-Policy": POLICY})


@room.get("/start.js")
def start() -> Response:
    """Return the script that starts Swagger UI."""
    return Response(START, mimetype="text/javascript")


@room.get("/<name>")
def file(name: str) -> Response:
    """Return a file of Swagger UI; the browser may keep it for a day."""
    if name not in FILES:
        abort(404)
    response = send_file(dist() / name, mimetype=FILES[name], conditional=True, max_age=DAY_S)
    response.cache_control.public = True
    return response
