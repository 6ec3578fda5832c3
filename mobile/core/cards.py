"""Cards (卡片) on the phone: items as the server last told them, with what of them is still on its way.

Job: keep cards, read them with the waiting acts planned in, make the lists of the app.
Never: decide what may be done: offers come from the card, or from the server's table of arrows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from gis import crs as systems
from gis import plain
from mobile.core import planning
from mobile.core import rows as lines
from mobile.core.account import Account
from mobile.core.catalogue import Catalogue
from mobile.core.clock import Clock, end_shown
from mobile.core.grids import Grids
from mobile.core.outbox import Outbox
from mobile.core.pages import Pages
from mobile.core.shapes import Card, Draft, Duty, Near, OutboxView, Row, Today
from mobile.core.store import Store

LIST_MAX = 200
KEEP = """
insert into cards(kind, id, revision, state_type, due_at, moved_at, seen_at, etag, sealed)
values (?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict(kind, id) do update set revision = excluded.revision, state_type = excluded.state_type,
  due_at = excluded.due_at, moved_at = excluded.moved_at, seen_at = excluded.seen_at, etag = excluded.etag,
  sealed = excluded.sealed
where excluded.revision >= cards.revision
"""


class Cards:
    """The cards in the store."""

    def __init__(
        self, store: Store, pages: Pages, catalogue: Catalogue, grids: Grids, outbox: Outbox, account: Account
    ) -> None:
        self._store, self._pages, self._catalogue, self._grids = store, pages, catalogue, grids
        self._outbox, self._account = outbox, account

    # --- keeping ----------------------------------------------------------------------------------------------------

    def keep(self, card: Mapping[str, Any], seen_at: str, etag: str | None = None) -> bool:
        """Keep a card the server told, unless a newer one is known; tell whether it was kept."""
        facts = (
            card["kind"],
            card["id"],
            card["revision"],
            card["state"]["type"],
            lines.due(card),
            card.get("moved_at"),
        )
        return bool(self._store.write(KEEP, *facts, seen_at, etag, self._store.pack(card)))

    def keep_local(self, card: Mapping[str, Any]) -> None:
        """Keep what is known of an item the server has not heard of yet: revision 0."""
        at = card["created_at"]
        self._store.write(KEEP, card["kind"], card["id"], 0, "normal", None, at, at, None, self._store.pack(card))

    def forget_local(self, id: str) -> None:
        """Forget an item that was never taken."""
        self._store.write("delete from cards where id = ? and revision = 0", id)

    def forget(self, kind: str, id: str) -> None:
        """Forget an item that is no longer in reach."""
        self._store.write("delete from cards where kind = ? and id = ?", kind, id)

    def known(self, kind: str, id: str) -> tuple[int, str | None]:
        """Return the revision known (−1: none) and the ETag to ask with."""
        row = self._store.row("select revision, etag from cards where kind = ? and id = ?", kind, id)
        return (row["revision"], row["etag"]) if row else (-1, None)

    def tidy(self, most: int = 2000) -> None:
        """Forget the oldest finished cards beyond ``most``."""
        self._store.write(
            "delete from cards where revision > 0 and rowid in (select rowid from cards order by state_type = 'final',"
            " seen_at desc limit -1 offset ?)",
            most,
        )

    def tells_of(self, part: Mapping[str, Any]) -> bool:
        """Tell whether the card of the item that a part belongs to is known here, with that part."""
        kind, id = lines.about(part)
        row = self._store.row("select sealed from cards where kind = ? and id = ?", kind, id)
        return row is not None and part["id"] in {one["id"] for one in self._store.unpack(row["sealed"])["subtasks"]}

    # --- reading ----------------------------------------------------------------------------------------------------

    def card(self, kind: str, id: str) -> Card | None:
        """Return an item with what is on its way, or None."""
        row = self._store.row("select * from cards where kind = ? and id = ?", kind, id)
        if row is None:
            return None
        card: Card = self._store.unpack(row["sealed"]) | {"seen_at": row["seen_at"], "local": row["revision"] == 0}
        return self._with_waiting(card, self._waiting().get(id, []))

    def _with_waiting(self, card: Card, waiting: Sequence[Mapping[str, Any]]) -> Card:
        acts = [one["act"] for one in waiting if one["state"] == "queued" and not one["part"]]
        told = card | {"pending": tuple(waiting), "pending_zh": lines.pending_zh(waiting)}
        return planning.planned(told, acts, self._catalogue.kind(card["kind"]), self._account.roles)

    def _waiting(self) -> dict[str, list[Mapping[str, Any]]]:
        """Return item → its open sendings, those of its parts among them, oldest first."""
        found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for row in self._outbox.open_rows():
            names, told = ("id", "act", "method", "state", "trouble", "advice", "made_at"), self._outbox.contents(row)
            about = told.get("about")
            part = {"kind": row["item_kind"], "id": row["item_id"], "facts": told["body"]} if about else None
            line = {name: row[name] for name in names} | {"act_zh": told["act_zh"], "part": part}
            found[about[1] if about else row["item_id"]].append(line)
        return found

    def _row(self, item: Mapping[str, Any], waiting: Mapping[str, Sequence[Mapping[str, Any]]], now: str) -> Row:
        told, mine, more = dict(item) | {"local": bool(item.get("local"))}, waiting.get(item["id"], []), {}
        if self._catalogue.is_part(item["kind"]):
            about = lines.about(item)
            mine = [one for one in waiting.get(about[1], []) if one["part"] and one["part"]["id"] == item["id"]]
            more = {"about": about, "who_zh": "" if item["acts"] else self._catalogue.unit_zh(item["unit_code"])}
        if mine:
            told = self._with_waiting(told | {"revision": item.get("revision", 0)}, mine)
        return lines.row(told, grid_zh=self._grids.name(item.get("grid_code")), now=now, waiting=mine, **more)

    def today(self, outbox: OutboxView, duty: Duty, clock: Clock) -> Today:
        """Return what is mine by its next moment: the server's worklist, and what it does not know yet."""
        waiting, now = self._waiting(), clock.iso()
        told = {item["id"]: item for item in self._pages.body("worklist", {"items": []})["items"]}
        local = {card["id"]: card for card in self._local()}
        rows = lines.by_moment(self._row(item, waiting, now) for item in (local | told).values())
        at = self._pages.told_at("worklist")
        return Today(
            tuple(rows), outbox.unsent, outbox.rejected, outbox.last_success, _sentence(rows, at, now), duty.on, at
        )

    def _local(self) -> Iterable[Card]:
        for row in self._store.rows("select sealed from cards where revision = 0 order by moved_at desc"):
            yield self._store.unpack(row["sealed"]) | {"local": True}

    def rows(self, kind: str, clock: Clock, *, state: str = "", open: bool | None = None, query: str = "") -> list[Row]:
        """Return the known items of a kind, newest first: the server's list, cards, and what it does not know yet."""
        pages = (self._pages.body(name, {"items": []})["items"] for name in ("worklist", f"list:{kind}"))
        found: dict[str, Mapping[str, Any]] = {
            item["id"]: item for page in pages for item in page if item["kind"] == kind
        }
        which = "select revision, sealed from cards where kind = ? order by moved_at desc limit ?"
        for row in self._store.rows(which, kind, LIST_MAX):
            card = self._store.unpack(row["sealed"]) | {"local": row["revision"] == 0}
            if card["id"] not in found or found[card["id"]]["revision"] <= row["revision"]:
                found[card["id"]] = card
        waiting, now = self._waiting(), clock.iso()
        rows = [self._row(item, waiting, now) for item in found.values()]
        kept = [one for one in rows if _fits(one, state, open, query)]
        if self._catalogue.is_part(kind):
            return lines.open_first(kept)
        return sorted(kept, key=lambda one: one.moved_at or "", reverse=True)

    def points(self, clock: Clock) -> list[Row]:
        """Return the open events with a place, for the map."""
        told = {item["id"]: item for item in self._pages.body("points", {"items": []})["items"]}
        found = [self._row(item, {}, clock.iso()) for item in told.values()]
        mine = [row for row in self.rows("event", clock, open=True) if row.lon is not None and row.id not in told]
        return [*mine, *found]

    def calls(self, clock: Clock) -> list[Row]:
        """Return the open whistles with a place, for the map; a call to the bearer's unit instead of its whistle."""
        now = clock.iso()
        mine = {item["whistle"]["id"]: lines.of_call(item) for item in self._awaiting()}
        told = {item["id"]: lines.of_whistle(item) for item in self._pages.body("calls", {"items": []})["items"]}
        return [self._row(item, {}, now) for item in (told | mine).values()]

    def _awaiting(self) -> Iterable[Card]:
        """Return the open calls to the bearer's own unit: only that is told the nonce."""
        which = "select sealed from cards where kind = 'check_in' and state_type <> 'final' order by moved_at limit ?"
        for row in self._store.rows(which, LIST_MAX):
            card = self._store.unpack(row["sealed"])
            if card.get("nonce") and not card.get("closed_at") and card["whistle"].get("lon") is not None:
                yield card

    def near(self, draft: Draft, place: tuple[float, float] | None, now: datetime) -> list[Near]:
        """Return the open events of the draft's category about ``place`` (EPSG:4490), nearest first."""
        leaf = self._catalogue.category(draft.facts.get("category"))
        if not leaf or place is None:
            return []
        days = timedelta(days=int(self._catalogue.settings.get("duplicate_days", 7)))
        found = []
        for item in self._events():
            lon, lat = lines.point(item)
            category = item.get("category")
            code = category.get("code") if isinstance(category, Mapping) else category
            if lon is None or lat is None or code != leaf["code"] or item["state"]["type"] == "final":
                continue
            away = plain.distance_m(place, (lon, lat))
            if away <= leaf["duplicate_radius_m"] and now - datetime.fromisoformat(item["created_at"]) <= days:
                found.append(_near(item, leaf, away))
        return sorted(found, key=lambda one: one.distance_m)

    def _events(self) -> Iterable[Mapping[str, Any]]:
        known = {item["id"]: item for item in self._pages.body("points", {"items": []})["items"]}
        for row in self._store.rows("select sealed from cards where kind = 'event' and state_type <> 'final'"):
            card = self._store.unpack(row["sealed"])
            known[card["id"]] = card
        return known.values()


def position_of(draft: Draft, fix: Any) -> tuple[float, float] | None:
    """Return where a draft is about, in EPSG:4490: its pin, else the fix."""
    lon, lat, system = (draft.facts.get(name) for name in ("lon", "lat", "crs"))
    if lon is None or lat is None:
        if fix is None:
            return None
        lon, lat, system = fix.lon, fix.lat, fix.crs
    x, y = systems.convert(lon, lat, system or "wgs84", "cgcs2000")
    return float(x), float(y)


def _near(item: Mapping[str, Any], leaf: Mapping[str, Any], away: float) -> Near:
    text = str(item.get("text") or item.get("title") or "")
    return Near(
        item["id"], item.get("no") or "", leaf["zh"], text, item["state"]["zh"], round(away, 1), item["created_at"]
    )


def _fits(row: Row, state: str, open: bool | None, query: str) -> bool:
    return (
        (not state or row.state == state)
        and (open is None or open == (row.state_type != "final"))
        and (not query or query in row.title or query in row.no)
    )


def _sentence(rows: Sequence[Row], told_at: str | None, now: str) -> str:
    """Return one true sentence about the day."""
    left = [row for row in rows if not row.pending]
    late = sum(row.overdue for row in left)
    cases = (
        (told_at is None and not rows, "正在获取您的任务；没有网络时也可以先上报"),
        (late > 0, f"有 {len(left)} 件待办，其中 {late} 件已超时"),
        (
            bool(left),
            f"有 {len(left)} 件待办，最近一件 {end_shown(left[0].due_at) if left and left[0].due_at else '没有时限'}",
        ),
        (bool(rows), "待办都已办完，正等待发送"),
    )
    return next((sentence for holds, sentence in cases if holds), "今天的事都办完了")
