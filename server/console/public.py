"""The public pages (公开信息): what the system does, how it treats personal data, what there was to do, month by month.

Job: pages without login and without script, the same for everybody, that caches may keep.
Never: tell a place finer than a township, a small number, or anything of a person.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Lock
from typing import Any

from flask import Response, make_response, render_template, request

from server import policy
from server.access import Actor
from server.console import language
from server.console.frame import room
from server.db import CN, now
from server.errors import NotFound, Refusal
from server.http import ANYONE
from server.maps import months

CACHED_S = 600
MINUTE_S = 60
KNOWN_MAX = 10_000


class TooManyRequests(Refusal):
    """Too many requests from this address; wait a minute.
    访问过于频繁，请一分钟后再试。
    """

    status = 429


class Gate:
    """How often an address asked in this minute, in this process; bounded."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._lock = Lock()

    def pass_(self, address: str, most: int) -> None:
        """Count one request; raises TooManyRequests."""
        minute = int(time.monotonic()) // MINUTE_S
        with self._lock:
            since, n = self._seen.pop(address, (minute, 0))
            n = n + 1 if since == minute else 1
            self._seen[address] = (minute, n)
            while len(self._seen) > KNOWN_MAX:
                self._seen.popitem(last=False)
        if n > most:
            raise TooManyRequests


gate = Gate()
_kept: dict[int, tuple[float, dict[str, Any]]] = {}


def _page(name: str, *, lasts_s: int = CACHED_S, **given: Any) -> Response:
    """Return a page that caches may keep for ``lasts_s`` seconds, of one language each."""
    gate.pass_(request.remote_addr or "", policy.current().settings.public.requests_per_min)
    settings = policy.current().settings
    district = {"zh": settings.district.name_zh, "en": settings.district.name_en}
    public, is_english = settings.public, language.code() == "en"
    given["handler"] = public.handler_en if is_english else public.handler
    given["contact"] = public.contact_en if is_english else public.contact
    response = make_response(render_template(f"public/{name}.html", district=district, **given))
    response.headers["Cache-Control"] = f"public, max-age={lasts_s}"
    response.vary.add("Cookie")
    response.add_etag()
    return response.make_conditional(request)  # type: ignore[return-value]


@room.page("/public", may=ANYONE, name="public")
def about(by: Actor | None) -> Response:
    """Say what the system does."""
    return _page("about", whistles=policy.current().whistles.values())


@room.page("/public/privacy", may=ANYONE, name="public_privacy")
def privacy(by: Actor | None) -> Response:
    """Say how personal data are treated, with the terms in force."""
    return _page("privacy", privacy=policy.current().settings.privacy)


@room.page("/public/numbers", may=ANYONE, name="public_numbers")
def public_numbers(by: Actor | None) -> Response:
    """Tell how many events and whistles there were, by township and month."""
    this, first = now().astimezone(CN).year, policy.current().settings.public.counts_from_year
    asked = request.args.get("year", str(this))
    if not asked.isdecimal() or not first <= int(asked) <= this:
        raise NotFound
    month = now().astimezone(CN).month if int(asked) == this else months.MONTHS
    found = _counts(int(asked))
    lasts = MINUTE_S if found["is_empty"] else CACHED_S
    return _page("numbers", lasts_s=lasts, found=found, years=range(first, this + 1), month=month)


def _counts(year: int) -> dict[str, Any]:
    """Return the counts of a year, asked of the database once in ten minutes at most; of no work yet, every time."""
    kept_at, found = _kept.get(year, (0.0, None))
    if found is None or time.monotonic() - kept_at > CACHED_S:
        found = months.counts(year)
        if not found["is_empty"]:
            _kept[year] = (time.monotonic(), found)
    return found
