"""What can be done with each kind of item (办理入口): creations, acts of arrows, further acts; read from the routes.

Job: one entry per form: key ``kind.act``, title, method, address, roles.
Never: list by hand what the machines and the routes already say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import marshmallow as ma
from flask import current_app
from werkzeug.routing import Rule

from server import contract
from server.flow.moves import MACHINES, Machine
from server.http import API, ROUTES, Route


@dataclass(frozen=True, slots=True)
class Way:
    """A form and where it goes. ``sort`` is create, act (an arrow; the card offers it), extra (any time) or part."""

    key: str
    act: str
    sort: str
    zh: str
    en: str
    weight: str
    method: str
    href: str
    roles: tuple[str, ...]
    takes: type[ma.Schema]

    def told(self) -> dict[str, Any]:
        """Return it as the catalogue tells it."""
        names = ("act", "sort", "zh", "en", "weight", "method", "href", "roles")
        return {"form": self.key} | {name: getattr(self, name) for name in names}


def ways(machine: Machine) -> list[Way]:
    """Return everything that takes a form for items of this kind, creations first."""
    item = f"{API}/{machine.path}/<uuid:id>"
    found = [way for rule in current_app.url_map.iter_rules() for way in _of_rule(machine, rule, item)]
    order = {sort: place for place, sort in enumerate(("create", "act", "extra"))}
    acts = list(machine.acts())
    return sorted(found, key=lambda way: (order[way.sort], acts.index(way.act) if way.act in acts else 0, way.act))


def _of_rule(machine: Machine, rule: Rule, item: str) -> Iterator[Way]:
    route, methods = ROUTES.get(rule.endpoint), rule.methods or set()
    if route is None or route.takes is None:
        return
    if rule.rule == item and "PUT" in methods and route.once:
        yield _creation(machine, route)
    elif "POST" in methods and rule.rule.rpartition("/")[0] == item:
        yield _act(machine, route, rule.rule.rpartition("/")[2])


def _creation(machine: Machine, route: Route) -> Way:
    births = [
        move for move in machine.moves if machine.state(move.source).kind == "initial" and not move.by_consequence
    ]
    if machine.rests_initially:
        births = []
    roles = sorted({role for move in births for role in move.roles} or contract.roles(route))
    act = route.name.partition(".")[2].partition("_")[0]
    return _way(machine, route, act, "create", roles, method="PUT", href=_href(machine))


def _act(machine: Machine, route: Route, act: str) -> Way:
    arrows = machine.acts().get(act)
    if arrows is None:
        return _way(machine, route, act, "extra", contract.roles(route), href=f"{_href(machine)}/{act}")
    first = arrows[0]
    roles = sorted({role for arrow in arrows for role in arrow.roles})
    told: dict[str, Any] = {"zh": first.zh, "en": first.en, "weight": first.weight}
    return _way(machine, route, act, "act", roles, href=f"{_href(machine)}/{act}", **told)


def _way(machine: Machine, route: Route, act: str, sort: str, roles: list[str], **told: Any) -> Way:
    assert route.takes is not None
    head = (current_app.view_functions[route.name].__doc__ or act).partition("\n")[0]
    told = {"zh": head, "en": act.replace("_", " "), "weight": "side", "method": "POST"} | told
    return Way(key=f"{machine.kind}.{act}", act=act, sort=sort, roles=tuple(roles), takes=route.takes, **told)


def _href(machine: Machine) -> str:
    return f"{API}/{machine.path}/{{id}}"


@dataclass(frozen=True, slots=True)
class Part:
    """What belongs to an item and has no states of its own: its name, its address, and act → route."""

    zh: str
    path: str
    acts: Mapping[str, str]


PARTS = {
    "subtask": Part(
        "子任务",
        "subtasks",
        {"set": "subtasks.set_subtask", "done": "subtasks.finish_subtask", "name": "subtasks.name_officer"},
    ),
    "voice": Part("语音留言", "voices", {"words": "photos.write_down"}),
}
"""Kind → the part it is; a card says when something may be done with one."""


def of_part(kind: str) -> list[Way]:
    """Return what can be done with parts of this kind."""
    part = PARTS[kind]
    found = {rule.endpoint: rule for rule in current_app.url_map.iter_rules() if rule.endpoint in part.acts.values()}
    return [_part(kind, act, found[name]) for act, name in part.acts.items()]


def _part(kind: str, act: str, rule: Rule) -> Way:
    route = ROUTES[rule.endpoint]
    assert route.takes is not None
    method = next(iter((rule.methods or set()) - {"OPTIONS", "HEAD"}))
    zh = str(current_app.view_functions[rule.endpoint].__doc__).partition("\n")[0]
    told: dict[str, Any] = {"zh": zh, "en": f"{act} {kind}", "weight": "side", "method": method}
    href = rule.rule.replace("<uuid:id>", "{id}")
    return Way(f"{kind}.{act}", act, "part", href=href, roles=tuple(contract.roles(route)), takes=route.takes, **told)


def kinds() -> dict[str, list[Way]]:
    """Return kind → its ways, for every kind there is."""
    return {kind: ways(machine) for kind, machine in MACHINES.items()}
