"""The files the pages load (静态文件): style, scripts, and what npm brought, each address good for ever.

Job: one address per build, so that browsers keep files for a year and never mix two versions; compressed ones first.
Never: serve what is no file of these folders.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Response, abort, request, send_from_directory

STATIC = Path(__file__).parent / "static"
YEAR_S = 365 * 86_400
TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

WORKERS = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' blob: data:"
"""What a script may do that runs as a worker: its own answer's policy counts there, not the page's."""


@cache
def build() -> str:
    """Return the name of this build: it changes with any byte of any file."""
    told = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file() and path.suffix != ".gz":
            told.update(f"{path.relative_to(STATIC)}\0".encode() + path.read_bytes())
    return told.hexdigest()[:12]


def address(name: str) -> str:
    """Return where the browser finds the file ``name``, such as ``vendor/htmx.min.js``."""
    return f"/assets/{build()}/{name}"


def serve(version: str, name: str) -> Response:
    """Answer with a file, compressed when the browser takes it and a compressed one lies beside."""
    path = STATIC / name
    if path.suffix not in TYPES:
        abort(404)
    is_packed = "gzip" in request.accept_encodings and path.with_name(f"{path.name}.gz").is_file()
    response = send_from_directory(STATIC, f"{name}.gz" if is_packed else name, mimetype=TYPES[path.suffix])
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Content-Security-Policy"] = WORKERS
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable" if version == build() else "no-cache"
    return response
