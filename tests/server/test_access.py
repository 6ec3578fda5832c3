"""Who may: the permission table as SQL, and every role at every door with what is not theirs (spec 12)."""

from __future__ import annotations

import csv
import uuid
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import marshmallow as ma
import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from server import access, http, policy
from server.access import SYSTEM, Actor, Hat
from server.db import db, new_id, now
from server.flow.models import MoveConflict
from server.http import ANYONE, API, ROUTES, SIGNED_IN, Route
from server.people.models import Device
from tests.server.town import AFTER, PEOPLE, Town, device

# --- the table -------------------------------------------------------------------------------------------------------


def test_every_cell_is_the_specifications(shared: Path) -> None:
    with (shared / "domain" / "permissions.csv").open(encoding="utf-8") as lines:
        table = list(csv.DictReader(lines))
    assert len(table) > 40
    for row in table:
        for role in policy.current().roles.keys() - {"SYS"}:
            expected = frozenset(row[role]) - {"-"}
            assert access.letters(role, row["action"]) == expected, (row["action"], role)


def actor(*hats: Hat) -> Actor:
    return Actor(uuid.uuid4(), "somebody", hats)


def hat(role: str, unit: str = "u1", township: str | None = "t1", grid: str | None = "g1") -> Hat:
    return Hat(uuid.uuid4(), role, unit, township, grid)


ME = actor(hat("GWF"))
CODES = (None, "1", "2")
ITEMS = [
    {"id": n, "township_code": t and f"t{t}", "village_code": v and f"u{v}", "grid_code": g and f"g{g}", "mine": mine}
    for n, (t, v, g, mine) in enumerate(
        (t, v, g, m) for t in CODES for v in CODES for g in CODES for m in (False, True)
    )
]
"""An item for every combination of places known and unknown, own and foreign."""


def reached(by: Actor, permission: str, **how: Any) -> set[int]:
    """Return the ids of ITEMS the clause lets through, asked of PostgreSQL."""
    names = ("id", "township_code", "village_code", "grid_code", "created_by")
    types = (sa.Integer, sa.Text, sa.Text, sa.Text, sa.Uuid)
    table = sa.values(*map(sa.column, names, types), name="items").data(
        [(*(item[name] for name in names[:4]), by.person_id if item["mine"] else uuid.uuid4()) for item in ITEMS]
    )
    model = SimpleNamespace(**{name: table.c[name] for name in names})
    with db.engine.connect() as connection:
        return set(connection.scalars(sa.select(table.c.id).where(access.within(by, permission, model, **how))))


MEANING = {
    "o": lambda item, one: item["mine"],
    "g": lambda item, one: one.grid is not None and item["grid_code"] == one.grid,
    "v": lambda item, one: item["village_code"] == one.unit,
    "t": lambda item, one: one.township is not None and item["township_code"] == one.township,
    "a": lambda item, one: True,
}
HATS = st.builds(
    hat,
    st.sampled_from(
        sorted({"GWF", "GWP", "GLD", "VIL", "TWD", "TWL", "CEN", "SUP", "ADM", "SEC", "AUD", "DSC", "SYS"})
    ),
    st.sampled_from(["u1", "u2", "u3"]),
    st.sampled_from([None, "t1", "t2"]),
    st.sampled_from([None, "g1", "g2"]),
)


@settings(max_examples=60, deadline=None)
@given(
    hats=st.lists(HATS, max_size=3),
    permission=st.sampled_from(["event.view", "event.create", "stats.person", "grid.edit"]),
)
def test_an_actor_reaches_exactly_what_the_letters_of_the_own_posts_say(
    app: Flask, hats: list[Hat], permission: str
) -> None:
    expected = {
        item["id"]
        for item in ITEMS
        for one in hats
        for letter in access.letters(one.role, permission) & MEANING.keys()
        if MEANING[letter](item, one)
    }
    assert reached(actor(*hats), permission) == expected


@pytest.mark.parametrize(
    ("by", "permission"),
    [
        (actor(), "event.view"),
        (actor(hat("GWF")), "no.such.permission"),
        (actor(hat("KING")), "event.view"),
        (actor(hat("ADM"), hat("SEC"), hat("AUD")), "event.view"),
        (actor(hat("RES")), "event.view"),
    ],
    ids=["no post", "unknown permission", "unknown role", "the administrators", "a resident"],
)
def test_the_default_is_deny(app: Flask, by: Actor, permission: str) -> None:
    assert reached(by, permission) == set()
    assert reached(by, permission, own_too=True) == set()
    assert not access.may(by, permission)


