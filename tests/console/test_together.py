"""Fifty boards do not cost fifty times: who asks at the same time shares an answer, never an old one or a foreign one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from server.access import Actor
from server.console import board
from server.console.together import Together
from server.people import tokens
from tests.programs import until
from tests.server.town import FAR_INSIDE, INSIDE, Town


class Slow:
    """An answer that waits to be let through, and counts how often it was worked out."""

    def __init__(self) -> None:
        self.times, self.gate = 0, threading.Semaphore(0)

    def __call__(self) -> str:
        self.times += 1
        number = self.times
        self.gate.acquire()
        return f"answer {number}"


def test_all_who_ask_while_one_is_worked_out_share_the_next_and_none_gets_an_older_one() -> None:
    together, slow = Together(), Slow()
    waiting = threading.Semaphore(0)
    ask: Callable[[], str] = lambda: together.answer("board", slow, aside=waiting.release)  # noqa: E731
    with ThreadPoolExecutor(8) as readers:
        first = readers.submit(ask)
        until(lambda: slow.times == 1, "the first answer to begin")
        later = [readers.submit(ask) for _ in range(5)]
        for _ in range(6):
            waiting.acquire()
        slow.gate.release(2)
        assert first.result(10) == "answer 1"
        assert [one.result(10) for one in later] == ["answer 2"] * 5
    assert slow.times == 2


def test_who_waited_for_an_answer_that_failed_works_it_out_alone() -> None:
    together, began = Together(), threading.Semaphore(0)
    gate = threading.Event()

    def fails() -> str:
        began.release()
        gate.wait(10)
        raise ValueError("broken")

    with ThreadPoolExecutor(3) as readers:
        running = readers.submit(lambda: together.answer("board", fails, aside=lambda: None))
        began.acquire()
        leader = readers.submit(lambda: together.answer("board", fails, aside=lambda: None))
        until(lambda: "board" in together._next, "the next turn")
        joined = readers.submit(lambda: together.answer("board", lambda: "own", aside=gate.set))
        assert joined.result(10) == "own"
        for one in (running, leader):
            with pytest.raises(ValueError, match="broken"):
                one.result(10)


def who(town: Town, name: str) -> Actor:
    actor = tokens.read(town.key(name))
    assert actor is not None
    return actor


def test_only_readers_who_see_the_same_share_a_board(town: Town) -> None:
    with town.app.test_request_context():
        assert board.alike(who(town, "centre")) == board.alike(who(town, "centre_two"))
        assert board.alike(who(town, "centre")) is not None
        assert board.alike(who(town, "desk")) not in (None, board.alike(who(town, "far_desk")))
        assert board.alike(who(town, "lamp_hand")) is None
        assert board.alike(who(town, "part")) is None


def test_who_created_something_outside_the_own_post_sees_it_alone(town: Town) -> None:
    with town.app.test_request_context():
        town.report("desk", lon=INSIDE[0], lat=INSIDE[1])
        assert board.alike(who(town, "desk")) is not None
        town.report("mei", lon=FAR_INSIDE[0], lat=FAR_INSIDE[1])
        assert board.alike(who(town, "mei")) is None
