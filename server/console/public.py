"""The public pages (公开信息): what the system does, what becomes of data, numbers per township. No script, no sign-in.

Job: three plain pages that everybody can read, with any browser and any reader.
Never: load a script, or tell a place below the township.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import render_template, request

from server import policy
from server.access import Actor
from server.console.frame import room
from server.figures import published
from server.http import ANYONE
from server.people.desks import today

MONTHS = 12


def _given(here: str) -> dict[str, Any]:
    settings = policy.current().settings
    district = {"zh": settings.district.name_zh, "en": settings.district.name_en}
    return {"page": here, "district": district, "settings": settings}


@room.page("/public", may=ANYONE)
def public(by: Actor | None) -> str:
    """Say what the system does."""
    return render_template("public/about.html", **_given("about"))


@room.page("/public/privacy", may=ANYONE)
def public_privacy(by: Actor | None) -> str:
    """Say what becomes of data."""
    return render_template("public/privacy.html", **_given("privacy"))


@room.page("/public/numbers", may=ANYONE)
def public_numbers(by: Actor | None) -> str:
    """Show the numbers of a month per township."""
    months = list(_months(today()))
    chosen = next((one for one in months if f"{one[0]:%Y-%m}" == request.args.get("month")), months[0])
    rows = published.by_township(*chosen)
    return render_template("public/numbers.html", **_given("numbers"), rows=rows, months=months, chosen=chosen)


def _months(day: date) -> Any:
    """Yield first and last day of this month (until today) and the eleven before."""
    last = day
    for _ in range(MONTHS):
        first = last.replace(day=1)
        yield first, last
        last = date.fromordinal(first.toordinal() - 1)
