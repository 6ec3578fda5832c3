"""Lines of lists (列表行) made of what the server told: cards, worklist lines, points of the map.

Job: one ``Row`` of any of them, whatever the kind.
Never: ask the store or the server.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gis import crs as systems
from mobile.core.shapes import Row

LAST = "9999"
"""Sorts behind every moment."""
TITLE_MAX = 60


def due(item: Mapping[str, Any]) -> str | None:
    """Return the next moment of an item: told as such, or of the first of its running clocks."""
    if "due_at" in item and "clocks" not in item:
        return item["due_at"]  # type: ignore[no-any-return]
    running = (clock["due_at"] for clock in item.get("clocks", ()) if not clock["stopped_at"] and clock["due_at"])
    return min(running, default=None)


def title(item: Mapping[str, Any]) -> str:
    """Return what an item is called in a list."""
    if item.get("title"):
        return str(item["title"])
    category = item.get("category")
    words = category.get("zh", "") if isinstance(category, Mapping) else ""
    text = str(item.get("text") or item.get("reason") or "")
    return (f"{words}：{text}" if words and text else words or text or str(item.get("no", "")))[:TITLE_MAX]


def code(item: Mapping[str, Any]) -> str:
    """Return the code of an item's leaf, "" where it has none."""
    category = item.get("category")
    return str(category.get("code") or "") if isinstance(category, Mapping) else ""


def point(item: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Return longitude and latitude in EPSG:4490, where the item tells its place."""
    place = item.get("place") or item
    lon, lat = place.get("lon"), place.get("lat")
    if lon is None or lat is None:
        return None, None
    x, y = systems.convert(lon, lat, place.get("crs") or "cgcs2000", "cgcs2000")
    return float(x), float(y)


def of_whistle(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an open whistle, as the map's list tells it, with what a line wants."""
    state = {"type": "normal"} | dict(item["state"])
    return dict(item) | {"kind": "whistle", "title": item["kind_zh"], "state": state, "created_at": item["blown_at"]}


def of_call(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return a call at the place of its whistle."""
    return dict(card) | {"place": card["whistle"]}


def acts(item: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """Return (act, zh, weight) of what may be done next."""
    told = item.get("actions") or item.get("acts") or ()
    return tuple((one["act"], one["zh"], one["weight"]) for one in told)


def pending_zh(waiting: Iterable[Mapping[str, Any]]) -> str:
    """Return one sentence about what waits or was refused; empty when nothing does."""
    told = list(waiting)
    refused = [one["act_zh"] for one in told if one["state"] == "rejected"]
    if refused:
        return f"「{refused[0]}」被退回，需要修改"
    return f"「{told[-1]['act_zh']}」等待发送" if told else ""


def about(item: Mapping[str, Any]) -> tuple[str, str]:
    """Return kind and id of the item that a part, such as a sub-task, belongs to."""
    return item["item"]["kind"], item["item"]["id"]


def row(
    item: Mapping[str, Any], *, grid_zh: str, now: str, waiting: Sequence[Mapping[str, Any]] = (), **more: Any
) -> Row:
    """Return the line of an item; ``waiting`` are its open sendings (act_zh, state), ``now`` is ISO.

    ``more``: about and who_zh of a part.
    """
    moment = due(item)
    return Row(
        kind=item["kind"],
        kind_zh=item.get("kind_zh") or "",
        id=item["id"],
        no=item.get("no") or "",
        title=title(item),
        state=item["state"]["code"],
        state_zh=item["state"]["zh"],
        state_type=item["state"]["type"],
        urgency=item.get("urgency") or "",
        due_at=moment,
        overdue=bool(moment and _utc(moment) < _utc(now)),
        grid_code=item.get("grid_code"),
        grid_zh=grid_zh,
        acts=acts(item),
        pending=pending_zh(waiting),
        local=bool(item.get("local")),
        moved_at=item.get("moved_at") or item.get("created_at"),
        lon=point(item)[0],
        lat=point(item)[1],
        category=code(item),
        groups=tuple((one["code"], one["zh"]) for one in item.get("whose") or ()),
        **more,
    )


def _utc(moment: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(moment).timestamp()


def open_first(rows: Iterable[Row]) -> list[Row]:
    """Return rows by their next moment, what is over behind them, the latest first."""
    told = by_moment(rows)
    left = [one for one in told if one.state_type != "final"]
    return left + [one for one in reversed(told) if one.state_type == "final"]


def by_moment(rows: Iterable[Row]) -> list[Row]:
    """Return rows by their next moment; those that wait to be sent, or have none, come last."""
    return sorted(rows, key=lambda one: (bool(one.pending), _utc(one.due_at) if one.due_at else float("inf"), one.no))
