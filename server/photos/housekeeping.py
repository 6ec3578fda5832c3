"""What photos shed by themselves, for the worker to call now and then.

Job: forget uploads nobody goes on with.
Never: delete a photo.
"""

from __future__ import annotations

from datetime import timedelta

from flask import current_app

from server.db import now
from server.photos import partials
from server.photos.store import PARTIAL

KEEP = timedelta(days=2)
"""A phone that lost the network goes on within its next shift; later it begins again."""


def tidy() -> int:
    """Delete uploads untouched for two days and what killed processes left half written; return how many."""
    return partials.purge(current_app.config["GRIDWHISTLE"].photos / PARTIAL, now() - KEEP)
