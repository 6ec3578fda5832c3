"""Whatever the network, the server and the battery do: exactly once, in order per item. Random histories."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobile.core.attachments import Photo
from mobile.core.client import Client, NotReached, Reply
from mobile.core.clock import Clock, Ticks
from mobile.core.courier import Pace
from mobile.core.field import Field
from mobile.core.outbox import Request
from mobile.core.store import Store
from tests.mobile.core.phones import PocketDevice, picture

QUICK = Pace(first=0.0, longest=0.0, longest_in_front=0.0)


class Killed(BaseException):
    """The battery fell out: nothing after this line runs."""


class Ledger(Client):
    """A server that keeps every key it ever did, over a line that loses and a phone that dies at any point."""

    def __init__(self, clock: Clock, rng: random.Random) -> None:
        super().__init__("http://ledger", clock)
        self.rng, self.calm = rng, False
        self.done: dict[str, tuple[str, str]] = {}
        self.order: dict[str, list[int]] = defaultdict(list)
        self.bytes: dict[str, bytes] = defaultdict(bytes)
        self.got: set[str] = set()

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        fate = "whole" if self.calm else self.rng.choices(
            ("whole", "request lost", "answer lost", "killed before", "killed after", "busy"), (12, 3, 5, 1, 1, 2)
        )[0]  # fmt: skip
        if fate == "killed before":
            raise Killed
        if fate == "request lost":
            raise NotReached("no_network")
        if fate == "busy":
            return Reply(503, {}, {})
        reply = (
            self._photo(method, path, data or b"", headers or {})
            if "/photos/" in path
            else self._act(path, body, headers or {})
        )
        if fate == "killed after":
            raise Killed
        if fate == "answer lost":
            raise NotReached("timeout")
        return reply

    def _act(self, path: str, body: Any, headers: Mapping[str, str]) -> Reply:
        key, text = headers["Idempotency-Key"], json.dumps(body, sort_keys=True)
        if body.get("bad"):
            return Reply(422, {"code": "wrong_shape", "title": "不对", "errors": {"bad": ["不对"]}}, {})
        if key not in self.done:
            self.done[key] = (path, text)
            self.order[path.split("/")[4]].append(body["n"])
        assert self.done[key] == (path, text), "the same key with other bytes"
        return Reply(201, {}, {})

    def _photo(self, method: str, path: str, data: bytes, headers: Mapping[str, str]) -> Reply:
        name = path.partition("?")[0].removesuffix("/upload")
        if method == "GET":
            return Reply(200, {"received": name in self.got, "offset": len(self.bytes[name])}, {})
        if name in self.got:
            return Reply(200, {}, {})
        start = int(headers["Content-Range"].split()[1].split("-")[0])
        total = int(headers["Content-Range"].rsplit("/", 1)[-1])
        have = self.bytes[name]
        if start > len(have):
            return Reply(409, {"code": "not_continued", "offset": len(have)}, {})
        cut = data if self.calm else data[: self.rng.randint(0, len(data))] if self.rng.random() < 0.2 else data
        self.bytes[name] = have[:start] + cut + have[start + len(cut) :]
        if len(self.bytes[name]) < total:
            return Reply(202, {"offset": len(self.bytes[name])}, {})
        self.got.add(name)
        return Reply(201, {}, {})


def opened(folder: Path, server: Ledger, now: list[float]) -> Field:
    device = PocketDevice(folder)
    store = Store(folder, device.seal, device.unseal)
    ticks = Ticks(wall=lambda: now[0], since_boot=lambda: now[0], boot=lambda: "one")
    field = Field(store, server, device, Clock(ticks, store), QUICK)
    store.keep("account", {"token": "t", "person": {"id": "p", "roles": []}})
    return field


def save(field: Field, item: int, number: int, photos: tuple[Photo, ...], *, bad: bool) -> None:
    path = f"/api/v1/events/item-{item}/act-{number}"
    body = {"n": number} | ({"bad": True} if bad else {})
    field.letters.put(Request("event", "act", "办理", f"item-{item}", "POST", path, body, "t", photos=photos))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), items=st.integers(1, 6), acts=st.integers(1, 25))
def test_every_saved_act_arrives_exactly_once_and_in_order_per_item(
    tmp_path_factory: pytest.TempPathFactory, seed: int, items: int, acts: int
) -> None:
    rng, now = random.Random(seed), [1_000.0]
    folder = tmp_path_factory.mktemp("phone")
    server = Ledger(Clock(Ticks()), rng)
    field = opened(folder, server, now)
    server.clock = field.clock
    saved: dict[str, list[int]] = defaultdict(list)
    names: set[str] = set()
    for number in range(acts):
        now[0] += 1
        item = rng.randrange(items)
        photos = (field.album.keep(picture(number), "before"),) if rng.random() < 0.3 else ()
        save(field, item, number, photos, bad=False)
        saved[f"item-{item}"].append(number)
        names |= {photo.sha256 for photo in photos}
        if rng.random() < 0.5:
            field = turned(field, folder, server, now)
    server.calm = True
    for _ in range(50):
        field = turned(field, folder, server, now)
    assert server.order == saved
    assert len(server.done) == acts
    assert {name.rsplit("/", 1)[-1] for name in server.got} == names
    view = field.outbox
    assert (view.unsent, view.rejected, view.photos_left) == (0, 0, 0)


def turned(field: Field, folder: Path, server: Ledger, now: list[float]) -> Field:
    """Let the courier work; a phone that dies is started again from what is on its disk."""
    field.courier._not_before = 0.0
    field.courier._later.clear()
    try:
        field.courier.turn()
    except Killed:
        field.store.close()
        return opened(folder, server, now)
    return field


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_a_refused_act_stops_its_own_item_only_and_goes_on_after_mending(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    rng, now = random.Random(seed), [1_000.0]
    folder = tmp_path_factory.mktemp("phone")
    server = Ledger(Clock(Ticks()), rng)
    field = opened(folder, server, now)
    server.clock = field.clock
    bad = rng.randrange(12)
    for number in range(12):
        save(field, number % 3, number, (), bad=number == bad)
    server.calm = True
    for _ in range(5):
        field = turned(field, folder, server, now)
    stuck = f"item-{bad % 3}"
    for item in range(3):
        expected = [n for n in range(item, 12, 3) if f"item-{item}" != stuck or n < bad]
        assert server.order[f"item-{item}"] == expected
    (draft,) = field.drafts()
    sending = field.papers.sending_of(draft)
    assert sending is not None
    path = f"/api/v1/events/{stuck}/act-{bad}"
    field.letters.again(sending, Request("event", "act", "办理", stuck, "POST", path, {"n": bad}, "t"))
    for _ in range(5):
        field = turned(field, folder, server, now)
    assert server.order[stuck] == list(range(bad % 3, 12, 3))
