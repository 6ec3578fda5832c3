"""What phones saved against what the server holds (对账): by id, both ways, in order, at its true time.

Job: read the phones' stores, their workers' logs and the server's rows; count what is lost, doubled, out of order.
Never: trust one side alone.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.city import City
from server.app import create_app
from server.db import db
from server.events.models import Event
from server.journal import Entry
from server.photos.models import Photo

ACTS = {"report": "reports", "self_handle": "acts that follow them"}
"""What the phones save, in the order in which it happens to an item."""
TRUE_WITHIN = timedelta(seconds=5)
"""Between pressing and the moment that the request tells there is work of the phone."""
Saved = tuple[str, str]
"""An act and its item."""


@dataclass
class Reckoning:
    """What was saved and what is there."""

    saved: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)
    wrong_order: int = 0
    wrong_time: int = 0

    @property
    def is_exact(self) -> bool:
        """Tell whether everything is there once, in order, at its time."""
        return not (self.lost.total() or self.doubled.total() or self.wrong_order or self.wrong_time)


@dataclass
class Held:
    """What workers were told is saved, what the phones hold with its moment, and photos as (item, SHA-256)."""

    told: set[Saved] = field(default_factory=set)
    made: dict[Saved, datetime] = field(default_factory=dict)
    photos: set[tuple[str, str]] = field(default_factory=set)


def phones(folder: Path) -> Held:
    """Read the phones below ``folder``."""
    held = Held()
    for home in sorted(folder.glob("phone-*")):
        lines = (home / "saved.log").read_text(encoding="utf-8").split("\n")
        held.told |= {(act, id) for act, _, id in (line.partition(" ") for line in lines if line.count(" ") == 1)}
        store = sqlite3.connect(home / "field.db")
        rows = store.execute("select act, item_id, made_at from sendings where item_kind = 'event'")
        held.made |= {(act, id): datetime.fromisoformat(at) for act, id, at in rows}
        held.photos |= set(store.execute("select item_id, sha256 from photos").fetchall())
        store.close()
    return held


def reckon(town: City, folder: Path) -> Reckoning:
    """Compare every row of the server with what the phones saved."""
    into, held = Reckoning(), phones(folder)
    app = create_app(town.config)
    with app.app_context():
        texts = Counter(db.session.scalars(sa.select(Event.text)))
        ids = {str(id) for id in db.session.scalars(sa.select(Event.id))}
        columns = (Entry.move, Entry.action, Entry.item_id, Entry.captured_at)
        of_events = sa.select(*columns).where(Entry.item_kind == "event", Entry.move.is_not(None)).order_by(Entry.id)
        lines = [row._asdict() for row in db.session.execute(of_events)]
        rows = db.session.execute(sa.select(Photo.item_id, Photo.sha256).where(Photo.received_at.is_not(None)))
        received = Counter((str(item), sha256) for item, sha256 in rows)
        db.session.remove()
        db.engine.dispose()
    _acts(into, held, lines)
    into.lost["report"] += len({id for act, id in held.made if act == "report"} - ids)
    into.doubled["report"] += sum(count - 1 for count in texts.values())
    _photos(into, held, received)
    return into


def _acts(into: Reckoning, held: Held, lines: Sequence[Mapping[str, Any]]) -> None:
    there: dict[Saved, list[datetime | None]] = {}
    order: dict[str, list[str]] = {}
    for line in lines:
        act, id = line["action"].rpartition(".")[2], str(line["item_id"])
        there.setdefault((act, id), []).append(line["captured_at"])
        order.setdefault(id, []).append(act)
    for act in ACTS:
        wanted = {one for one in held.made.keys() | held.told if one[0] == act}
        found = {one: moments for one, moments in there.items() if one[0] == act}
        into.saved[act] = len(wanted)
        into.lost[act] = len(wanted - found.keys()) + len(
            {one for one in held.told if one[0] == act} - held.made.keys()
        )
        into.doubled[act] = sum(len(moments) - 1 for moments in found.values()) + len(found.keys() - wanted)
        into.wrong_time += sum(not _is_true(held.made.get(one), moments) for one, moments in found.items())
    into.wrong_order = sum(not _is_in_order(acts) for acts in order.values())


def _is_true(made: datetime | None, moments: Iterable[datetime | None]) -> bool:
    return made is not None and all(at is not None and abs(at - made) <= TRUE_WITHIN for at in moments)


def _is_in_order(acts: Sequence[str]) -> bool:
    known = [list(ACTS).index(act) for act in acts if act in ACTS]
    return known == sorted(known) and known[:1] == [0]


def _photos(into: Reckoning, held: Held, received: Counter[tuple[str, str]]) -> None:
    into.saved["photo"] = len(held.photos)
    into.lost["photo"] = len(held.photos - received.keys())
    into.doubled["photo"] = sum(count - 1 for count in received.values()) + len(received.keys() - held.photos)
