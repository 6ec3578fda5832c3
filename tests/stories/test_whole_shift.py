"""A whole shift without network: eight hours in airplane mode, sixty reports with photos, three report-ins, a grid
redrawn meanwhile, the phone killed twice, its clock three days wrong, then a network that loses 35 % of the answers.

Everything arrives exactly once, in order per item, at its true time. Real processes: the server over HTTP, the phone as
a program of its own that is killed outright.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from server.access import SYSTEM
from server.config import ROOT
from server.db import clock as server_clock
from server.db import db
from server.events.models import Event
from server.grids import editions
from server.grids.models import Edition, Grid
from server.journal import Entry
from server.people import codes
from server.people.models import Appointment, Post
from server.photos.models import Photo
from server.supervisor import LEASH, PROCESSES
from server.whistles import verdict
from server.whistles.models import CheckIn, Whistle
from tests.programs import free_port, settings
from tests.server import town as towns
from tests.server.town import FAR, FARTHER, HOME, NEXT, square
from tests.stories.lossy import Network, network

REPORTS, PAUSE_S = 60, 8 * 60
WRONG_S = 3 * 86400.0
AWAY_S = -(8 * 3600 + 20 * 60)
LOSS = 0.35
BORDER = (114.608, 23.705)
"""Lies in the home grid in the morning, in the next one after the border was moved at noon."""
PATIENCE = 120.0
pytestmark = [pytest.mark.stories, pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass
class Server:
    """The web processes of a town, to be started at one hour and again at another."""

    url: str
    var: Path
    port: int

    @contextmanager
    def at(self, offset_s: float) -> Iterator[tuple[str, int]]:
        words = PROCESSES["web"].format(host="127.0.0.1", port=self.port)
        if offset_s:
            words = words.replace("server.web:app", "tests.stories.another_hour:app")
        environment = settings(self.url, self.var) | {"SHIFT_OFFSET_S": str(offset_s)}
        program = subprocess.Popen([*LEASH, *shlex.split(words)], env=environment, cwd=ROOT)
        try:
            self._await(program)
            yield "127.0.0.1", self.port
        finally:
            program.terminate()
            program.wait()

    def _await(self, program: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            assert program.poll() is None, "the server ended"
            try:
                with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as door:
                    door.request("GET", "/healthz")
                    door.getresponse().read()
                return
            except OSError:
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.1)


@dataclass
class PhoneProgram:
    """The phone in its pocket: one program after another on the same files."""

    folder: Path
    plan: Path
    url: str = "http://127.0.0.1:9"

    def start(self, mode: str) -> subprocess.Popen[str]:
        words = [
            *LEASH,
            sys.executable,
            *("-OO", "-m"),
            "tests.stories.shift_phone",
            mode,
            str(self.folder),
            self.url,
            str(self.plan),
        ]
        environment = {**os.environ, "PYTHONHASHSEED": "1"}
        return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment)

    def run(self, mode: str) -> list[str]:
        program = self.start(mode)
        said, _ = program.communicate(timeout=PATIENCE * 2)
        assert program.returncode == 0, said
        return said.splitlines()

    def killed_after(self, mode: str, lines: int) -> list[str]:
        """Run until so many lines were said, then pull the battery out; return what was said."""
        program = self.start(mode)
        assert program.stdout is not None
        said = [program.stdout.readline().strip() for _ in range(lines)]
        pull_the_battery(program)
        return said


@pytest.fixture
def morning() -> Iterator[datetime]:
    """Eight hours and twenty minutes ago; the test's own server clock stands there while the town is built."""
    server_clock.set(datetime.now(UTC) + timedelta(seconds=AWAY_S))
    yield server_clock.now()
    server_clock.reset()


def also_a_handler(town: towns.Town) -> None:
    """The worker of this story also answers for a department, so that one phone does both."""
    post = Post(role="DPH", unit_code="DEP28", title="承办人")
    db.session.add(post)
    db.session.flush()
    db.session.add(Appointment(person_id=town.persons["mei"], post_id=post.id, valid_from=date(2020, 1, 1)))
    db.session.commit()


def move_the_border(at: datetime) -> None:
    """Publish an edition in which the home grid ends further west, from ``at`` on."""
    edition = Edition(
        name="新版", layer="base", status="loaded", source_crs="EPSG:4490", file_name="noon", file_sha256="1" * 64,
        report={}, synthetic=True, imported_at=server_clock.now(), imported_by=SYSTEM.person_id,
    )  # fmt: skip
    db.session.add(edition)
    db.session.flush()
    shapes = {
        HOME: rectangle(114.600, 114.607),
        NEXT: rectangle(114.607, 114.620),
        FAR: square(*towns.GRIDS[FAR]),
        FARTHER: square(*towns.GRIDS[FARTHER]),
    }
    for code, shape in shapes.items():
        db.session.add(
            Grid(edition_id=edition.id, code=code, village_code=code[:12], township_code=code[:9], geom=shape)
        )
    db.session.flush()
    editions.publish(edition, by=SYSTEM, at=at)
    db.session.commit()


def rectangle(west: float, east: float) -> str:
    south, north = 23.70, 23.71
    ring = f"{west} {south},{east} {south},{east} {north},{west} {north},{west} {south}"
    return f"SRID=4490;MULTIPOLYGON((({ring})))"


