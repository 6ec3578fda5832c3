"""What is asked of whom (子任务清单): the sub-tasks of my units, those that are mine to do, those I set.

Job: the condition of each point of view, the line of a sub-task in lists and in the worklist.
Never: show a sub-task of an item outside the reader's scope, or change one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa

from server import access, journal
from server.access import Actor, Clause
from server.db import db, now
from server.flow import naming
from server.flow.card import finishing, shown_subtask
from server.flow.models import Subtask
from server.flow.moves import MACHINES, Machine
from server.flow.walk import ASSIGNED, reach

KIND, KIND_ZH = "subtask", "子任务"
STATES: Final = MappingProxyType(
    {
        False: {"code": "open", "zh": "待完成", "en": "to do", "type": "normal"},
        True: {"code": "done", "zh": "已完成", "en": "done", "type": "final"},
    }
)
WHOSE: Final = MappingProxyType({"unit": "本单位的", "me": "派给我的", "set": "我布置的"})
"""Point of view → its words; one sub-task may be seen from several."""
ALL: Final = "all"


def _of_unit(by: Actor) -> Clause:
    return Subtask.unit_code.in_(by.units)


def _of_me(by: Actor) -> Clause:
    """Return the condition that a sub-task of my unit is given to me: by name, else with the item it belongs to."""
    with_item = sa.or_(sa.false(), *(_item(one, _assigned(one, by)) for one in MACHINES.values()))
    unnamed = sa.and_(Subtask.person_id.is_(None), with_item)
    return sa.and_(_of_unit(by), sa.or_(Subtask.person_id == by.person_id, unnamed))


def _assigned(machine: Machine, by: Actor) -> Clause:
    means = getattr(machine.model, "scopes", {}).get(ASSIGNED) or access.SCOPES[ASSIGNED]
    return sa.or_(sa.false(), *(means(machine.model, by, hat) for hat in by.hats))


def _item(machine: Machine, holds: Clause) -> Clause:
    here = sa.exists().where(machine.model.id == Subtask.item_id, holds).correlate(Subtask)
    return sa.and_(Subtask.item_kind == machine.kind, here)


VIEWS: Final[Mapping[str, Callable[[Actor], Clause]]] = MappingProxyType(
    {"unit": _of_unit, "me": _of_me, "set": lambda by: Subtask.created_by == by.person_id}
)


def query(by: Actor, whose: Iterable[str]) -> sa.Select[Any]:
    """Return the select of the sub-tasks seen from any of ``whose``, within reach, each with one flag per view."""
    flags = [view(by).label(f"is_{name}") for name, view in VIEWS.items()]
    within = sa.or_(sa.false(), *(_item(one, reach(one, by)) for one in MACHINES.values()))
    columns: tuple[Any, ...] = (Subtask, *flags)
    return sa.select(*columns).where(sa.or_(*(VIEWS[name](by) for name in whose)), within)


def filtered(ask: Mapping[str, Any], by: Actor) -> sa.Select[Any]:
    """Return the select that the filters of the list ask for: ``whose``, and ``open`` ones or all."""
    found = query(by, tuple(WHOSE) if ask["whose"] == ALL else (ask["whose"],))
    return found.where(Subtask.done_at.is_(None)) if ask["open"] else found


def count(ask: Mapping[str, Any], by: Actor, *, most: int) -> Any:
    """Return, to be put into a statement, how many sub-tasks the list with these filters holds, up to ``most``."""
    listed = filtered(ask, by).with_only_columns(sa.literal(1)).limit(most)
    return sa.select(sa.func.count()).select_from(listed.subquery()).scalar_subquery()


def lines(rows: Iterable[Any], by: Actor) -> list[dict[str, Any]]:
    """Return the rows of ``query`` as lists and the worklist tell them."""
    found = list(rows)
    items = naming.items((row.Subtask.item_kind, row.Subtask.item_id) for row in found)
    return [_line(row, items[row.Subtask.item_id], by) for row in found]


def _line(row: Any, item: Any, by: Actor) -> dict[str, Any]:
    task: Subtask = row.Subtask
    told = shown_subtask(task)
    whose = [{"code": name, "zh": zh} for name, zh in WHOSE.items() if getattr(row, f"is_{name}")]
    line = told | {
        "kind": KIND, "kind_zh": KIND_ZH, "no": item.no, "title": told["text"], "state": STATES[bool(task.done_at)],
        "item": {"kind": task.item_kind, "id": task.item_id, "no": item.no}, "whose": whose, "category": None,
        "urgency": item.urgency, "grid_code": item.grid_code, "township_code": item.township_code,
        "created_at": task.created_at, "moved_at": task.done_at or task.created_at,
        "overdue": task.done_at is None and task.due_at < now(), "revision": 0, "acts": finishing(task, by),
    }  # fmt: skip
    return journal.plain(line)  # type: ignore[no-any-return]


def work(by: Actor, limit: int) -> Iterator[tuple[datetime | None, dict[str, Any]]]:
    """Yield (due, line) of what is asked of the units of ``by`` and not done yet, the earliest first."""
    waiting = query(by, ("unit",)).where(Subtask.done_at.is_(None)).order_by(Subtask.due_at, Subtask.id)
    rows = db.session.execute(waiting.limit(limit + 1)).all()
    yield from zip((row.Subtask.due_at for row in rows), lines(rows, by), strict=True)
