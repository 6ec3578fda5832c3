"""What the lists are made of (列表配置): one row per list, with its filters, its columns by role and its bulk acts.

Job: configuration; a further kind of item gets its list by a further row.
Never: fetch or draw anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from server import access
from server.access import Actor
from server.console import choices, language, wording
from server.console.choices import Choices
from server.events.machine import EVENT
from server.flow.moves import MACHINES, Machine
from server.objections.machine import OBJECTION
from server.whistles.machine import CHECK_IN, WHISTLE

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: the field of the query, its words, how it is entered, what can be chosen, and for whom it is."""

    name: str
    zh: Any
    entry: str = "select"
    choices: Choices | None = None
    for_district: bool = False
    blank: Any = ""
    """What nothing chosen means, where it is not everything."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its words, the cell that draws it, what an export says, and for whom it is."""

    zh: Any
    cell: str
    text: Callable[[Row], Any]
    for_district: bool = False


@dataclass(frozen=True, slots=True)
class RowAct:
    """What can be done to a row where it stands: its words, the route, the one field it takes, and to which rows."""

    zh: Any
    route: str
    field: str
    ask: Any
    when: Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: its route, the permission that shows it, filters, columns, and the acts that can be done to many.

    Without a ``machine`` it is a list about items: a row opens the item it names.
    """

    name: str
    zh: Any
    route: str
    may: str
    machine: Machine | None
    filters: tuple[Filter, ...]
    columns: tuple[Column, ...]
    bulk: tuple[str, ...] = ()
    none: Any = ""
    act: RowAct | None = None


def _text(name: str) -> Callable[[Row], Any]:
    return lambda row: row.get(name)


def _moment(name: str) -> Callable[[Row], Any]:
    return lambda row: wording.full(row[name]) if row.get(name) else ""


def _state(row: Row) -> str:
    return language.named(row["state"])


def _township(row: Row) -> str:
    return wording.unit(row.get("township_code"))


def _lead(row: Row) -> str:
    return wording.unit(row["lead"]["code"]) if row.get("lead") else ""


def _called(row: Row) -> str:
    return "、".join(wording.unit(one["unit"]["code"]) for one in row["check_ins"])


def _state_of(row: Row, name: str) -> str:
    machine = MACHINES.get(row["item"]["kind"])
    return language.named(machine.state(row[name])) if machine and row[name] else "—"


def _move(kind: str, act: str) -> str:
    machine = MACHINES.get(kind)
    return language.named(machine.acts()[act][0]) if machine and act in machine.acts() else act


def _told(row: Row) -> str:
    """Return the words of an offline act: what was written, without codes, names of photos and moments."""
    words = (text for text in row["facts"].values() if isinstance(text, str) and not text.isascii())
    return "；".join(words) or "—"


NO = Column(_("编号"), "no", _text("no"))
STATE = Column(_("状态"), "state", _state)
TOWNSHIP = Column(_("镇街"), "township", _township, for_district=True)
DUE = Column(_("时限"), "due", _moment("due_at"))
MADE = Column(_("时间"), "made", _moment("created_at"))
UNIT = Column(_("部门"), "unit", lambda row: wording.unit(row["unit"]["code"]))
WHISTLE_KIND = Column(_("哨种"), "kind", lambda row: wording.whistle_kind(row["kind_code"]))
ABOUT = Column(_("事项"), "about", lambda row: row["item"]["no"])
REASON = Column(_("理由"), "reason", _text("reason"))
OPEN = Filter("open", _("在办或已结"), choices=choices.openness)
IN_TOWNSHIP = Filter("township", _("镇街"), choices=choices.townships, for_district=True)

LISTS: tuple[Listing, ...] = (
    Listing(
        "events", _("事件"), "events.list_events", "event.view", EVENT,
        (
            Filter("q", _("查找文字、地址"), "search"),
            Filter("state", _("状态"), choices=choices.states(EVENT)),
            OPEN,
            Filter("category", _("大类"), choices=choices.groups),
            Filter("urgency", _("紧急程度"), choices=choices.urgencies),
            IN_TOWNSHIP,
            Filter("lead", _("牵头单位"), choices=choices.departments, for_district=True),
            Filter("part", _("本单位"), choices=choices.parts),
            Filter("grid", _("网格"), "line"),
            Filter("placement", _("位置"), choices=choices.placements),
            Filter("since", _("上报自"), "day"),
            Filter("until", _("上报至"), "day"),
            Filter("closed_since", _("结案自"), "day"),
            Filter("overdue", _("超时"), choices=choices.yes),
            Filter("mine", _("我上报的"), choices=choices.yes),
        ),
        (
            NO,
            Column(_("事项"), "category", lambda row: language.named(row["category"])),
            Column(_("紧急"), "urgency", _text("urgency")),
            Column(_("情况"), "text", _text("text")),
            STATE,
            TOWNSHIP,
            Column(_("网格"), "grid", _text("grid_code")),
            Column(_("牵头单位"), "lead", _lead),
            DUE,
            MADE,
        ),
        bulk=("file", "reject", "dispatch", "accept", "start", "resume"),
        none=_("没有符合条件的事件。放宽条件，或等网格员上报。"),
    ),
    Listing(
        "whistles", _("哨声"), "whistles.list_whistles", "whistle.view", WHISTLE,
        (
            Filter("state", _("状态"), choices=choices.states(WHISTLE)),
            OPEN,
            Filter("kind", _("哨种"), choices=choices.kinds_of_whistle),
            IN_TOWNSHIP,
        ),
        (
            NO,
            WHISTLE_KIND,
            REASON,
            STATE,
            TOWNSHIP,
            Column(_("被叫部门"), "called", _called),
            DUE,
            Column(_("吹哨时间"), "blown", _moment("blown_at")),
        ),
        none=_("没有符合条件的哨单。在事件案卷中点“吹哨”可发出新哨。"),
    ),
    Listing(
        "check-ins", _("报到"), "whistles.list_check_ins", "whistle.view", CHECK_IN,
        (
            Filter("state", _("状态"), choices=choices.states(CHECK_IN)),
            OPEN,
            Filter("unit", _("部门"), choices=choices.departments),
            IN_TOWNSHIP,
        ),
        (
            NO,
            UNIT,
            WHISTLE_KIND,
            Column(_("哨单"), "whistle", _text("whistle_no")),
            REASON,
            STATE,
            Column(_("预计到场"), "expected", _moment("expected_at")),
            DUE,
            MADE,
        ),
        bulk=("work",),
        none=_("没有符合条件的报到。哨声吹出后，被叫部门的报到会列在这里。"),
    ),
    Listing(
        "objections", _("异议"), "objections.list_objections", "objection.view", OBJECTION,
        (Filter("state", _("状态"), choices=choices.states(OBJECTION)), OPEN),
        (
            NO,
            Column(_("提出单位"), "unit_code", lambda row: wording.unit(row["unit_code"])),
            Column(_("诉求"), "aim", _text("aim")),
            Column(_("事项"), "item", lambda row: row["item"]["kind"]),
            STATE,
            MADE,
        ),
        none=_("没有符合条件的异议。部门在案卷中点“提出异议”后会列在这里。"),
    ),
    Listing(
        "conflicts", _("离线冲突"), "conflicts.list_conflicts", "event.file_dispatch", None,
        (Filter("open", _("待处理或全部"), choices=choices.pending, blank=_("待办")),),
        (
            ABOUT,
            Column(_("离线操作"), "", lambda row: _move(row["item"]["kind"], row["act"])),
            Column(_("操作内容"), "", _told),
            Column(_("操作时间"), "", _moment("captured_at")),
            Column(_("操作时的状态"), "", lambda row: _state_of(row, "state_then")),
            Column(_("到达时的状态"), "", lambda row: _state_of(row, "state_now")),
            Column(_("到达时间"), "", _moment("created_at")),
            Column(_("处理"), "act", _text("settlement")),
        ),
        none=_("没有待处理的离线冲突：离线时办的事都已照办。"),
        act=RowAct(
            _("记下处理"), "conflicts.settle_conflict", "settlement", _("怎样处理的"), lambda row: not row["settled_at"]
        ),
    ),
    Listing(
        "subtasks", _("子任务"), "subtasks.list_subtasks", "event.view", None,
        (
            Filter("open", _("待办或全部"), choices=choices.pending, blank=_("待办")),
            Filter("whose", _("哪些子任务"), choices=choices.whose, blank=_("本单位的")),
        ),
        (
            ABOUT,
            Column(_("任务"), "", _text("text")),
            Column(_("承担单位"), "", lambda row: wording.unit(row["unit_code"])),
            Column(_("必办"), "", lambda row: str(_("必办")) if row["mandatory"] else ""),
            DUE,
            MADE,
            Column(_("完成情况"), "act", _text("done_text")),
        ),
        none=_("没有符合条件的子任务。牵头单位在案卷中点“布置子任务”后会列在这里。"),
        act=RowAct(_("完成"), "subtasks.finish_subtask", "done_text", _("完成情况"), lambda row: bool(row["acts"])),
    ),
)  # fmt: skip
BY_NAME: Mapping[str, Listing] = {one.name: one for one in LISTS}
DISTRICT = "a"


def named(rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
    """Yield kind and id of the other items that the rows of a list name."""
    for row in rows:
        if row.get("item"):
            yield row["item"]["kind"], row["item"]["id"]
        if row.get("whistle_id"):
            yield WHISTLE.kind, row["whistle_id"]


def is_district_wide(by: Actor, listing: Listing) -> bool:
    """Tell whether ``by`` reads this list over the whole district, so that the township is worth a column."""
    townships = {hat.township for hat in by.hats}
    has_all = any(DISTRICT in access.letters(role, listing.may) for role in by.roles)
    return has_all or len(townships) != 1 or None in townships


def columns(listing: Listing, by: Actor) -> list[Column]:
    """Return the columns for ``by``."""
    wide = is_district_wide(by, listing)
    return [one for one in listing.columns if wide or not one.for_district]


def filters(listing: Listing, by: Actor) -> list[Filter]:
    """Return the filters for ``by``."""
    wide = is_district_wide(by, listing)
    return [one for one in listing.filters if wide or not one.for_district]