def plan_of(town: towns.Town, morning: datetime, check_ins: list[str]) -> dict[str, Any]:
    """Sixty reports every eight minutes on the moved border, and three report-ins in between."""
    began = morning.timestamp() + 600
    steps = [
        {"do": "report", "text": f"第{n}处路灯不亮", "at": began + n * PAUSE_S, "lon": BORDER[0], "lat": BORDER[1]}
        for n in range(REPORTS)
    ]
    rule = verdict_rule()
    for order, id in enumerate(check_ins):
        at = began + (10 + 20 * order) * PAUSE_S + 60
        step = {"do": "check_in", "id": id, "text": f"报到{order}", "at": at, "lon": 114.605, "lat": 23.705}
        whistle = db.session.get_one(Whistle, db.session.get_one(CheckIn, id).whistle_id)
        window = verdict.window_at(datetime.fromtimestamp(at, UTC), rule.code_life_s)
        by_code = {"how": "code", "code": verdict.code(whistle.nonce, window, rule.code_digits)}
        steps.append(step | (by_code if order == 1 else {"how": "position"}))
    steps.sort(key=lambda step: step["at"])
    person = town.persons["mei"]
    (code,), _ = codes.made_for([person], town.persons["admin"])
    db.session.commit()
    return {
        "steps": steps,
        "code": code,
        "check_ins": check_ins,
        "edition": "新版",
        "error_s": WRONG_S,
        "boot_s": morning.timestamp() - 99,
    }


def verdict_rule() -> Any:
    from server import policy

    return policy.current().settings.check_in


@pytest.fixture
def shift(fresh_app: Flask, fresh_database: str, tmp_path: Path, morning: datetime) -> tuple[Any, ...]:
    town = towns.build(fresh_app)
    also_a_handler(town)
    whistles = [town.blown(("DEP28",)) for _ in range(3)]
    check_ins = [town.get("desk", f"/whistles/{one['id']}").json["check_ins"][0]["id"] for one in whistles]
    move_the_border(morning + timedelta(hours=4))
    plan = plan_of(town, morning, check_ins)
    paper = tmp_path / "plan.json"
    phone = PhoneProgram(tmp_path / "phone", paper)
    server = Server(fresh_database, tmp_path / "var", free_port())
    return plan, phone, server


def test_a_whole_shift_without_network_arrives_exactly_once_at_its_true_time(shift: tuple[Any, ...]) -> None:
    plan, phone, server = shift
    write(phone, plan | {"offset_s": AWAY_S})
    with server.at(AWAY_S) as address:
        phone.url = f"http://127.0.0.1:{address[1]}"
        assert phone.run("enrol") == ["ready"]
    phone.url = "http://127.0.0.1:9"
    said = phone.killed_after("shift", 23)
    said += phone.run("shift")
    assert said[-1] == "done"
    server_clock.reset()
    write(phone, plan | {"offset_s": 0.0})
    with server.at(0.0) as address, network(address) as line:
        phone.url = f"http://127.0.0.1:{line.port}"
        line.loss, line.lost_questions = LOSS, LOSS / 4
        kill_in_the_middle(phone, line)
        told = json.loads(phone.run("send")[-1])
        assert line.lost > 20
    assert (told["rejected"], told["conflicts"], told["edition"]) == (0, 0, "新版")
    check_reports(plan)
    check_report_ins(plan)


def write(phone: PhoneProgram, plan: dict[str, Any]) -> None:
    phone.plan.write_text(json.dumps(plan), encoding="utf-8")


def kill_in_the_middle(phone: PhoneProgram, line: Network) -> None:
    """Start sending, and pull the battery out when some of it has arrived."""
    program = phone.start("send")
    deadline = time.monotonic() + PATIENCE
    while line.answered < 15:
        assert time.monotonic() < deadline, "nothing is sent"
        time.sleep(0.02)
    pull_the_battery(program)


def pull_the_battery(program: subprocess.Popen[str]) -> None:
    program.send_signal(signal.SIGKILL)
    program.communicate()


def check_reports(plan: dict[str, Any]) -> None:
    """Sixty events, each once, at its moment, in the grid that held there then, with its photo."""
    expected = {step["text"]: step["at"] for step in plan["steps"] if step["do"] == "report"}
    noon = datetime.fromtimestamp(plan["boot_s"] + 99, UTC) + timedelta(hours=4)
    found = db.session.execute(
        sa.select(Event.text, Event.captured_at, Event.grid_code, Event.id).where(Event.text.like("第%处%"))
    )
    rows = {row.text: row for row in found}
    count = db.session.scalar(sa.select(sa.func.count()).select_from(Event).where(Event.text.like("第%处%")))
    assert (count, rows.keys()) == (REPORTS, expected.keys())
    for text, at in expected.items():
        assert abs(rows[text].captured_at.timestamp() - at) < 1, text
        assert rows[text].grid_code == (HOME if rows[text].captured_at < noon else NEXT), text
    photos = db.session.execute(sa.select(Photo.item_id, Photo.received_at)).all()
    of_event = defaultdict(list)
    for item, received in photos:
        of_event[item].append(received)
    assert all(len(of_event[row.id]) == 1 and of_event[row.id][0] for row in rows.values())


def check_report_ins(plan: dict[str, Any]) -> None:
    """Three report-ins, each at its own moment and followed by the work, walked once, in order."""
    for step in plan["steps"]:
        if step["do"] != "check_in":
            continue
        one = db.session.get_one(CheckIn, step["id"])
        assert (one.state, one.offline) == ("working", True)
        assert one.arrived_at is not None
        assert abs(one.arrived_at.timestamp() - step["at"]) < 1
        lines = sa.select(Entry.move).where(Entry.item_id == one.id, Entry.move.is_not(None)).order_by(Entry.id)
        walked = list(db.session.scalars(lines))
        assert [move for move in walked if move in ("CI-01", "CI-02", "CI-05", "CI-06")][-3:] == [
            "CI-01",
            "CI-02",
            "CI-06",
        ]
