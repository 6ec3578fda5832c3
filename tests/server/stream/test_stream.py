"""The live stream as real processes: heard within a moment, by whom it concerns, whatever is killed in between."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

import orjson
import psycopg
import pytest
import sqlalchemy as sa

from server import journal
from server.access import SYSTEM
from server.db import db, new_id
from server.embedded.databases import plain
from server.flow.moves import MACHINES
from server.journal import Line, Seal
from tests.programs import until
from tests.server.stream.conftest import Ear, Stream
from tests.server.town import FAR_INSIDE, Town

pytestmark = pytest.mark.slow


def test_an_act_is_heard_at_once_by_those_who_may_see_the_item(real_town: Town, stream: Stream) -> None:
    ears = {who: stream.listen(real_town, who) for who in ("desk", "leader", "mei", "centre", "stranger", "far_desk")}
    card = real_town.report("mei", text="张三家门口")
    until(lambda: all(ears[who].got for who in ("desk", "leader", "mei", "centre")))
    real_town.act("desk", card, "file")
    until(lambda: len(ears["desk"].got) == 2)
    assert ears["desk"].actions() == ["event.report", "event.file"]
    data = orjson.loads(ears["desk"].got[1]["data"])
    assert (data["id"], data["no"], data["act"], data["state"]) == (card["id"], card["no"], "file", "filed")
    assert "张三" not in str(ears["desk"].got)
    real_town.report("stranger", lon=FAR_INSIDE[0], lat=FAR_INSIDE[1])
    until(lambda: ears["far_desk"].got and ears["stranger"].got)
    assert ears["stranger"].actions() == ears["far_desk"].actions() == ["event.report"]
    assert len(ears["desk"].got) == 2


def test_without_a_valid_token_there_is_no_stream(real_town: Town, stream: Stream) -> None:
    for headers in ({}, {"Authorization": "Bearer nobody"}, {"Authorization": "Basic eDp5"}):
        assert stream.hear(Ear(stream.port, headers)).statuses == [401]
    key = real_town.key("desk")
    assert stream.hear(Ear(stream.port, {}, path=f"/api/v1/stream?token={key}")).statuses == [401]
    with_token = {"Authorization": f"Bearer {key}"}
    assert stream.hear(Ear(stream.port, with_token, path="/api/v1/events")).statuses == [404]


def test_the_web_process_sends_to_the_stream_with_a_ticket(real_town: Town, stream: Stream) -> None:
    answer = real_town.get("desk", "/stream")
    assert answer.status_code == 307
    where = urlsplit(answer.headers["Location"])
    assert real_town.key("desk") not in answer.headers["Location"]
    ear = stream.hear(Ear(stream.port, {}, path=f"{where.path}?{where.query}"))
    real_town.report("mei")
    until(lambda: ear.actions() == ["event.report"])
    assert stream.hear(Ear(stream.port, {}, path=f"{where.path}?{where.query}x")).statuses == [401]
    assert real_town.get(None, "/stream").status_code == 401


def test_killing_stream_and_database_connections_loses_and_doubles_nothing(real_town: Town, stream: Stream) -> None:
    ear = stream.listen(real_town, "desk")
    cards = []

    def report(count: int) -> None:
        cards.extend(real_town.report("mei")["id"] for _ in range(count))

    report(3)
    until(lambda: len(ear.got) == 3)
    stream.kill()
    report(3)
    stream.start()
    until(lambda: len(ear.got) == 6)
    cut = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
    db.session.execute(sa.text(f"{cut} and pid <> pg_backend_pid()"))
    db.session.commit()
    db.engine.dispose()
    report(3)
    until(lambda: len(ear.got) == 9)
    ear.hang_up()
    report(3)
    stream.kill()
    stream.start()
    report(3)
    until(lambda: len(ear.got) == 15)
    time.sleep(1.5)
    assert [orjson.loads(block["data"])["id"] for block in ear.got] == cards
    assert ear.ids() == sorted(set(ear.ids()))


def test_an_item_of_every_kind_is_heard(real_town: Town, stream: Stream) -> None:
    ears = [stream.listen(real_town, who) for who in ("desk", "centre", "arbiter")]
    real_town.blown(("DEP28",))
    body = {"kind": "event", "item_id": real_town.dispatched()["id"], "basis": "三定方案第二条", "reason": "不属于我局"}
    assert real_town.call("lamp_desk", "PUT", f"/objections/{new_id()}", body).status_code == 201
    until(lambda: {name.partition(".")[0] for ear in ears for name in ear.actions()} >= set(MACHINES), "a word of each")


def test_a_long_import_holds_up_nobody_and_is_heard_when_it_ends(
    real_town: Town, stream: Stream, fresh_database: str
) -> None:
    ear = stream.listen(real_town, "desk")
    with psycopg.connect(plain(fresh_database)) as long_one:
        long_one.execute(
            "insert into journal (at, action, item_kind, person_id, role, unit_code, facts, audience)"
            " values (now(), 'event.imported', 'event', gen_random_uuid(), 'SYS', '', '{}', '{t:441602001}')"
        )
        real_town.report("mei")
        until(lambda: ear.actions() == ["event.report"])
        long_one.commit()
    until(lambda: ear.actions() == ["event.report", "event.imported"])


def test_a_revoked_token_ends_its_stream_within_a_minute(real_town: Town, stream: Stream) -> None:
    gone, stays = stream.listen(real_town, "desk"), stream.listen(real_town, "chief")
    db.session.execute(
        sa.text("update tokens set revoked_at = now() where person_id = :id"), {"id": real_town.persons["desk"]}
    )
    db.session.commit()
    until(lambda: gone.statuses[-1] == 401, "an end within a minute", 60)
    assert gone.actions() == ["end"]
    real_town.report("mei")
    until(lambda: stays.actions() == ["event.report"])


def test_who_changes_posts_hears_what_the_new_post_may_see(real_town: Town, stream: Stream) -> None:
    ear = stream.listen(real_town, "desk")
    db.session.execute(
        sa.text(
            "update appointments set post_id = (select post_id from appointments where person_id = :far)"
            " where person_id = :desk"
        ),
        {"far": real_town.persons["far_desk"], "desk": real_town.persons["desk"]},
    )
    db.session.commit()

    def reported_far() -> str:
        return str(real_town.report("stranger", lon=FAR_INSIDE[0], lat=FAR_INSIDE[1])["id"])

    def heard() -> list[str]:
        return [orjson.loads(block["data"])["id"] for block in ear.got]

    until(lambda: (reported_far(), heard())[1], "a word of the new post", every=0.5)
    near, far = real_town.report("mei")["id"], reported_far()
    until(lambda: far in heard(), "what came last")
    assert near not in heard()


def test_who_was_away_too_long_is_told_to_ask_anew(real_town: Town, stream: Stream) -> None:
    for _ in range(2100):
        journal.write(Line("clock.rang", SYSTEM, kind="event", audience=("t:441602001",)))
    journal.drain()
    db.session.commit()
    until(lambda: (db.session.rollback(), db.session.scalar(sa.select(sa.func.max(Seal.n))))[1] == 2100)
    ear = stream.listen(real_town, "desk", last="1")
    until(lambda: ear.got)
    assert ear.actions() == ["reset"]
    assert ear.last == "2100"
    real_town.report("mei")
    until(lambda: ear.actions() == ["reset", "event.report"])


def test_several_streams_may_be_open_but_not_without_end(real_town: Town, stream: Stream) -> None:
    ears: list[Any] = [stream.listen(real_town, "desk") for _ in range(9)]
    until(lambda: ears[0].opened >= 2, "that the first comes back for the ninth")
    real_town.report("mei")
    until(lambda: sum("event.report" in ear.actions() for ear in ears) >= 8)
