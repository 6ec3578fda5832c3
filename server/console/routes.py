"""The pages of the console, gathered: importing this module declares them all.

Job: be what ``app`` loads.
Never: hold a page itself.
"""

from __future__ import annotations

from server.console import (
    acting,
    admin,
    admin_audit,
    admin_import,
    admin_people,
    admin_policy,
    admin_system,
    board,
    calendar_page,
    case_file,
    desks,
    directory,
    doorway,
    leaders,
    listing,
    map_page,
    public,
    records,
    roster,
)
from server.console.frame import init_app, room

__all__ = [
    "acting",
    "admin",
    "admin_audit",
    "admin_import",
    "admin_people",
    "admin_policy",
    "admin_system",
    "board",
    "calendar_page",
    "case_file",
    "desks",
    "directory",
    "doorway",
    "init_app",
    "leaders",
    "listing",
    "map_page",
    "public",
    "records",
    "room",
    "roster",
]
