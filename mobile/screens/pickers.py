"""Inputs that open a page or have parts (选择控件): moments, categories, items, units, places.

Job: as ``inputs``: one class per means of entry.
Never: hold a list of their own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mobile.core.clock import end_shown
from mobile.core.shapes import Row as Item
from mobile.screens.inputs import Input
from mobile.screens.many import ListInput, SharesInput
from mobile.screens.persons import people
from mobile.widgets import moments
from mobile.widgets.boxes import Column, Row
from mobile.widgets.buttons import Chip, Choices, IconButton, Push
from mobile.widgets.flow import Flow
from mobile.widgets.text import Words

QUICK = (("30 分钟后", 30), ("1 小时后", 60), ("2 小时后", 120))
"""Words and minutes of the moments nearest at hand."""


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
        return Column(*self._latest(), self.words, Flow(*quick, gap=dp(8)), *rows, gap=10)

    def _latest(self) -> list[Words]:
        """Say when the item itself is due, where the moment must not lie behind that."""
        if "x-until" not in self.told:
            return []
        running = [one for one in (self.page.whole or {}).get("clocks", ()) if not one.get("stopped_at")]
        if not running:
            return []
        first = min(running, key=lambda one: str(one["due_at"]))
        return [Words(f"不晚于这件事的期限：{end_shown(first['due_at'])}", "small", "ink2")]

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
        raise NotImplementedError  # each picker brings its own

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


class AmongInput(Input):
    """One of the units that have a part in the item, the own one left out; the only one is chosen already."""

    def draw(self) -> Column:
        """Return the units to choose from, or why there are none."""
        me = self.page.field.me
        options = [(code, zh) for code, zh in units_of(self.page.whole or {}) if me is None or code != me.unit]
        first = self.start or (options[0][0] if len(options) == 1 else "")
        self.choices = Choices(options, [first] if first else [])
        return self.choices if options else Column(Words("这件事没有别的单位参加，不能交办", "body", "ink2"))

    @property
    def value(self) -> str | None:
        """Return the unit chosen."""
        return next(iter(self.choices.chosen), None)


def units_of(card: dict[str, Any]) -> list[tuple[str, str]]:
    """Return code and name of the units that have a part in an item: who answers for it, and who was called."""
    called = [one["unit"] for one in card.get("check_ins") or ()]
    return list({one["code"]: (one["code"], one["zh"]) for one in (*(card.get("units") or ()), *called)}.values())


class UnitsInput(UnitInput):
    """Several units."""

    many = True


class PersonInput(PickInput):
    """A colleague of one's own unit; where nobody need be named, one's unit decides."""

    icon = "account-circle-outline"
    nothing = "点这里选人"

    def open(self) -> None:
        """Open the colleagues."""
        given = {"chosen": self.picked, "may_be_nobody": not self.is_needed, "title": self.told["title"]}
        self.page.app.go("persons", pick=self.take, **given)

    def words(self, value: Any) -> str:
        """Return the name."""
        return str(people(self.page.field).get(str(value), {}).get("name") or "已选的人")


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


PICKERS: dict[str, type[Input]] = {
    "moment": MomentInput, "date": DayInput, "category": CategoryInput, "item": ItemInput, "subtask": ItemInput,
    "unit": UnitInput, "units": UnitsInput, "shares": SharesInput, "place": PlaceInput,
    "person": PersonInput, "list": ListInput, "among": AmongInput,
}  # fmt: skip