def test_a_post_without_township_or_grid_does_not_reach_what_lies_in_none(app: Flask) -> None:
    """2026-11-23: ``column = NULL`` was written as ``column IS NULL`` and showed a misplaced officer what lies outside."""
    assert reached(actor(hat("TWD", township=None)), "event.view") == set()
    assert reached(actor(hat("GWF", grid=None)), "event.view") == set()


def test_a_reporter_sees_the_own_reports_wherever_they_lie(app: Flask) -> None:
    own = {item["id"] for item in ITEMS if item["mine"]}
    in_grid = {item["id"] for item in ITEMS if item["grid_code"] == "g1"}
    assert reached(actor(hat("GWF")), "event.view", own_too=True) == own | in_grid


def test_the_system_reaches_everything(app: Flask) -> None:
    assert reached(SYSTEM, "event.view") == {item["id"] for item in ITEMS}


def test_all_is_masked_only_where_every_post_sees_masked() -> None:
    assert access.is_masked(actor(hat("CEN")), "appeal.view_content")
    assert not access.is_masked(actor(hat("CEN"), hat("XFC")), "appeal.view_content")
    assert not access.is_masked(actor(hat("GWF")), "appeal.view_content")


def test_every_route_names_a_permission_of_the_table() -> None:
    known = policy.current().permissions.keys() | {ANYONE, SIGNED_IN}
    assert {name: route.may for name, route in ROUTES.items() if route.may not in known} == {}


def test_nobody_but_who_signs_in_comes_in_without_a_token() -> None:
    assert {name for name, route in ROUTES.items() if route.may == ANYONE} == {"people.issue", "people.open_session"}


# --- the doors -------------------------------------------------------------------------------------------------------

FILLERS: dict[str, Any] = {"sha256": AFTER, "z": 14, "x": 13411, "y": 7069, "code": "441602001003001", "job": 1}
"""A value for each part of a path that is not an item's id."""


def doors(app: Flask) -> Iterator[tuple[Route, str, str, frozenset[str]]]:
    """Yield (route, method, path with {}-placeholders, placeholders) of every way into the API."""
    for rule in app.url_map.iter_rules():
        route = ROUTES.get(rule.endpoint)
        if route and rule.rule.startswith(API):
            path = "".join(f"{{{part}}}" if is_variable else part for is_variable, part in rule._trace[1:])
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield route, method, path.removeprefix("|").removeprefix(API), frozenset(rule.arguments)


MORE = {"whistles.check_in_check_in": {"lon": 114.6, "lat": 23.7, "crs": "wgs84"}}
"""What a body needs besides its compulsory fields."""


def filled(path: str, item: Any) -> str:
    return path.format_map(defaultdict(lambda: "x", FILLERS | {"id": item}))


def sample(shape: type[ma.Schema] | ma.Schema | None) -> Any:
    """Return a body that ``shape`` reads, so that a request gets past its shape to the item."""
    if shape is None:
        return None
    schema = shape() if isinstance(shape, type) else shape
    return {field.data_key or name: _value(field) for name, field in schema.fields.items() if field.required}


def _value(field: ma.fields.Field[Any]) -> Any:
    """Return the first of some likely values that ``field`` takes."""
    likely: Iterator[Any] = chain(
        (
            _inside(field),
            str(uuid.uuid4()),
            "文字说明一二三四五六",
            1,
            True,
            1.0,
            "2026-01-02",
            now().isoformat(),
            AFTER,
            {},
        ),
        policy.current().categories,
        policy.current().urgencies,
        *policy.current().reasons.values(),
        *(v.choices for v in field.validators if isinstance(v, ma.validate.OneOf)),
    )
    return next((value for value in likely if _takes(field, value)), "https://example.org/")


def _inside(field: ma.fields.Field[Any]) -> Any:
    if isinstance(field, ma.fields.Nested):
        return [sample(field.schema)] if field.many else sample(field.schema)
    return [_value(field.inner)] if isinstance(field, ma.fields.List) else None


def _takes(field: ma.fields.Field[Any], value: Any) -> bool:
    try:
        field.deserialize(value)
    except ma.ValidationError:
        return False
    return True


