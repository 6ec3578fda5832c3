"""Duty, track, messages, workload, map: what is mine, with and without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from server.db import clock as server_clock
from server.worker import exhaust
from tests.mobile.core.phones import Phone, here, moment
from tests.server.town import HOME, INSIDE, NEXT, OUTSIDE, Town

Of = Callable[..., Phone]


@pytest.fixture
def still() -> Iterator[Any]:
    """The server's clock, standing still until it is moved."""
    server_clock.set(server_clock.now())
    yield server_clock
    server_clock.reset()


def test_a_shift_without_network_is_told_later_at_its_true_moments(town: Town, of: Of, still: Any) -> None:
    mei = of("mei", error_s=3 * 86400)
    mei.line.down = True
    began = still.advance(timedelta(minutes=1))
    mei.field.go_on_duty()
    assert (mei.field.duty.on, mei.field.duty.pending) == (True, True)
    for minute in range(5):
        still.advance(timedelta(minutes=1))
        mei.device.place(here(INSIDE[0] + minute * 0.001, INSIDE[1], at=mei.field.clock.now()))
    still.advance(timedelta(hours=8))
    mei.field.go_off_duty()
    still.advance(timedelta(minutes=1))
    mei.device.place(here())
    mei.line.down = False
    mei.sync()
    track = town.get("mei", "/duty/track").json["items"]
    assert len(track) == 5
    assert min(moment(one["at"]) for one in track) == began + timedelta(minutes=1)
    assert not town.get("mei", "/duty").json["on_duty"]
    assert mei.field.outbox.rejected == 0


def test_off_duty_no_position_is_kept(of: Of) -> None:
    mei = of("mei")
    mei.device.start_position(mei.field.duties.hear, 30)
    mei.device.place(here())
    assert mei.field.track() == []


def test_a_shift_ends_by_itself(of: Of, still: Any) -> None:
    mei = of("mei")
    mei.field.go_on_duty()
    still.advance(timedelta(hours=15))
    assert not mei.field.duty.on


def test_positions_close_together_are_kept_once(of: Of, still: Any) -> None:
    mei = of("mei")
    mei.field.go_on_duty()
    for _ in range(10):
        still.advance(timedelta(seconds=2))
        mei.device.place(here(at=mei.field.clock.now()))
    assert len(mei.field.track()) == 1


def test_messages_come_by_cursor_and_are_read_offline(town: Town, of: Of) -> None:
    hand = of("lamp_desk")
    town.blown(("DEP28",))
    exhaust()
    hand.refresh()
    (notice,) = [one for one in hand.field.inbox().items if one.severity == "alarm"]
    assert notice.item is not None
    assert hand.device.told[0][0] == "alarm"
    assert hand.field.alarms() == [notice]
    hand.line.down = True
    hand.field.mark_read([notice.id])
    assert hand.field.alarms() == []
    hand.line.down = False
    hand.sync()
    assert town.get("lamp_desk", "/inbox").json["unread"] == 0
    hand.device.told.clear()
    hand.refresh()
    assert hand.device.told == []


def test_an_alarm_put_aside_offline_says_why_and_when_to_the_caller(town: Town, of: Of, still: Any) -> None:
    hand = of("lamp_hand")
    whistle = town.blown(("DEP28",))
    exhaust()
    hand.refresh()
    (notice,) = hand.field.alarms()
    hand.line.down = True
    at = still.advance(timedelta(minutes=2))
    later, answered = (hand.field.catalogue.reasons(f"alarm.{name}")[0] for name in ("later", "answered"))
    hand.field.put_aside(notice.id, later["code"], is_answered=False)
    assert hand.field.alarms() == [notice]
    still.advance(timedelta(minutes=6))
    hand.field.put_aside(notice.id, answered["code"], is_answered=True)
    assert hand.field.alarms() == []
    still.advance(timedelta(hours=1))
    hand.line.down = False
    hand.sync()
    assert hand.field.outbox.rejected == 0
    card = town.get("desk", f"/whistles/{whistle['id']}").json["check_ins"][0]
    told = town.get("desk", f"/check-ins/{card['id']}").json
    lines = [one for one in told["timeline"] if one["action"] == "notice.put_aside"]
    assert [one["reason"] for one in lines] == [answered["zh"], later["zh"]]
    assert all(one["zh"] for one in lines)
    assert town.get("lamp_hand", "/inbox").json["unread"] == 0
    assert told["state"]["code"] == "notified"
    with_moment = journal_of(card["id"], "notice.put_aside")
    assert [abs((one.captured_at - at).total_seconds()) < 1 for one in with_moment] == [True, False]


