"""The arrows are those of the specification: held against its machine-readable tables."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from server.events.machine import EVENT
from server.flow import drawing
from server.flow.moves import ALL, Machine, Move
from server.objections.machine import OBJECTION
from server.whistles.machine import CHECK_IN, WHISTLE

MACHINES = {"Event": EVENT, "Whistle": WHISTLE, "CheckIn": CHECK_IN, "Objection": OBJECTION}


def clocks_in(words: str) -> set[tuple[str, str]]:
    """Read 'stop X; start Y and Z' into {(stop, X), (start, Y), (start, Z)}; a clock without a verb is left alone."""
    found: set[tuple[str, str]] = set()
    for part in re.sub(r"\(.*?\)", "", words).split(";"):
        verb = re.match(r"(restart|start|stop|pause|resume)\b", part.strip())
        if verb:
            codes = re.findall(r"\b(?:[A-Z]{3,}[0-9]*|all)\b", part)
            found |= {(verb[1].replace("restart", "start"), code) for code in codes}
    return found


def clocks_of(move: Move) -> set[tuple[str, str]]:
    stops = {("stop", "all" if code == ALL else code) for code in (*move.stops, *move.stops_below)}
    starts = {("start", start.code) for start in move.starts} | {("start", code) for code in move.starts_below}
    return stops | starts | {("pause", code) for code in move.pauses} | {("resume", code) for code in move.resumes}


@pytest.mark.parametrize("name", MACHINES)
def test_states_and_arrows_are_those_of_the_specification(name: str, shared: Path) -> None:
    table = json.loads((shared / "domain" / "state_machines.json").read_text(encoding="utf-8"))[name]
    machine = MACHINES[name]
    expected = {(state["code"], state["zh"], state["kind"]) for state in table["states"]}
    assert {(state.code, state.zh, state.kind) for state in machine.states} == {
        (code, zh, {"start": "initial"}.get(kind, kind)) for code, zh, kind in expected
    }
    arrows = {move.id: (move.source, move.target, set(move.roles), move.zh) for move in machine.moves}
    assert arrows == {row["id"]: (row["from"], row["to"], set(row["roles"]), row["zh"]) for row in table["transitions"]}


@pytest.mark.parametrize("name", MACHINES)
def test_each_arrow_touches_the_clocks_the_specification_names(name: str, shared: Path) -> None:
    table = json.loads((shared / "domain" / "state_machines.json").read_text(encoding="utf-8"))[name]
    machine = MACHINES[name]
    moves = {move.id: clocks_of(move) for move in machine.moves}
    assert moves == {row["id"]: clocks_in(row["clock"]) for row in table["transitions"]}


@pytest.mark.parametrize("machine", MACHINES.values(), ids=lambda machine: machine.kind)
def test_arrows_join_known_states_and_final_states_are_left_by_none(machine: Machine) -> None:
    finals = {state.code for state in machine.states if state.kind == "final"}
    known = {state.code for state in machine.states}
    assert all({move.source, move.target} <= known for move in machine.moves)
    assert not [move.id for move in machine.moves if move.source in finals]


@pytest.mark.parametrize("machine", MACHINES.values(), ids=lambda machine: machine.kind)
def test_every_guard_says_its_sentence_in_chinese(machine: Machine) -> None:
    for move in machine.moves:
        for guard in move.guards:
            lines = [line for line in (guard.__doc__ or "").splitlines() if line.strip()]
            assert len(lines) == 2, guard
            assert re.search(r"[一-鿿]", lines[1]), guard


def test_arrows_of_one_act_share_one_form() -> None:
    for machine in MACHINES.values():
        for act, arrows in machine.acts().items():
            assert len({arrow.takes for arrow in arrows}) == 1, (machine.kind, act)


def test_the_drawing_in_the_docs_is_the_one_the_arrows_give() -> None:
    assert drawing.PAGE.read_text(encoding="utf-8") == drawing.page(), "run: python -m server.flow.drawing"
