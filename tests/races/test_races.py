"""Races between real processes: who comes at the same time, and what is killed in the middle (spec 5 g5, R2; S1).

One site serves all tests of this module: two web processes of eight threads, two workers, a durable cluster.
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from server import clocks
from server.clocks import audit, lines
from server.clocks.models import Breach, Clock
from server.db import db, new_id, now
from server.events.models import Event
from server.flow import Assignment, Custody
from server.invariants import acts as invariants
from server.jobs import queue
from server.journal import Entry, Seal
from server.journal.seal import CHECKPOINT_FILE
from server.journal.verify import verify
from server.notices.models import Notice
from server.policy import Limit
from tests.races.site import READY, Phone, Site, running
from tests.server.town import report

pytestmark = pytest.mark.slow
ROUNDS = 15
REPORTS = 2000
PHONES = 8
BATCH = 20
REPORTERS = ("mei", "gang", "part", "leader")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The site with web and worker."""
    with running("web", "worker") as site:
        yield site


@pytest.fixture(autouse=True)
def nothing_held(site: Site) -> Iterator[None]:
    """The test's own session looks anew."""
    db.session.remove()
    yield
    db.session.remove()


Call = tuple[Phone, str, str, Any]
"""Who sends what: phone, method, path, body."""


def at_once(*calls: Call) -> list[Any]:
    """Make all calls at the same moment, each in a thread of its own, and return their answers in order."""
    start = threading.Barrier(len(calls))

    def go(call: Call) -> Any:
        start.wait()
        return call[0].call(*call[1:])

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(go, calls))


def until(true: Callable[[], Any], what: str) -> None:
    """Wait until ``true``; look at the database anew each time."""
    deadline = time.monotonic() + READY
    while not true():
        assert time.monotonic() < deadline, what
        db.session.remove()
        time.sleep(0.1)
    db.session.remove()


def count(model: Any, *where: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model).where(*where)) or 0


@pytest.fixture
def phones(site: Site) -> Iterator[Callable[..., list[Phone]]]:
    """Make phones of the named people; their lines are closed afterwards."""
    made: list[Phone] = []

    def make(*names: str) -> list[Phone]:
        made.extend(Phone(site, name) for name in names)
        return made[-len(names) :]

    yield make
    for phone in made:
        phone.hang_up()


# --- two at the same time -------------------------------------------------------------------------------------------


def test_two_dispatches_of_one_event_at_once_make_one_lead(site: Site, phones: Any) -> None:
    desk, centre = phones("desk", "centre")
    units = [[{"unit": unit, "role": "lead", "share_pct": 60}] for unit in ("DEP28", "DEP37")]
    for _ in range(ROUNDS):
        id = new_id()
        assert desk.call("PUT", f"/events/{id}", report())[0] == 201
        assert desk.call("POST", f"/events/{id}/file", {"revision": 1})[0] == 200
        told = [{"revision": 2, "units": one} for one in units]
        answers = at_once(
            (desk, "POST", f"/events/{id}/dispatch", told[0]), (centre, "POST", f"/events/{id}/dispatch", told[1])
        )
        assert sorted(status for status, _ in answers) == [200, 409], answers
        assert {answer["code"] for status, answer in answers if status == 409} <= {"revision_moved", "illegal_move"}
        leads = db.session.scalars(sa.select(Assignment.unit_code).where(Assignment.item_id == id)).all()
        assert leads == [card["units"][0]["code"] for status, card in answers if status == 200]
        assert count(Entry, Entry.item_id == id, Entry.move == "EV-08") == 1
        db.session.remove()


def test_the_same_report_from_two_connections_at_once_is_one_report_with_one_answer(site: Site, phones: Any) -> None:
    four = phones("mei", "mei", "mei", "mei")
    for _ in range(ROUNDS):
        path, body = f"/events/{new_id()}", report()
        answers = at_once(*((phone, "PUT", path, body) for phone in four))
        assert sorted(status for status, _ in answers) == [200, 200, 200, 201]
        assert all(card == answers[0][1] for _, card in answers)


