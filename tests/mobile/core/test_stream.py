"""The live stream while the app is seen: what happens in the town is on the phone at once, without asking."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from server.stream.server import BEAT_EVERY
from tests.mobile.core.phones import Phone, phone
from tests.programs import answers, until
from tests.server.conftest import real_town
from tests.server.stream.conftest import Stream, stream
from tests.server.town import Town

__all__ = ["real_town", "stream"]
pytestmark = pytest.mark.slow


@pytest.fixture
def seen(stream: Stream, real_town: Town, tmp_path: Path) -> Callable[[str], Phone]:
    """Return a phone in somebody's hand: the courier's thread is the test's, the stream's is its own."""

    until(lambda: answers(f"http://127.0.0.1:{stream.port}/healthz"), "the start of the stream")

    def make(who: str) -> Phone:
        one = phone(real_town, who, tmp_path / who)
        one.field.client.base = f"http://127.0.0.1:{stream.port}"
        one.field.courier.to_front()
        until(lambda: one.field.courier._stream.is_live)
        one.sync()
        return one

    return make


def test_a_fresh_report_is_on_the_dispatchers_phone_without_asking(
    seen: Callable[[str], Phone], real_town: Town
) -> None:
    desk = seen("desk")
    assert desk.field.today().rows == ()
    event = real_town.report("mei")
    until(lambda: "worklist" in desk.field.courier._wants)
    desk.sync()
    assert [row.id for row in desk.field.today().rows] == [event["id"]]
    desk.field.stop()


def test_a_card_that_is_open_follows_what_others_do_to_it(seen: Callable[[str], Phone], real_town: Town) -> None:
    event = real_town.report("mei")
    mei = seen("mei")
    mei.field.card("event", event["id"])
    mei.sync()
    real_town.act("desk", event, "file")
    until(lambda: f"card:event:{event['id']}" in mei.field.courier._wants)
    mei.sync()
    card = mei.field.card("event", event["id"])
    assert card is not None
    assert card["state"]["code"] == "filed"
    mei.field.stop()


def test_a_stream_that_breaks_comes_back_after_the_last_line(
    seen: Callable[[str], Phone], real_town: Town, stream: Stream
) -> None:
    desk = seen("desk")
    real_town.report("mei")
    until(lambda: desk.field.courier._stream._last)
    stream.kill()
    until(lambda: not desk.field.courier._stream.is_live)
    stream.start()
    until(lambda: desk.field.courier._stream.is_live)
    desk.sync()
    assert len(desk.field.today().rows) == 1
    desk.field.stop()


def test_in_the_back_nothing_is_followed(seen: Callable[[str], Phone]) -> None:
    desk = seen("desk")
    thread = desk.field.courier._stream._thread
    assert isinstance(thread, threading.Thread)
    desk.field.to_back()
    until(lambda: not thread.is_alive(), "an end before the next beat", BEAT_EVERY - 5)
    assert not desk.field.courier._stream.is_live
