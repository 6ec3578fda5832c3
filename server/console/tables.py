"""Tables that list something else than items (其他列表): people, devices, grids with their people, records of a figure.

Job: what every list of a page has in common: filters of the address, the next page, what is wrong with a filter, and
the export as CSV and XLSX with its note, its bound and its line in the journal.
Never: export without the permission of the table, or know what the rows are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from flask_babel import gettext as _

from server import journal
from server.access import Actor
from server.console import audit_words, sheets
from server.console.doorway import said
from server.console.frame import room
from server.db import CN, now
from server.errors import Invalid, NotFound
from server.journal import Line

EXPORT = "export.data"
EXPORT_MAX = 20_000
SEARCHED = "q"
"""A filter whose words are not written down: they may name a person. The search itself leaves its trace."""
Row = Mapping[str, Any]
Cell = tuple[Any, Callable[[Row], Any]]
"""The words above a column, and what it says of a row."""
Found = tuple[dict[str, Any], str]


@dataclass(frozen=True, slots=True)
class Table:
    """A list to take away: its name, its words, who may, its columns, and its rows within the reader's scope.

    ``rows`` gets the reader and the parts of the path, and raises Invalid for a filter that makes no sense.
    """

    name: str
    zh: Any
    may: str
    columns: Callable[[], Sequence[Cell]]
    rows: Callable[..., Iterable[Row]]


def declare(rule: str, table: Table) -> Table:
    """Let ``table`` be exported at ``rule``, which ends in ``<sort>``."""

    @room.page(rule, may=table.may, name=f"{table.name}_export")
    def export(by: Actor, sort: str, **path: Any) -> Response:
        if sort not in sheets.WRITERS:
            raise NotFound
        columns = table.columns()
        rows = [[text(row) for _words, text in columns] for row in table.rows(by, **path)]
        head = [str(words) for words, _text in columns]
        return taken(table.name, str(table.zh), head, rows, kept() | path, sort, by)

    return table


def taken(
    name: str,
    title: str,
    head: Sequence[str],
    rows: Sequence[Sequence[Any]],
    asked: Mapping[str, Any],
    sort: str,
    by: Actor,
) -> Response:
    """Return rows as a file that says who took what and when; that they were taken is a line in the journal."""
    told = {key: value if isinstance(value, list) else str(value) for key, value in asked.items()}
    noted = {key: "（不记）" if key == SEARCHED else value for key, value in told.items()}
    journal.write(Line("data.exported", by, facts={"list": name, "filters": noted, "rows": len(rows), "sort": sort}))
    scope = audit_words.said(told) or _("全部")
    facts = {"who": by.name, "when": f"{now().astimezone(CN):%Y-%m-%d %H:%M}", "n": len(rows), "scope": scope}
    note = _("%(who)s 于 %(when)s 导出 %(n)s 条；条件：%(scope)s", **facts)
    if len(rows) == EXPORT_MAX:
        note += _("；只含前 %(n)s 条，请缩小范围", n=EXPORT_MAX)
    return sheets.WRITERS[sort](f"{title}-{now().astimezone(CN):%Y%m%d-%H%M}", head, rows, note)


def kept(*fields: str) -> dict[str, str]:
    """Return what the address asks for besides the place in the list: all of it, or these ``fields``."""
    given = {name: text.strip() for name, text in request.args.items() if name != "cursor" and text.strip()}
    return {name: text for name, text in given.items() if not fields or name in fields}


def onward(found: Mapping[str, Any]) -> str:
    """Return the query of the next page; empty on the last one."""
    return urlencode({**kept(), "cursor": found["next_cursor"]}) if found["next_cursor"] else ""


def read(ask: Callable[[], dict[str, Any]], labels: Mapping[str, Any] = MappingProxyType({})) -> Found:
    """Return what ``ask`` finds and nothing wrong, or an empty page and what is wrong with the filters.

    ``labels``: what the filters are called.
    """
    try:
        return ask(), ""
    except Invalid as refusal:
        return {"items": [], "next_cursor": None}, trouble(refusal, labels)


def trouble(refusal: Invalid, labels: Mapping[str, Any]) -> str:
    """Return which filters cannot be understood, by their names on the page; else what the refusal says."""
    names = "、".join(str(labels.get(name, name)) for name in refusal.facts.get("errors") or ())
    return _("看不懂筛选条件：%(names)s。请改选，或", names=names) if names else said(refusal)
