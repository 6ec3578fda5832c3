"""How pages say things (页面用语): moments in Beijing time, durations, names of units, states, categories.

Job: filters and helpers for templates.
Never: decide what may be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from babel.dates import get_month_names
from flask import Flask
from flask_babel import get_locale, pgettext
from flask_babel import gettext as _

from server import policy
from server.console import language
from server.db import CN, db, now
from server.flow.moves import MACHINES
from server.people.models import Unit

MINUTE, HOUR, DAY = 60, 3600, 86_400


def as_moment(value: Any) -> datetime | None:
    """Return a moment, given as one or as ISO text, in Beijing time."""
    if not value:
        return None
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return found.astimezone(CN)


def moment(value: Any, *, with_year: bool = False) -> str:
    """Return a moment as people write it: the time of today, else day and time."""
    at = as_moment(value)
    if at is None:
        return "—"
    today = now().astimezone(CN)
    if with_year or at.year != today.year:
        return f"{at:%Y-%m-%d %H:%M}"
    return f"{at:%H:%M}" if at.date() == today.date() else f"{at:%m-%d %H:%M}"


def full(value: Any) -> str:
    """Return a moment to the second."""
    at = as_moment(value)
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else "—"


def span(seconds: float) -> str:
    """Return a duration in its two largest units, such as 2天3时."""
    left = abs(int(seconds))
    parts = ((DAY, _("天")), (HOUR, _("时")), (MINUTE, _("分")))
    said = []
    for size, word in parts:
        count, left = divmod(left, size)
        if count:
            said.append(f"{count}{word}")
    return "".join(said[:2]) or _("不到1分")


def ago(value: Any) -> str:
    """Return how long ago a moment was."""
    at = as_moment(value)
    return _("%(span)s前", span=span((now() - at).total_seconds())) if at else "—"


def unit(code: str | None) -> str:
    """Return the name of a unit, a township or a village by its code."""
    if not code:
        return "—"
    known = policy.current().units.get(code)
    return language.named(known) if known else _village(code)


_villages: dict[str, str] = {}
"""Names of villages (社区) once read: they come with the grids, not with the policy."""


def _village(code: str) -> str:
    if code not in _villages:
        found = db.session.scalar(sa.select(Unit.zh).where(Unit.code == code))
        if found is None:
            return code
        _villages[code] = found
    return _villages[code]


def whistle_kind(code: str) -> str:
    """Return the name of a kind of whistle by its code."""
    return language.named(policy.current().whistles[code])


def role(code: str) -> str:
    """Return the name of a role by its code."""
    known = policy.current().roles.get(code)
    return language.named(known) if known else code


def kind_name(told: Mapping[str, Any]) -> str:
    """Return what kind of item a card or a row tells of."""
    return told["kind"].replace("_", " ").capitalize() if language.code() == "en" else told["kind_zh"]


def state_of(code: str, kind: str) -> str:
    """Return the name of a state of this kind of item."""
    return language.named(MACHINES[kind].state(code))


def month(n: int) -> str:
    """Return the short name of the ``n``-th month of a year, in the language of the page."""
    return str(get_month_names("abbreviated", locale=get_locale())[n])


def title(told: Mapping[str, Any]) -> str:
    """Return the title of a field or of a choice of a form, in the language of the page."""
    return str(told["title"] if language.code() == "zh" else told.get("x-en") or _(told["title"]))


def translated(text: str, otherwise: str = "") -> str:
    """Return words of another room, in the language of the page; ``otherwise`` where they have no English."""
    said = str(_(text))
    return otherwise if otherwise and said == text and language.code() == "en" else said


def promise(zh: str) -> str:
    """Return the name of a promise, of what its clock waits for: 响应 is a response here, elsewhere a state."""
    said = str(pgettext("时限", zh))
    return said if said != zh else translated(zh)


def formula(figure: Mapping[str, Any]) -> str:
    """Return how a figure is reckoned; a district's own formula is told in English as its file has it."""
    zh = str(figure["formula_zh"])
    return zh if language.code() == "zh" else translated(zh, str(figure["formula"]))


def number(value: Any) -> str:
    """Return a whole number with thin groups of thousands."""
    return "—" if value is None else f"{value:,}".replace(",", "\u2009") if abs(value) >= 10_000 else str(value)


def is_past(value: Any) -> bool:
    """Tell whether a moment is over."""
    at = as_moment(value)
    return at is not None and at < now()


def left(value: Any) -> timedelta | None:
    """Return what is left until a moment."""
    at = as_moment(value)
    return at - now() if at else None


FILTERS: dict[str, Callable[..., str]] = {
    "moment": moment, "full": full, "ago": ago, "unit": unit, "number": number, "named": language.named,
    "whistle_kind": whistle_kind, "role": role, "kind_name": kind_name, "state_of": state_of, "month": month,
    "title_of": title, "translated": translated, "promise": promise, "formula": formula,
}  # fmt: skip


def init_app(app: Flask) -> None:
    """Give the templates of ``app`` these words."""
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(is_past=is_past)
