"""Requests that arrive while others are being written are written with those that wait; whoever cannot, goes alone."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from server.gathering import Gathering


class House:
    """Where callers of one kind meet."""


class Writer:
    """Writes slowly enough for others to come, and notes in which groups it wrote."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.may_go = threading.Event()

    def __call__(self, asked: Sequence[int]) -> list[int | None]:
        self.groups.append(list(asked))
        if len(self.groups) == 1:
            assert self.may_go.wait(60)
        return [None if number % 10 == 7 else number * 2 for number in asked]


def gathered(writer: Any, count: int, most: int = 50) -> list[int | None]:
    """Let one begin to write, the others come meanwhile, and return what each was told."""
    house = House()
    gathering: Gathering[int, int] = Gathering(writer, place=lambda: house, most=most)
    with ThreadPoolExecutor(count) as pool:
        told = [pool.submit(gathering.join, number) for number in range(count)]
        while sum(map(len, gathering._waiting.values())) < count - 1:
            threading.Event().wait(0.001)
        writer.may_go.set()
        return [one.result(60) for one in told]


def test_those_who_come_meanwhile_are_written_together_each_with_its_own_answer() -> None:
    writer = Writer()
    told = gathered(writer, 10)
    assert told == [None if n == 7 else n * 2 for n in range(10)]
    assert [len(group) for group in writer.groups] == [1, 9]


def test_a_group_is_bounded() -> None:
    writer = Writer()
    gathered(writer, 12, most=4)
    assert [len(group) for group in writer.groups] == [1, 4, 4, 3]
    assert sorted(n for group in writer.groups for n in group) == list(range(12))


def test_a_writer_that_breaks_keeps_nobody_waiting() -> None:
    class Breaks(Writer):
        def __call__(self, asked: Sequence[int]) -> list[int | None]:
            super().__call__(asked)
            raise RuntimeError("broken")

    house, writer = House(), Breaks()
    writer.may_go.set()
    gathering: Gathering[int, int] = Gathering(writer, place=lambda: house, most=50)
    with pytest.raises(RuntimeError):
        gathering.join(1)
    with pytest.raises(RuntimeError):
        gathering.join(2)
    assert writer.groups == [[1], [2]]


def test_callers_of_two_houses_never_share_a_group() -> None:
    houses, here = [House(), House()], threading.local()
    writer = Writer()
    gathering: Gathering[int, int] = Gathering(writer, place=lambda: here.house, most=50)

    def call(number: int) -> int | None:
        here.house = houses[number % 2]
        return gathering.join(number)

    with ThreadPoolExecutor(8) as pool:
        told = [pool.submit(call, number) for number in range(6)]
        threading.Event().wait(0.05)
        writer.may_go.set()
        assert [one.result(60) for one in told] == [n * 2 for n in range(6)]
    assert all(len({n % 2 for n in group}) == 1 for group in writer.groups)