def journal_of(item: str, action: str) -> list[Any]:
    """The lines of an item, oldest first."""
    import sqlalchemy as sa

    from server.db import db
    from server.journal import Entry

    query = sa.select(Entry).where(Entry.item_id == item, Entry.action == action).order_by(Entry.id)
    return list(db.session.scalars(query))


def test_nobody_puts_anothers_alarm_aside_or_for_a_reason_of_its_own(town: Town, of: Of) -> None:
    town.blown(("DEP28",))
    exhaust()
    notice = town.get("lamp_hand", "/inbox").json["items"][0]["id"]
    body = {"id": notice, "reason_code": "driving", "captured_at": server_clock.now().isoformat()}
    assert town.call("mei", "POST", "/inbox/aside", body).status_code == 404
    assert town.call("lamp_hand", "POST", "/inbox/aside", body | {"reason_code": "lazy"}).status_code == 422
    assert town.call("lamp_hand", "POST", "/inbox/aside", body).json == {"read": False}


def test_workload_is_told(town: Town, of: Of) -> None:
    mei = of("mei")
    town.report("mei")
    assert mei.field.workload() == {}
    mei.sync()
    assert mei.field.workload()["total"] == 1


def test_the_place_is_said_in_words(of: Of) -> None:
    mei = of("mei")
    assert mei.field.grids.edition == "测试版"
    inside = mei.field.place(here())
    assert (inside.grid_code, inside.quality, inside.precision) == (HOME, "inside", "good")
    assert inside.zh == f"在{mei.field.grids.name(HOME)}内，误差约 8 米"
    border = mei.field.place(here(114.61, 23.705, 20.0))
    assert (border.quality, {code for code, _ in border.candidates}) == ("ambiguous", {HOME, NEXT})
    assert mei.field.place(here(*OUTSIDE)).quality == "outside"
    assert mei.field.place(None).precision == "none"
    assert mei.field.place(here(accuracy_m=300.0)).precision == "poor"


def test_a_map_without_network_has_all_outlines_and_the_open_events(town: Town, of: Of) -> None:
    event = town.report("mei")
    mei = of("mei")
    mei.field.map()
    mei.sync()
    mei.line.down = True
    view = mei.field.map()
    assert {outline.code for outline in view.outlines} >= {HOME, NEXT}
    assert [row.id for row in view.events if row.id == event["id"]] == [event["id"]]
    assert view.density[HOME]["n"] == 1
    assert view.mine == (HOME,)


def test_what_the_server_has_not_changed_is_not_sent_again(of: Of) -> None:
    mei = of("mei")
    grids = mei.field.grids.told_at
    mei.refresh()
    assert mei.field.grids.told_at == grids
    assert mei.field.catalogue.is_known


def test_listeners_hear_what_changed_and_one_that_fails_disturbs_no_other(of: Of) -> None:
    mei = of("mei")
    heard: list[frozenset[str]] = []
    mei.field.listen(lambda topics: 1 / 0)
    stop = mei.field.listen(heard.append)
    mei.field.new_draft()
    assert frozenset({"drafts"}) in heard
    stop()
    heard.clear()
    mei.field.new_draft()
    assert heard == []


def test_one_true_sentence_when_everything_is_done(of: Of) -> None:
    assert of("mei").field.today().sentence == "今天的事都办完了"
