"""One edition holds at every moment; what was published is never changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from server.access import SYSTEM
from server.db import CN, db, now
from server.grids import editions, outlines
from server.grids.models import LOADED, PUBLISHED, Edition, Grid
from server.grids.refusals import (
    AlreadyBegun,
    AlreadyPublished,
    CodesReused,
    NotAfterTheLast,
    UnknownEdition,
    UnknownGrid,
)
from tests.server.grids.drawing import ROW, A, B, C, D, imported

pytestmark = pytest.mark.usefixtures("rolled_back")

SPLIT = {A: (0, 0, 0.5, 1), B: (1, 0, 2, 1), C: (2, 0, 3, 1), D: (0.5, 0, 1, 1)}
"""Grid A was split: its east half became D."""


INSERT = """
    insert into grids (edition_id, code, name, categories, parents, geom)
    select edition_id, 'new', '', '{}', '{}', geom from grids where code = :code
"""


def publish(edition: Edition, at: datetime | None = None) -> Edition:
    return editions.publish(edition, by=SYSTEM, at=at)


def parents(edition: Edition) -> dict[str, list[str]]:
    rows = db.session.execute(sa.select(Grid.code, Grid.parents).where(Grid.edition_id == edition.id))
    return dict(rows.all())


def test_a_new_edition_begins_at_the_next_midnight_in_beijing(clock) -> None:
    clock.set(datetime(2025, 3, 1, 15, 59, tzinfo=UTC))  # 23:59 in Beijing
    old, new = imported("甲版"), publish(imported("乙版", SPLIT))
    assert new.valid_from == datetime(2025, 3, 2, tzinfo=CN)
    assert old.valid_to == new.valid_from
    clock.set(datetime(2025, 3, 1, 16, 0, tzinfo=UTC))
    assert publish(imported("丙版")).valid_from == datetime(2025, 3, 3, tzinfo=CN)


def test_at_every_moment_exactly_one_edition_holds(clock) -> None:
    clock.set(datetime(2025, 3, 1, tzinfo=UTC))
    midnight = datetime(2025, 3, 2, tzinfo=CN)
    imported("甲版")
    publish(imported("乙版", SPLIT), midnight)
    spans = editions.published()
    moments = (
        datetime(1999, 1, 1, tzinfo=UTC),
        midnight - timedelta(microseconds=1),
        midnight,
        datetime(2099, 1, 1, tzinfo=UTC),
    )
    assert [editions.in_force(spans, "base", moment).name for moment in moments] == ["甲版", "甲版", "乙版", "乙版"]


def test_the_database_refuses_two_editions_at_one_moment() -> None:
    imported("甲版")
    second = imported("乙版")
    with pytest.raises(sa.exc.IntegrityError, match="ex_one_edition_in_force"), db.session.begin_nested():
        db.session.execute(sa.update(Edition).where(Edition.id == second.id).values(status=PUBLISHED))


def test_the_past_is_not_redrawn() -> None:
    imported("甲版")
    later = now() + timedelta(days=30)
    with pytest.raises(NotAfterTheLast):
        publish(imported("乙版"), now() - timedelta(seconds=1))
    publish(imported("丙版"), later)
    with pytest.raises(NotAfterTheLast):
        publish(imported("丁版"), later)


def test_a_published_edition_is_not_published_again() -> None:
    with pytest.raises(AlreadyPublished):
        publish(imported("甲版"))


@pytest.mark.parametrize(
    "change",
    [
        "update grids set name = '改' where code = :code",
        "delete from grids where code = :code",
        INSERT,
        "update grids set edition_id = edition_id where code = :code",
        "delete from grid_editions where layer = 'base' and :code <> ''",
        "update grid_editions set valid_from = now() where :code <> ''",
        "update grid_editions set status = 'loaded' where :code <> ''",
    ],
)
def test_what_was_published_cannot_be_changed(change) -> None:
    imported("甲版")
    with pytest.raises(sa.exc.IntegrityError, match="fixed"), db.session.begin_nested():
        db.session.execute(sa.text(change), {"code": A})


@pytest.mark.parametrize("table", ["grids cascade", "grid_editions cascade"])
def test_nobody_empties_the_tables(table) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="append-only"), db.session.begin_nested():
        db.session.execute(sa.text(f"truncate {table}"))


def test_a_split_grid_keeps_its_lineage() -> None:
    imported("甲版")
    second = publish(imported("乙版", SPLIT))
    assert parents(second) == {A: [A], B: [B], C: [C], D: [A]}


def test_lineage_named_by_the_file_goes_first() -> None:
    imported("甲版")
    assert parents(publish(imported("乙版", SPLIT, parents={D: [A, B]})))[D] == [A, B]


def test_a_code_never_stands_for_another_place() -> None:
    imported("甲版")
    moved = imported("乙版", {A: (5, 5, 6, 6), B: (1, 0, 2, 1)})
    with pytest.raises(CodesReused) as refused:
        publish(moved)
    assert refused.value.facts["codes"] == [A]


def test_a_code_that_vanished_never_comes_back() -> None:
    imported("甲版")
    publish(imported("乙版", {A: (0, 0, 1, 1), B: (1, 0, 3, 1)}), now() + timedelta(days=1))
    with pytest.raises(CodesReused) as refused:
        publish(imported("丙版"), now() + timedelta(days=2))
    assert refused.value.facts["codes"] == [C]


def test_a_plan_may_be_withdrawn_before_it_begins(clock) -> None:
    first = imported("甲版")
    second = publish(imported("乙版", SPLIT))
    editions.withdraw(second, by=SYSTEM)
    assert (second.status, second.valid_from, first.valid_to) == (LOADED, None, None)
    publish(second)
    clock.set(second.valid_from)
    for edition in (first, second):
        with pytest.raises(AlreadyBegun):
            editions.withdraw(edition, by=SYSTEM)


def test_only_what_never_held_can_be_dropped() -> None:
    first, second = imported("甲版"), imported("乙版")
    editions.drop(second, by=SYSTEM)
    assert db.session.scalars(sa.select(Edition.name)).all() == ["甲版"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Grid)) == len(ROW)
    with pytest.raises(AlreadyPublished):
        editions.drop(first, by=SYSTEM)


def test_unknown_names_are_said_to_be_unknown() -> None:
    with pytest.raises(UnknownEdition):
        editions.named("无此版")
    imported("甲版")
    with pytest.raises(UnknownGrid):
        outlines.grid_in_force(D)


def test_the_history_of_a_code_tells_what_became_of_it() -> None:
    imported("甲版")
    publish(imported("乙版", SPLIT))
    told = [(each["edition"], each["code"], each["parents"]) for each in outlines.history(A)]
    assert told == [("甲版", A, []), ("乙版", A, [A]), ("乙版", D, [A])]
