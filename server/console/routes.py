"""The pages of the console, gathered: importing this module declares them all.

Job: be what ``app`` loads.
Never: hold a page itself.
"""

from __future__ import annotations

from server.console import (
    acting,
    board,
    calendar_page,
    case_file,
    desks,
    directory,
    doorway,
    listing,
    public,
    roster,
)
from server.console.frame import init_app, room

__all__ = [
    "acting",
    "board",
    "calendar_page",
    "case_file",
    "desks",
    "directory",
    "doorway",
    "init_app",
    "listing",
    "public",
    "room",
    "roster",
]