def test_a_report_that_comes_alone_and_in_a_batch_at_once_is_one_report(site: Site, phones: Any) -> None:
    alone, batch = phones("mei", "mei")
    for _ in range(ROUNDS):
        ids = [new_id() for _ in range(3)]
        body = report()
        items = [{"method": "PUT", "path": f"/events/{id}", "body": body} for id in ids]
        (status, card), (_, said) = at_once(
            (alone, "PUT", f"/events/{ids[1]}", body), (batch, "POST", "/sync", {"items": items})
        )
        results = said["results"]
        assert {status, results[1]["status"]} == {200, 201}
        assert card == results[1]["body"]
        assert [results[0]["status"], results[2]["status"]] == [201, 201]


def test_two_contents_under_one_id_at_once_are_one_report_and_one_refusal(site: Site, phones: Any) -> None:
    one, other = phones("mei", "mei")
    for _ in range(ROUNDS):
        path = f"/events/{new_id()}"
        bodies = [report(text=text) for text in ("路灯不亮", "路灯闪烁")]
        answers = at_once((one, "PUT", path, bodies[0]), (other, "PUT", path, bodies[1]))
        assert sorted(status for status, _ in answers) == [201, 409]


def test_two_workers_ring_each_moment_once(site: Site, phones: Any) -> None:
    second = site.programs["worker"]
    twin = type(second)(second.words, second.environment)
    began = now() - timedelta(hours=3)
    items = [new_id() for _ in range(60)]
    (mei,) = phones("mei")
    saved = [{"method": "PUT", "path": f"/events/{id}", "body": report()} for id in items]
    assert {one["status"] for one in mei.call("POST", "/sync", {"items": saved})[1]["results"]} == {201}
    try:
        twin.start()
        clocks.start([clocks.Order("event", item, "HANDLE", began, Limit.parse("2 H")) for item in items])
        db.session.commit()
        due = (Clock.item_id.in_(items), Clock.rings_at <= now())
        until(lambda: count(Clock, *due) == 0, "the workers do not ring")
    finally:
        twin.end()
    rang = sa.select(Entry.item_id, Entry.facts["factor"]).where(Entry.action == lines.RANG, Entry.item_id.in_(items))
    factors = Counter((item, factor) for item, factor in db.session.execute(rang))
    assert factors == Counter((item, factor) for item in items for factor in (0.5, 0.8, 1.0))
    assert count(Breach, Breach.item_id.in_(items)) == len(items)


# --- killed in the middle -------------------------------------------------------------------------------------------


class Outbox:
    """A phone with reports to send, each until it is acknowledged, some once more afterwards."""

    def __init__(self, site: Site, who: str, number: int, seed: int) -> None:
        self.phone, self.rng = Phone(site, who), random.Random(seed)
        self.saved = {str(new_id()): report(text=f"路灯不亮 {seed}-{place}") for place in range(number)}
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.faults: list[tuple[int, Any]] = []

    def send(self) -> None:
        """Send everything: now and then a few in one batch, else one by one; again what was sent before, too."""
        left = list(self.saved)
        while left:
            together = BATCH if self.rng.random() < 0.2 else 1
            chosen, left = left[:together], left[together:]
            again = self.rng.sample(sorted(self.acknowledged), min(1, len(self.acknowledged)))
            self._deliver([*chosen, *again] if self.rng.random() < 0.1 else chosen)

    def _deliver(self, ids: Sequence[str]) -> None:
        if len(ids) == 1:
            self._note(ids[0], *self.phone.insist("PUT", f"/events/{ids[0]}", self.saved[ids[0]]))
            return
        items = [{"method": "PUT", "path": f"/events/{id}", "body": self.saved[id]} for id in ids]
        status, said = self.phone.insist("POST", "/sync", {"items": items})
        if status != 200:
            self.faults.append((status, said))
            return
        for id, result in zip(ids, said["results"], strict=True):
            self._note(id, result["status"], result["body"])

    def _note(self, id: str, status: int, card: Any) -> None:
        if status not in (200, 201) or self.acknowledged.setdefault(id, card) != card:
            self.faults.append((status, card))


