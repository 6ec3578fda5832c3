"""Inputs that open a page or have parts (选择控件): moments, categories, items, units, shares, places, lists.

Job: as ``inputs``: one class per means of entry.
Never: hold a list of their own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mobile.core.shapes import Row as Item
from mobile.screens.inputs import Input, made
from mobile.widgets import moments
from mobile.widgets.boxes import Column, Row, Sheet
from mobile.widgets.buttons import Chip, IconButton, Push
from mobile.widgets.fields import TextBox
from mobile.widgets.flow import Flow
from mobile.widgets.text import Words

QUICK = (("30 分钟后", 30), ("1 小时后", 60), ("2 小时后", 120))
"""Words and minutes of the moments nearest at hand."""
LEAD = "lead"


class MomentInput(Input):
    """A day and a time: quick words, then steps of a day, an hour and ten minutes."""

    is_day = False

    def draw(self) -> Column:
        """Return the chosen moment with its steps."""
        self.moment = moments.read(self.start)
        self.words = Words("", "head")
        quick = (
            [Chip(words, lambda minutes=minutes: self._in(minutes)) for words, minutes in QUICK]
            if not self.is_day
            else []
        )
        days = [("今天下班", 0, 18), ("明天下班", 1, 18), ("3 天后", 3, 18), ("7 天后", 7, 18)]
        quick += [Chip(words, lambda d=d, h=h: self._on(d, h)) for words, d, h in days]
        steps = [("天", timedelta(days=1))] + (
            [("小时", timedelta(hours=1)), ("10 分", timedelta(minutes=10))] if not self.is_day else []
        )
        from kivy.metrics import dp

        rows = [self._stepper(words, step) for words, step in steps]
        self._show()
        return Column(self.words, Flow(*quick, gap=dp(8)), *rows, gap=10)

    def _stepper(self, words: str, step: timedelta) -> Row:
        less = IconButton("minus", f"早一{words}", lambda: self._move(-step), ground="soft")
        more = IconButton("plus", f"晚一{words}", lambda: self._move(step), ground="soft")
        return Row(less, Words(words, "body", halign="center"), more, gap=10)

    @property
    def _now(self) -> datetime:
        return self.page.field.clock.now().astimezone(moments.CN)

    def _in(self, minutes: int) -> None:
        self._take(self._now + timedelta(minutes=minutes))

    def _on(self, days: int, hour: int) -> None:
        self._take((self._now + timedelta(days=days)).replace(hour=hour, minute=0))

    def _move(self, step: timedelta) -> None:
        self._take((self.moment or self._now) + step)

    def _take(self, moment: datetime) -> None:
        self.moment = moment.replace(second=0, microsecond=0)
        self._show()

    def _show(self) -> None:
        if self.moment is None:
            self.words.said = "还没有选时间"
        else:
            day = moments.day(self.moment, self._now)
            self.words.said = day if self.is_day else f"{day} {self.moment:%H:%M}"

    @property
    def value(self) -> str | None:
        """Return the moment as ISO 8601."""
        return self.moment.isoformat() if self.moment else None


class DayInput(MomentInput):
    """A day."""

    is_day = True

    @property
    def value(self) -> str | None:
        """Return the day as ISO 8601."""
        return self.moment.date().isoformat() if self.moment else None


class PickInput(Input):
    """Something chosen on a page of its own; ``words`` says what is chosen."""

    icon = "magnify"
    nothing = "点这里选择"

    def draw(self) -> Column:
        """Return a button that carries what is chosen."""
        self.picked: Any = self.start
        self.button = Push(self.nothing, self.open, self.icon, "plain")
        self._show()
        return Column(self.button)

    def open(self) -> None:
        """Open the page."""
        raise NotImplementedError

    def words(self, value: Any) -> str:
        """Return what a value is called."""
        return str(value)

    def take(self, value: Any) -> None:
        """Keep what was chosen."""
        self.picked = value
        self._show()

    def _show(self) -> None:
        self.button.say(self.words(self.picked) if self.picked else self.nothing)

    @property
    def value(self) -> Any:
        """Return what was chosen."""
        return self.picked


class CategoryInput(PickInput):
    """A leaf of the categories."""

    nothing = "点这里选类别（不选则不变）"

    def open(self) -> None:
        """Open the categories."""
        self.page.app.go("categories", pick=self._picked)

    def _picked(self, code: str) -> None:
        self.page.app.back()
        self.take(code)

    def words(self, value: Any) -> str:
        """Return the leaf's name."""
        return str(self.page.field.catalogue.category(value).get("zh", value))


class ItemInput(PickInput):
    """An item the phone knows, of the kind the field speaks of."""

    def open(self) -> None:
        """Open the list."""
        self.page.app.go("list", kind=self._kind(), pick=lambda row: self.take(row.id), title=self.told["title"])

    def _kind(self) -> str:
        facts = self.page.values()
        named = facts.get("kind") or facts.get("target_kind")
        known = {one["kind"] for one in self.page.field.catalogue.kinds}
        return str(named) if named in known and self.name in ("item_id", "target_id") else "event"

    def words(self, value: Any) -> str:
        """Return number and title of the item."""
        found: list[Item] = [row for row in self.page.field.items(self._kind()) if row.id == value]
        return f"{found[0].no} {found[0].title}" if found else str(value)[:8]


