"""A line is handed to those who may see its item, to nobody else, and whoever comes back misses nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.stream.hub import KEPT, WAITING_MAX, Client, Hub

AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


def row(n: int, kind: str | None = "event", *tags: str) -> Any:
    return SimpleNamespace(
        n=n, at=AT, action="event.file", item_kind=kind, item_id=None, item_no=f"E{n}", state_to="filed", revision=2,
        audience=list(tags or ("a", "t:1")),
    )  # fmt: skip


def client(listens: Mapping[str, str] | None = None) -> Client:
    words = {"event": "t:1"} if listens is None else listens
    return Client(None, {kind: frozenset(tags.split()) for kind, tags in words.items()}, lambda: None)


def heard(one: Client) -> list[int]:
    """Return the places of the lines sent to a client, in order; the greeting and what it already took apart."""
    blocks = one.take().decode().split("\n\n")
    fields = [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks if "event: " in block]
    return [int(block["id"]) for block in fields if block["event"] == "event.file"]


@pytest.fixture
def hub() -> Hub:
    return Hub(kept=10)


def test_a_line_reaches_those_who_listen_for_one_of_its_tags_once(hub: Hub) -> None:
    township, district, other = client(), client({"event": "a t:1 g:7"}), client({"event": "t:2"})
    for one in (township, district, other):
        hub.join(one, None)
    assert hub.publish(row(1, "event", "a", "t:1", "g:7")) == 2
    assert heard(township) == heard(district) == [1]
    assert heard(other) == []


def test_the_same_tag_of_another_kind_of_item_is_not_heard(hub: Hub) -> None:
    one = client({"event": "t:1", "whistle": "t:2"})
    hub.join(one, None)
    assert hub.publish(row(1, "whistle", "t:1")) == 0
    assert hub.publish(row(2, None, "a")) == 0
    assert hub.publish(row(3, "whistle", "t:2")) == 1


def test_a_message_says_which_item_and_what_happened_and_no_more(hub: Hub) -> None:
    one = client()
    hub.join(one, None)
    one.take()
    hub.publish(row(7))
    first, second, third, _ = one.take().decode().split("\n", 3)
    assert (first, second) == ("id: 7", "event: event.file")
    data = orjson.loads(third.removeprefix("data: "))
    assert data == {
        "kind": "event", "id": None, "no": "E7", "act": "file", "state": "filed", "revision": 2, "at": AT.isoformat(),
    }  # fmt: skip


def test_who_comes_back_hears_what_was_missed_and_only_what_concerns_him(hub: Hub) -> None:
    for n in range(1, 8):
        hub.publish(row(n, "event", "t:1" if n % 2 else "t:2"))
    back = client()
    hub.join(back, 2)
    assert heard(back) == [3, 5, 7]
    hub.publish(row(8, "event", "t:1"))
    assert heard(back) == [8]


@pytest.mark.parametrize("after", [0, 4, -1, 99])
def test_who_was_away_longer_than_is_kept_or_knows_the_future_must_ask_the_api_anew(hub: Hub, after: int) -> None:
    for n in range(1, 16):
        hub.publish(row(n))
    back = client()
    hub.join(back, after)
    text = back.take()
    assert b"event: reset" in text
    assert b"event: event.file" not in text
    assert b"id: 15\n" in text


def test_the_oldest_line_kept_is_still_replayed(hub: Hub) -> None:
    for n in range(1, 16):
        hub.publish(row(n))
    back = client()
    hub.join(back, 5)
    assert heard(back) == list(range(6, 16))


def test_a_client_that_reads_too_slowly_is_reset_and_goes_on(hub: Hub) -> None:
    slow, quick = client(), client()
    for one in (slow, quick):
        hub.join(one, None)
        one.take()
    for n in range(1, WAITING_MAX + 2):
        hub.publish(row(n))
        quick.take()
    assert slow.take() == b"id: %d\nevent: reset\ndata: {}\n\n" % (WAITING_MAX + 1)
    hub.publish(row(WAITING_MAX + 2))
    assert heard(slow) == heard(quick) == [WAITING_MAX + 2]


def test_changed_rights_change_what_is_heard_from_then_on(hub: Hub) -> None:
    one = client()
    hub.join(one, None)
    hub.relisten(one, {"event": frozenset({"t:2"})})
    hub.publish(row(1, "event", "t:1"))
    hub.publish(row(2, "event", "t:2"))
    assert heard(one) == [2]


def test_who_left_is_forgotten_entirely(hub: Hub) -> None:
    one = client({"event": "t:1 g:1", "whistle": "a"})
    hub.join(one, None)
    hub.leave(one)
    assert hub.publish(row(1)) == 0
    assert not hub.clients
    assert not hub._listening


@given(st.lists(st.sampled_from(["line", "drop", "back"]), max_size=200), st.integers(1, 40))
def test_however_often_the_line_breaks_nothing_is_lost_or_doubled(steps: list[str], kept: int) -> None:
    """A client that remembers the last id it saw reads every line exactly once, or is told that it must ask anew."""
    hub, seen, last, n, one, reset = Hub(kept), [], 0, 0, None, 0
    for step in [*steps, "back"]:
        if step == "line":
            n += 1
            hub.publish(row(n))
        elif one is not None and step == "drop":
            hub.leave(one)
            one = None
        elif one is None and step == "back":
            one = client()
            hub.join(one, last)
        if one is not None:
            text = one.take()
            reset = n if b"event: reset" in text else reset
            one.put(text)
            seen += heard(one)
            last = n
    if not reset:
        assert seen == list(range(1, n + 1))
    assert len(seen) == len(set(seen))
    assert seen == sorted(seen)


def test_enough_lines_are_kept_for_a_restart_at_the_busiest_time() -> None:
    assert KEPT >= 2000
