"""Two hundred phones in ten minutes of storms (`make bench-phones`): what was saved, and what became of it.

The field app's own core (store, outbox, courier, album) against the programs of the supervisor over HTTP. Each phone
has weather of its own: no network, a network that loses 35 % of the answers, fair. Every program of phones is killed
outright once in the middle of its work and started again; so are, at random moments, the web, one of its processes, the
stream, the worker and the database. Then the sun shines, and every row is compared with what was saved.
Never: trust what a phone says of itself, without the server's rows.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any

from bench import page
from bench.blows import Blows
from bench.city import City, city
from bench.pockets import READY
from bench.reckoning import ACTS, Reckoning, reckon
from bench.reports import place
from server.config import ROOT
from server.embedded.cluster import SETTINGS, Cluster
from server.supervisor import LEASH

PHONES, SECONDS, PROGRAMS, PAUSE_S = 200, 600, 4, 12.0
IN_FRONT = 10
"""One phone in so many is held in the hand, and follows the live stream."""
BLOWS = {"web": 5, "process": 3, "database": 1, "stream": 1, "worker": 1}
TITLE = "Phones in storms"
GRACE_S = 2400


@dataclass
class Storm:
    """How the storm went: what the programs of phones told at its end, and what was killed."""

    told: list[dict[str, Any]] = field(default_factory=list)
    killed: int = 0
    seconds: float = 0.0
    blows: Counter[str] = field(default_factory=Counter)

    def total(self, name: str) -> float:
        """Return the sum of what the programs told."""
        return sum(float(one[name]) for one in self.told)


def plans(town: City, folder: Path, seconds: float, pause_s: float) -> list[dict[str, Any]]:
    """Deal the phones out to the programs."""
    rng = random.Random(701)
    phones = []
    for number, carrier in enumerate(town.carriers):
        lon, lat = place(rng, carrier.grid)
        one = {"number": number, "token": carrier.token, "folder": str(folder / f"phone-{number}")}
        phones.append(one | {"lon": lon, "lat": lat, "in_front": number // PROGRAMS % IN_FRONT == 0})
    host, port = town.address
    common = {"url": f"http://{host}:{port}", "seconds": seconds, "pause_s": pause_s, "calm": False}
    return [common | {"seed": part, "phones": phones[part::PROGRAMS]} for part in range(PROGRAMS)]


def start(plan: dict[str, Any], folder: Path) -> subprocess.Popen[str]:
    """Start a program of phones."""
    paper = folder / f"plan-{plan['seed']}-{time.monotonic_ns()}.json"
    paper.write_text(json.dumps(plan), encoding="utf-8")
    words = [*LEASH, sys.executable, "-m", "bench.pockets", str(paper)]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def say(words: str) -> None:
    """Say how far it is."""
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


def await_ready(program: subprocess.Popen[str]) -> None:
    """Wait until its phones are signed in."""
    line = program.stdout.readline() if program.stdout else ""
    if line.strip() != READY:
        raise SystemExit("a program of phones did not begin")


def storm(town: City, parts: Sequence[dict[str, Any]], folder: Path, blows: Blows) -> Storm:
    """Run all programs; kill each once, one after another, and start it again for the rest of the time; deal blows."""
    told, seconds = Storm(), parts[0]["seconds"]
    programs = [start(plan, folder) for plan in parts]
    for program in programs:
        await_ready(program)
    say("all phones are signed in: the storm begins")
    began = time.monotonic()
    deaths = [(seconds * (part + 1) / (PROGRAMS + 1), part) for part in range(PROGRAMS)]
    for moment, what in sorted([*blows.plan, *deaths], key=itemgetter(0)):
        time.sleep(max(0.0, began + moment - time.monotonic()))
        if isinstance(what, str):
            blows.strike(what)
            continue
        programs[what].kill()
        programs[what].communicate()
        told.killed += 1
        programs[what] = start(parts[what] | {"seconds": max(1.0, began + seconds - time.monotonic())}, folder)
    time.sleep(max(0.0, began + seconds - time.monotonic()))
    say("the sun shines")
    for program in programs:
        said, _ = program.communicate(timeout=GRACE_S)
        told.told.append(json.loads(said.splitlines()[-1]))
    told.seconds, told.blows = time.monotonic() - began, blows.dealt
    return told


WEATHER = """{phones} phones (the field app's core, each with its own store and courier), each saving something every
{pause_s:.0f} s on average in {seconds:.0f} s of storms; {in_front:.0f} of them follow the live stream. {killed}
programs of {each} phones were killed outright in the middle of their work, and so were: {blows}.

{table}

{wrong_order} acts came before what they follow; {wrong_time} lines of the journal tell another moment than the phone's.
After the kills the programs made {asked:,.0f} requests; {lost:,.0f} good answers were lost on the way.
Refused: {rejected:.0f}. When the weather cleared, everything had arrived {drained:.0f} s later; phones with
something left: {left:.0f}; phones in the hand whose stream was open again: {live:.0f}. The phones took
{processor:.0f} ms of processor for each request, with all that belongs to it. Goal: 0 lost, 0 doubled."""
KILLED = {
    "web": "the web, all processes at once",
    "process": "one of its two processes",
    "database": "the database's main process",
    "stream": "the live stream",
    "worker": "the worker",
}


def body(into: Reckoning, told: Storm, phones: int, seconds: float, pause_s: float) -> str:
    """Return the section's text."""
    names = {**ACTS, "photo": "photos"}
    rows = [[en, f"{into.saved[key]:,}", f"{into.lost[key]}", f"{into.doubled[key]}"] for key, en in names.items()]
    blows = ", ".join(f"{KILLED[kind]} ({count} ×)" for kind, count in told.blows.most_common())
    totals = {name: told.total(name) for name in ("in_front", "asked", "lost", "rejected", "left", "live")}
    return WEATHER.format(
        **totals,
        phones=phones,
        pause_s=pause_s,
        seconds=seconds,
        killed=told.killed,
        blows=blows,
        each=phones // PROGRAMS,
        table=page.table(["", "saved", "lost", "doubled"], rows),
        wrong_order=into.wrong_order,
        wrong_time=into.wrong_time,
        drained=max(one["drained_s"] for one in told.told),
        processor=1000 * told.total("processor_s") / max(1.0, totals["asked"]),
    )


def how_many(seconds: float) -> dict[str, int]:
    """Return the blows of a run: all of them in ten minutes, each at least once in less."""
    return {kind: max(1, round(count * seconds / SECONDS)) for kind, count in BLOWS.items()}


def main() -> None:
    """Measure and publish; exit with 1 when anything was lost or doubled."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=SECONDS)
    asked.add_argument("--phones", type=int, default=PHONES)
    asked.add_argument("--pause", type=float, default=PAUSE_S, help="seconds between two things one phone saves")
    asked.add_argument("--show", action="store_true", help="print only")
    how = asked.parse_args()
    with tempfile.TemporaryDirectory() as place_:
        folder = Path(place_)
        folder.chmod(0o755)  # the cluster's owner passes through
        own = Cluster(folder / "pg", SETTINGS)
        with city(how.phones, "web", "stream", "worker", where=own) as town:
            say("the city stands")
            blows = Blows(town, how.seconds, how_many(how.seconds), random.Random())
            told = storm(town, plans(town, folder, how.seconds, how.pause), folder, blows)
            say("all phones are empty")
            into = reckon(town, folder)
    text = body(into, told, how.phones, how.seconds, how.pause)
    (page.show if how.show else page.publish)("make bench-phones", TITLE, text)
    if not into.is_exact or told.total("left"):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