class UnitInput(PickInput):
    """One unit."""

    many = False

    def open(self) -> None:
        """Open the units."""
        chosen = self.picked if isinstance(self.picked, list) else [self.picked] if self.picked else []
        self.page.app.go("units", many=self.many, chosen=chosen, pick=self._picked, title=self.told["title"])

    def _picked(self, codes: list[str]) -> None:
        self.take(codes if self.many else next(iter(codes), None))

    def words(self, value: Any) -> str:
        """Return the names."""
        codes = value if isinstance(value, list) else [value]
        return "、".join(self.page.field.catalogue.unit_zh(code) for code in codes)


class UnitsInput(UnitInput):
    """Several units."""

    many = True


class SharesInput(Input):
    """Who takes it on, in which role, with which share: the directory's proposal, to be changed."""

    def draw(self) -> Column:
        """Return a line per unit."""
        card = self.page.card or {}
        code = (card.get("category") or {}).get("code")
        proposal = self.page.field.catalogue.dispatch(code, card.get("township_code"))
        start = self.start or [{name: one[name] for name in ("unit", "role", "share_pct")} for one in proposal]
        self.parts: list[dict[str, Any]] = [dict(one) for one in start]
        self.bases = {one["unit"]: one.get("basis") or "" for one in proposal}
        self.column = Column(gap=10)
        self._show()
        return self.column

    def _show(self) -> None:
        lines = [self._line(part) for part in self.parts]
        self.column.refill(*lines, Push("加一个单位", self._add, "account-multiple-plus-outline", "soft"))

    def _line(self, part: dict[str, Any]) -> Sheet:
        box = TextBox(str(part["share_pct"]), "1 至 100", input_type="number", input_filter="int")
        box.input.bind(text=lambda _, text: part.update(share_pct=int(text or 0)))
        box.size_hint_x = 0.4
        lead = Chip(
            "牵头" if part["role"] == LEAD else "协办",
            lambda: self._lead(part),
            "check" if part["role"] == LEAD else "",
        )
        lead.choose(part["role"] == LEAD)
        name = self.page.field.catalogue.unit_zh(part["unit"])
        gone = IconButton("close", f"去掉{name}", lambda: self._drop(part))
        basis = self.bases.get(part["unit"])
        told = [Words(f"依据：{basis}", "small", "ink2")] if basis and not basis.isascii() else []
        return Sheet(Row(Words(name, "body", bold=True), gone), *told, Row(lead, box, Words("%", fit=True), gap=8))

    def _lead(self, part: dict[str, Any]) -> None:
        for one in self.parts:
            one["role"] = LEAD if one is part else "co"
        self._show()

    def _drop(self, part: dict[str, Any]) -> None:
        self.parts.remove(part)
        self._show()

    def _add(self) -> None:
        self.page.app.go(
            "units", many=True, chosen=[one["unit"] for one in self.parts], pick=self._picked, title=self.told["title"]
        )

    def _picked(self, codes: list[str]) -> None:
        known = {one["unit"]: one for one in self.parts}
        self.parts = [known.get(code, {"unit": code, "role": "co", "share_pct": 10}) for code in codes]
        self._show()

    @property
    def value(self) -> list[dict[str, Any]] | None:
        """Return the parts; none lets the server take its directory's proposal."""
        return self.parts or None


class PlaceInput(PickInput):
    """A point on the map, with its coordinate system."""

    icon = "map-marker"
    nothing = "在地图上指出正确的位置"

    def open(self) -> None:
        """Open the map where the item lies."""
        place = (self.page.card or {}).get("place") or {}
        start = (place["lon"], place["lat"], place["crs"]) if "lon" in place else None
        self.page.app.go("spot", start=start, pick=self._picked)

    def _picked(self, lon: float, lat: float, crs: str) -> None:
        self.page.app.back()
        self.take({"lon": lon, "lat": lat, "crs": crs})

    def words(self, value: Any) -> str:
        """Return where it is."""
        return self.page.field.place(None, value["lon"], value["lat"], value["crs"]).zh


class ListInput(Input):
    """Any number of the same few fields."""

    def draw(self) -> Column:
        """Return the entries, each in a sheet, and a button for one more."""
        self.entries: list[dict[str, Input]] = []
        self.column = Column(gap=10)
        for value in self.start or ():
            self._add(value)
        self._show()
        return self.column

    def _add(self, value: dict[str, Any] | None = None) -> None:
        items = self.told["items"]
        names = items.get("x-order", ())
        entry = {
            n: made(self.page, n, items["properties"][n], (value or {}).get(n), n in items["required"]) for n in names
        }
        self.entries.append(entry)

    def _more(self) -> None:
        self._add()
        self._show()

    def _show(self) -> None:
        sheets = []
        for entry in self.entries:
            for one in entry.values():
                if one.named.parent:
                    one.named.parent.remove_widget(one.named)
            gone = Push("去掉这一项", lambda entry=entry: self._drop(entry), "close", "plain")
            sheets.append(Sheet(*(one.named for one in entry.values()), gone, gap=14))
        self.column.refill(*sheets, Push("加一项", self._more, "plus", "soft"))

    def _drop(self, entry: dict[str, Input]) -> None:
        self.entries.remove(entry)
        self._show()

    @property
    def value(self) -> list[dict[str, Any]]:
        """Return the entries."""
        told = ({name: one.value for name, one in entry.items()} for entry in self.entries)
        return [{name: value for name, value in entry.items() if value not in (None, "")} for entry in told]


PICKERS: dict[str, type[Input]] = {
    "moment": MomentInput, "date": DayInput, "category": CategoryInput, "item": ItemInput, "subtask": ItemInput,
    "unit": UnitInput, "units": UnitsInput, "shares": SharesInput, "place": PlaceInput, "list": ListInput,
}  # fmt: skip
