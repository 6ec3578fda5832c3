"""Two hundred phones in ten minutes of storms (`make bench-phones`): what was saved, and what became of it.

The field app's own core (store, outbox, courier, album) against the programs of the supervisor over HTTP. Each phone
has weather of its own: no network, a network that loses 35 % of the answers, fair. Every program of phones is killed
outright once in the middle of its work and started again. Then the sun shines, and every row is compared with what was
saved. Never: trust what a phone says of itself, without the server's rows.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench import page
from bench.city import City, city
from bench.reports import place
from server.app import create_app
from server.config import ROOT
from server.db import db
from server.events.models import Event
from server.journal import Entry
from server.photos.models import Photo
from server.supervisor import LEASH

PHONES, SECONDS, PROGRAMS, PAUSE_S = 200, 600, 4, 40.0
TITLE = "Phones in storms"
GRACE_S = 2400


@dataclass
class Reckoning:
    """What was saved and what is there."""

    saved: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)
    told: list[dict[str, Any]] = field(default_factory=list)
    killed: int = 0
    seconds: float = 0.0


def plans(town: City, folder: Path, url: str, seconds: float) -> list[dict[str, Any]]:
    """Deal the phones out to the programs."""
    rng = random.Random(701)
    phones = []
    for number, carrier in enumerate(town.carriers):
        lon, lat = place(rng, carrier.grid)
        home = str(folder / f"phone-{number}")
        phones.append({"number": number, "token": carrier.token, "folder": home, "lon": lon, "lat": lat})
    common = {"url": url, "seconds": seconds, "pause_s": PAUSE_S, "calm": False}
    return [common | {"seed": part, "phones": phones[part::PROGRAMS]} for part in range(PROGRAMS)]


def start(plan: dict[str, Any], folder: Path) -> subprocess.Popen[str]:
    """Start a program of phones."""
    paper = folder / f"plan-{plan['seed']}-{time.monotonic_ns()}.json"
    paper.write_text(json.dumps(plan), encoding="utf-8")
    words = [*LEASH, sys.executable, "-m", "bench.pockets", str(paper)]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def storm(parts: list[dict[str, Any]], folder: Path, seconds: float, into: Reckoning) -> None:
    """Run all programs; kill each once, one after another, and start it again for the rest of the time."""
    began = time.monotonic()
    programs = [start(plan, folder) for plan in parts]
    for part, plan in enumerate(parts):
        time.sleep(max(0.0, began + seconds * (part + 1) / (PROGRAMS + 1) - time.monotonic()))
        programs[part].send_signal(signal.SIGKILL)
        programs[part].communicate()
        into.killed += 1
        left = max(1.0, began + seconds - time.monotonic())
        programs[part] = start(plan | {"seconds": left}, folder)
    for program in programs:
        said, _ = program.communicate(timeout=seconds + GRACE_S)
        into.told.append(json.loads(said))
    into.seconds = time.monotonic() - began


def phone_files(folder: Path) -> tuple[set[tuple[str, str]], set[tuple[str, str]], set[tuple[str, str]]]:
    """Return what workers were told is saved, what the phones hold as (act, item), and photos as (item, SHA-256)."""
    told, held, photos = set(), set(), set()
    for home in sorted(folder.glob("phone-*")):
        lines = (home / "saved.log").read_text(encoding="utf-8").split("\n")
        told |= {(act, id) for act, _, id in (line.partition(" ") for line in lines if line.count(" ") == 1)}
        store = sqlite3.connect(home / "field.db")
        held |= set(store.execute("select act, item_id from sendings").fetchall())
        photos |= set(store.execute("select item_id, sha256 from photos").fetchall())
        store.close()
    return told, held, photos


def reckon(town: City, folder: Path, into: Reckoning) -> None:
    """Compare every row of the server with what the phones saved."""
    told, held, photos = phone_files(folder)
    app = create_app(town.config)
    with app.app_context():
        events = [(str(id), text) for id, text in db.session.execute(sa.select(Event.id, Event.text))]
        handled = Counter(str(id) for id in db.session.scalars(sa.select(Entry.item_id).where(Entry.move == "EV-03")))
        rows = db.session.execute(sa.select(Photo.item_id, Photo.sha256).where(Photo.received_at.is_not(None)))
        received = Counter((str(item), sha256) for item, sha256 in rows)
        db.session.remove()
        db.engine.dispose()
    there = {"report": Counter(id for id, _ in events), "self_handle": handled}
    for act, counts in there.items():
        wanted = {id for name, id in held | told if name == act}
        into.saved[act] = len(wanted)
        into.lost[act] = len(wanted - counts.keys()) + len({one for one in told if one[0] == act} - held)
        into.doubled[act] = sum(count - 1 for count in counts.values()) + len(counts.keys() - wanted)
    texts = Counter(text for _, text in events)
    into.doubled["report"] += sum(count - 1 for count in texts.values())
    into.saved["photo"] = len(photos)
    into.lost["photo"] = len(photos - received.keys())
    into.doubled["photo"] = sum(count - 1 for count in received.values()) + len(received.keys() - photos)


def body(into: Reckoning, phones: int, seconds: float) -> str:
    """Return the section's text."""
    names = {"report": "reports", "self_handle": "acts that follow them", "photo": "photos"}
    rows = [[zh, f"{into.saved[key]:,}", f"{into.lost[key]}", f"{into.doubled[key]}"] for key, zh in names.items()]
    total = {name: sum(one[name] for one in into.told) for name in ("asked", "lost", "left", "rejected")}
    drained = max(one["drained_s"] for one in into.told)
    return f"""{phones} phones (the field app's core, each with its own store and courier) in {seconds:.0f} s of storms
against two web processes; {into.killed} programs of {phones // PROGRAMS} phones were killed outright in the middle
of their work.

{page.table(["", "saved", "lost", "doubled"], rows)}

After the kills the programs made {total["asked"]:,} requests; {total["lost"]:,} good answers were lost on the way.
Refused: {total["rejected"]}. When the weather cleared, everything had arrived {drained:.0f} s later; phones with
something left: {total["left"]}. Goal: 0 lost, 0 doubled."""


def main() -> None:
    """Measure and publish; exit with 1 when anything was lost or doubled."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=SECONDS)
    asked.add_argument("--phones", type=int, default=PHONES)
    asked.add_argument("--show", action="store_true", help="print only")
    how = asked.parse_args()
    into = Reckoning()
    with tempfile.TemporaryDirectory() as place_, city(how.phones, "web") as town:
        folder = Path(place_)
        host, port = town.address
        storm(plans(town, folder, f"http://{host}:{port}", how.seconds), folder, how.seconds, into)
        reckon(town, folder, into)
    (page.show if how.show else page.publish)("make bench-phones", TITLE, body(into, how.phones, how.seconds))
    if into.lost.total() or into.doubled.total() or any(one["left"] for one in into.told):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