def destroy(site: Site, outboxes: Sequence[Outbox], over: threading.Event) -> list[str]:
    """Kill one thing after another while the phones send, each after another sixth of the reports; return what."""
    killed: list[str] = []
    acts = {
        "web": lambda: site.kill("web"),
        "worker": lambda: site.kill("worker"),
        "database": site.kill_database,
    }
    for share, name in enumerate(("web", "database", "worker", "web", "database"), 1):
        while sum(len(box.acknowledged) for box in outboxes) < share * REPORTS / 6 and not over.wait(0.02):
            pass
        if not over.is_set():
            acts[name]()
            killed.append(name)
    return killed


@pytest.mark.timeout(900)
def test_nothing_acknowledged_is_lost_or_doubled_when_web_worker_and_database_are_killed(site: Site) -> None:
    before = count(Event)
    db.session.remove()
    outboxes = [Outbox(site, REPORTERS[n % len(REPORTERS)], REPORTS // PHONES, n) for n in range(PHONES)]
    over = threading.Event()
    with ThreadPoolExecutor(PHONES + 1) as pool:
        destroyer = pool.submit(destroy, site, outboxes, over)
        for one in [pool.submit(box.send) for box in outboxes]:
            one.result()
        over.set()
        killed = destroyer.result()
    assert Counter(killed) == {"web": 2, "database": 2, "worker": 1}
    assert [fault for box in outboxes for fault in box.faults] == []
    ids = {id for box in outboxes for id in box.acknowledged}
    assert len(ids) == REPORTS
    check_each_report_once(ids, before)
    resume_what_the_killed_worker_did()
    catch_up()
    check_told_once()
    check_whole(site, ids)
    for box in outboxes:
        for id in box.rng.sample(sorted(box.acknowledged), 5):
            assert box.phone.insist("PUT", f"/events/{id}", box.saved[id]) == (200, box.acknowledged[id])
        box.phone.hang_up()


def check_each_report_once(ids: set[str], before: int) -> None:
    """Each acknowledged report is there once, with one line, one custodian, one clock and a number of its own."""
    assert count(Event) == before + len(ids)
    assert {str(id) for id in db.session.scalars(sa.select(Event.id))} >= ids
    for model, where in (
        (Entry, Entry.move == "EV-01"),
        (Custody, Custody.until.is_(None)),
        (Clock, Clock.code == "FILE"),
    ):
        each = sa.select(model.item_id).where(where, model.item_id.in_(ids))
        assert sorted(str(id) for id in db.session.scalars(each)) == sorted(ids)
    assert count(Event) == db.session.scalar(sa.select(sa.func.count(Event.no.distinct())))


def resume_what_the_killed_worker_did() -> None:
    """Let the killed worker seem dead at once, not after half a minute; what it had begun is begun anew."""
    db.session.execute(sa.text("update procrastinate_workers set last_heartbeat = now() - interval '1 minute'"))
    queue.look_for_stalled()
    db.session.commit()


def left() -> int:
    """Return how much still follows from what was done: jobs, lines without a seal, notices not delivered."""
    jobs = db.session.scalar(sa.text("select count(*) from procrastinate_jobs"))
    waiting = (Notice.delivered_at.is_(None), Notice.bundled_into.is_(None), Notice.deliver_after <= now())
    return int(jobs) + count(Entry) - count(Seal) + count(Notice, *waiting)


def catch_up() -> None:
    """Wait until nothing is left; somebody may be slow, but not stand still."""
    least, since = left(), time.monotonic()
    while least:
        assert time.monotonic() < since + READY, f"the worker stands still with {least} to do"
        db.session.remove()
        time.sleep(0.2)
        if (present := left()) < least:
            least, since = present, time.monotonic()
    db.session.remove()


def check_told_once() -> None:
    """Nobody was told of one line twice, and the desk was told of every report."""
    told = sa.select(sa.func.count()).select_from(Notice).group_by(Notice.entry_id, Notice.person_id, Notice.channel)
    assert set(db.session.scalars(told)) <= {1}


def check_whole(site: Site, ids: set[str]) -> None:
    """The journal is whole, the rules hold, the clocks are those the journal tells."""
    assert verify(site.config.var / CHECKPOINT_FILE).finding is None
    assert invariants.broken() == []
    assert audit.differences([uuid.UUID(id) for id in sorted(ids)[:200]]) == []