@pytest.fixture
def items(town: Town) -> dict[str, Any]:
    """One item behind each kind of door, all of the home township: whose path begins so → its id."""
    whistle = town.blown()
    event = town.dispatched()
    check_in = town.get("desk", "/check-ins").json["items"][0]["id"]
    objection = file_objection(town, event)
    conflict = MoveConflict(
        id=new_id(), item_kind="event", item_id=uuid.UUID(event["id"]), township_code=event["township_code"], act="file",
        facts={}, created_by=town.persons["mei"], captured_at=now(), created_at=now(), state_now="dispatched",
    )  # fmt: skip
    db.session.add(conflict)
    db.session.add(Device(id=device("mei"), person_id=town.persons["mei"], enrolled_at=now()))
    db.session.commit()
    return {
        "events": event["id"],
        "whistles": whistle["id"],
        "check-ins": check_in,
        "objections": objection,
        "conflicts": conflict.id,
        "persons": town.persons["mei"],
        "devices": device("mei"),
    }


def file_objection(town: Town, event: dict[str, Any]) -> str:
    """Return the id of an objection of the lamp department to the dispatch of ``event``."""
    id = str(new_id())
    route = ROUTES["objections.file_objection"]
    body = sample(route.takes) | {"event_id": event["id"], "item_id": event["id"]}
    assert route.takes is not None
    answer = town.call(
        "lamp_desk", "PUT", f"/objections/{id}", {k: v for k, v in body.items() if k in route.takes().fields}
    )
    assert answer.status_code == 201, answer.json
    return id


def told(answer: Any) -> tuple[int, bytes]:
    """Return status and bytes: what a stranger could compare."""
    return answer.status_code, answer.data


def test_without_a_token_every_door_says_401_and_nothing_else(town: Town, items: dict[str, Any], app: Flask) -> None:
    answers = {
        told(town.call(None, method, filled(path, items.get(path.split("/")[1], new_id())), sample(route.takes)))
        for route, method, path, _ in doors(app)
        if route.may != ANYONE
    }
    assert {status for status, _ in answers} == {401}
    assert len(answers) == 1
    assert town.call(None, "GET", "/no-such-door").status_code == 401
    assert town.call(None, "POST", "/sessions", {}).status_code == 401


def test_a_door_that_needs_a_permission_is_shut_to_every_role_without_it(
    town: Town, items: dict[str, Any], app: Flask
) -> None:
    for route, method, path, _ in doors(app):
        if route.may in {ANYONE, SIGNED_IN} or route.on_item:
            continue
        for who in OUTSIDERS:
            role = PEOPLE[who][0]
            if not access.letters(role, route.may):
                present = town.call(
                    who, method, filled(path, items.get(path.split("/")[1], new_id())), sample(route.takes)
                )
                absent = town.call(who, method, filled(path, new_id()), sample(route.takes))
                assert present.status_code == 403, (route.name, role, present.json)
                assert told(present) == told(absent), (route.name, role)


def within(town: Town, who: str, items: dict[str, Any]) -> dict[str, bool]:
    """Return which kinds of items lie in the scope of ``who``: their cards say so, where they have one."""
    cards = {name: f"/{name}/{items[name]}" for name in ("events", "whistles", "check-ins", "objections", "persons")}
    seen = {name: bool(town.get(who, card).status_code == 200) for name, card in cards.items()}
    return seen | {"devices": seen["persons"]}


OUTSIDERS = sorted({role: who for who, (role, *_) in PEOPLE.items() if who != "mei"}.values())
"""One person of every role; those of the home township and its departments see some of the items, and not the rest."""


@pytest.mark.parametrize("who", OUTSIDERS)
def test_what_lies_outside_ones_scope_answers_exactly_like_what_does_not_exist(
    town: Town, items: dict[str, Any], app: Flask, who: str
) -> None:
    compared, seen = 0, within(town, who, items)
    for route, method, path, arguments in doors(app):
        kind = path.split("/")[1]
        if not route.on_item or "id" not in arguments or kind not in items:
            continue
        if seen.get(kind, bool(access.letters(PEOPLE[who][0], route.may))):
            continue
        body = sample(route.takes) and sample(route.takes) | MORE.get(route.name, {})
        ask = f"?{urlencode(sample(route.asks) or {})}"
        foreign = town.call(who, method, filled(path, items[kind]) + ask, body)
        absent = town.call(who, method, filled(path, new_id()) + ask, body)
        assert told(foreign) == told(absent), (route.name, foreign.json, absent.json)
        assert foreign.status_code == 404, (route.name, foreign.json)
        compared += 1
    assert compared > 0 or PEOPLE[who][0] in {"CEN", "XFL", "TWD"}


def test_http_knows_no_door_without_a_permission() -> None:
    assert all(route.may for route in http.ROUTES.values())
