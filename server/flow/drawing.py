"""Draw the arrows: docs/flow.md is made from the machines, never by hand.

Job: one state diagram and one table per kind; ``python -m server.flow.drawing`` writes the file.
Never: hold an arrow.
"""

from __future__ import annotations

from importlib import import_module

from server.config import ROOT
from server.flow.moves import MACHINES, Machine, Move

PAGE = ROOT / "docs" / "flow.md"
KINDS = ("server.events.machine", "server.whistles.machine", "server.objections.machine")
HEAD = """# How items move 流转图

Drawn from the arrows in `server/*/machine.py` by `python -m server.flow.drawing`; do not edit.
Roles are those of `server/policy/data/roles.csv`; clocks those of `promises.csv`. Dashed in words: an arrow marked
*follows* is walked by the system as the consequence of another act and has no button.
"""


def page() -> str:
    """Return docs/flow.md as it must be."""
    for kind in KINDS:
        import_module(kind)
    return HEAD + "".join(chapter(machine) for _, machine in sorted(MACHINES.items()))


def chapter(machine: Machine) -> str:
    """Return the diagram and the table of one kind."""
    names = {state.code: state.zh for state in machine.states}
    lines = [f"    {code}: {zh}" for code, zh in names.items()]
    lines += [f"    [*] --> {state.code}" for state in machine.states if state.kind == "initial"]
    lines += [f"    {move.source} --> {move.target}: {move.id} {move.zh}" for move in machine.moves]
    lines += [f"    {state.code} --> [*]" for state in machine.states if state.kind == "final"]
    rows = [row(move, names) for move in machine.moves]
    head = "| id | act | from → to | who | clocks | rules |\n|---|---|---|---|---|---|\n"
    diagram = "\n".join(lines)
    return f"\n## {machine.zh} {machine.kind}\n\n```mermaid\nstateDiagram-v2\n{diagram}\n```\n\n{head}" + "".join(rows)


def row(move: Move, names: dict[str, str]) -> str:
    """Return one arrow as a line of the table."""
    clocks = [f"stop {code}" for code in (*move.stops, *move.stops_below)]
    clocks += [f"pause {code}" for code in move.pauses] + [f"resume {code}" for code in move.resumes]
    clocks += [f"start {start.code}" for start in move.starts] + [f"start {code}" for code in move.starts_below]
    rules = ", ".join(f"`{guard.__name__}`" for guard in move.guards)
    act = f"{move.zh} `{move.act}`" + (" *follows*" if move.by_consequence else "")
    way = f"{names[move.source]} → {names[move.target]}"
    return f"| {move.id} | {act} | {way} | {' '.join(move.roles)} | {'; '.join(clocks)} | {rules} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
