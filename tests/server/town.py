"""A small town for tests: four square grids in two townships, named people in every post, and one stranger.

Grids lie on a lattice of 0.01 degrees (about 1 km) from (114.60, 23.70); Old Town (001) has two, Puqian (101) has two.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from flask import Flask

from server import policy
from server.db import db, new_id, now
from server.grids.models import Edition, Grid
from server.people import tokens
from server.people.models import Appointment, Person, Post, Unit

OLD_TOWN, PUQIAN = "441602001", "441602101"
VILLAGE, FAR_VILLAGE = "441602001003", "441602101201"
GRIDS = {
    f"{VILLAGE}001": (114.60, 23.70),
    f"{VILLAGE}002": (114.61, 23.70),
    f"{FAR_VILLAGE}001": (114.70, 23.60),
    f"{FAR_VILLAGE}002": (114.71, 23.60),
}
HOME, NEXT, FAR, FARTHER = GRIDS
SIDE = 0.01
INSIDE = (114.605, 23.705)
"""A point well inside the home grid."""
FAR_INSIDE = (114.705, 23.605)
OUTSIDE = (114.0, 23.0)

PEOPLE: dict[str, tuple[str, str, str | None]] = {
    "mei": ("GWF", OLD_TOWN, HOME),
    "gang": ("GWF", OLD_TOWN, NEXT),
    "part": ("GWP", OLD_TOWN, HOME),
    "leader": ("GLD", OLD_TOWN, HOME),
    "village": ("VIL", VILLAGE, None),
    "desk": ("TWD", OLD_TOWN, None),
    "chief": ("TWL", OLD_TOWN, None),
    "lamp_desk": ("DPD", "DEP28", None),
    "lamp_hand": ("DPH", "DEP28", None),
    "lamp_head": ("DPL", "DEP28", None),
    "water_desk": ("DPD", "DEP37", None),
    "water_hand": ("DPH", "DEP37", None),
    "water_bureau": ("DPD", "DEP22", None),
    "bureau_hand": ("DPH", "DEP22", None),
    "fire_desk": ("DPD", "DEP26", None),
    "fire_hand": ("DPH", "DEP26", None),
    "centre": ("CEN", "DEP06", None),
    "centre_two": ("CEN", "DEP06", None),
    "clerk": ("XFC", "DEP08", None),
    "arbiter": ("XFL", "DEP08", None),
    "inspector": ("SUP", "DEP01", None),
    "deputy": ("DLD", "DEP02", None),
    "secretary": ("DTL", "DEP01", None),
    "sealed": ("DSC", "DEP03", None),
    "mediator": ("MED", "DEP06", None),
    "admin": ("ADM", "DEP29", None),
    "security": ("SEC", "DEP29", None),
    "auditor": ("AUD", "DEP29", None),
    "far_desk": ("TWD", PUQIAN, None),
    "stranger": ("GWF", PUQIAN, FAR),
}
"""Name → role, unit, grid. The stranger stands in another township and must see nothing of the home grid."""

PHOTO = "a" * 64
AFTER = "b" * 64
CHECK = "c" * 64
LOOKED = {"note": "已到现场核查", "onsite": True, "photos": [{"sha256": CHECK, "kind": "check"}]}
"""A check on the spot, good enough whatever the lot says."""


@dataclass
class Town:
    """The people and how to speak for them."""

    app: Flask
    persons: dict[str, uuid.UUID] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    def call(self, who: str | None, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send one request as ``who`` and return the response."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if who is not None:
            sent |= {"Authorization": f"Bearer {self.key(who)}", "X-Device-Id": device(who)}
        arguments: dict[str, Any] = {"headers": sent} | ({"json": body} if body is not None else {})
        return self.app.test_client().open(f"/api/v1{path}", method=method, **arguments)

    def key(self, who: str) -> str:
        """Return the token of ``who``, issued on first use."""
        if who not in self.keys:
            self.keys[who] = tokens.issue(self.persons[who], device(who))[0]
            db.session.commit()
        return self.keys[who]

    def get(self, who: str | None, path: str, **headers: str) -> Any:
        """Read as ``who``."""
        return self.call(who, "GET", path, **headers)

    def report(self, who: str = "mei", **changes: Any) -> dict[str, Any]:
        """Report an event and return its card."""
        answer = self.call(who, "PUT", f"/events/{new_id()}", report(**changes))
        assert answer.status_code == 201, answer.json
        return dict(answer.json)

    def act(self, who: str, card: dict[str, Any], act: str, **facts: Any) -> dict[str, Any]:
        """Walk an act on the item of ``card`` and return the new card; the test fails when it is refused."""
        answer = self.attempt(who, card, act, **facts)
        assert answer.status_code == 200, (act, answer.json)
        return dict(answer.json)

    def attempt(self, who: str, card: dict[str, Any], act: str, **facts: Any) -> Any:
        """Try an act and return the response, refused or not."""
        paths = {"event": "events", "whistle": "whistles", "check_in": "check-ins", "objection": "objections"}
        body = {"revision": card["revision"]} | facts
        return self.call(who, "POST", f"/{paths[card['kind']]}/{card['id']}/{act}", body)

    def dispatched(self, who: str = "mei", lead: str = "DEP28", **changes: Any) -> dict[str, Any]:
        """Report, file and dispatch an event to ``lead``."""
        card = self.act("desk", self.report(who, **changes), "file")
        return self.act("desk", card, "dispatch", units=[{"unit": lead, "role": "lead", "share_pct": 60}])

    def handling(self, **changes: Any) -> dict[str, Any]:
        """Bring an event of DEP28 to the state handling, by its handler."""
        card = self.act("lamp_desk", self.dispatched(**changes), "accept", person_id=str(self.persons["lamp_hand"]))
        return self.act("lamp_hand", card, "start")

    def handled(self, **changes: Any) -> dict[str, Any]:
        """Bring an event to the state handled."""
        photos = [{"sha256": AFTER, "kind": "after"}]
        card = self.handling(**changes)
        return self.act(
            "lamp_hand", card, "report_result", result_code="repaired", result_text="已更换灯泡", photos=photos
        )

    def blown(
        self, departments: Iterable[str] = ("DEP28",), kind: str = "DEMAND", who: str = "desk", **more: Any
    ) -> Any:
        """Blow a whistle on a fresh event and return its card."""
        event = self.report()
        body = {
            "kind": kind,
            "event_id": event["id"],
            "departments": list(departments),
            "reason": "镇街无权处理",
        } | more
        answer = self.call(who, "PUT", f"/whistles/{new_id()}", body)
        assert answer.status_code == 201, answer.json
        return self.get("desk", f"/whistles/{answer.json['id']}").json


def device(who: str) -> str:
    """Return the id of the phone of ``who``."""
    return f"phone-of-{who}"


def report(**changes: Any) -> dict[str, Any]:
    """Return the body of an ordinary report of a street lamp."""
    body = {
        "category": "B03",
        "text": "解放路12号路灯不亮",
        "lon": INSIDE[0],
        "lat": INSIDE[1],
        "crs": "wgs84",
        "accuracy_m": 8.0,
        "captured_at": now().isoformat(),
        "is_mock": False,
        "photos": [{"sha256": PHOTO, "kind": "before"}],
    }
    return body | changes


def square(lon: float, lat: float, side: float = SIDE) -> str:
    """Return a square as EWKT."""
    ring = f"{lon} {lat},{lon + side} {lat},{lon + side} {lat + side},{lon} {lat + side},{lon} {lat}"
    return f"SRID=4490;MULTIPOLYGON((({ring})))"


def build(app: Flask) -> Town:
    """Fill the database with the town and return it."""
    _units()
    _grids()
    town = Town(app, _people())
    db.session.commit()
    return town


def _units() -> None:
    units = policy.current().units.values()
    rows = [
        {
            "code": unit.code,
            "zh": unit.zh,
            "en": unit.en,
            "kind": unit.kind,
            "parent_code": None,
            "township_code": unit.township or (unit.code if unit.kind == "township" else None),
            "dispatchable": unit.dispatchable,
            "built_up": unit.built_up,
        }
        for unit in units
    ]
    for code, township in ((VILLAGE, OLD_TOWN), (FAR_VILLAGE, PUQIAN)):
        rows.append(
            {
                "code": code,
                "zh": "试验社区",
                "en": "Test village",
                "kind": "village",
                "parent_code": township,
                "township_code": township,
                "dispatchable": False,
                "built_up": True,
            }
        )
    db.session.execute(sa.insert(Unit), rows)


def _grids() -> None:
    edition = Edition(
        name="测试版", layer="base", status="loaded", source_crs="EPSG:4490", file_name="town", file_sha256="0" * 64,
        report={}, synthetic=True, imported_at=datetime(2024, 1, 1, tzinfo=UTC), imported_by=uuid.UUID(int=0),
    )  # fmt: skip
    db.session.add(edition)
    db.session.flush()
    db.session.add_all(
        Grid(edition_id=edition.id, code=code, village_code=code[:12], township_code=code[:9], geom=square(*corner))
        for code, corner in GRIDS.items()
    )
    db.session.flush()
    edition.status = "published"
    db.session.flush()


def _people() -> dict[str, uuid.UUID]:
    persons = {name: new_id() for name in PEOPLE}
    posts = {name: new_id() for name in PEOPLE}
    said = {"must_change_password": False, "synthetic": True}
    db.session.execute(sa.insert(Person), [{"id": persons[n], "username": n, "name": n, **said} for n in PEOPLE])
    rows = [
        {"id": posts[name], "role": role, "unit_code": unit, "grid_code": grid, "title": role}
        for name, (role, unit, grid) in PEOPLE.items()
    ]
    db.session.execute(sa.insert(Post), rows)
    held = [{"person_id": persons[n], "post_id": posts[n], "valid_from": date(2020, 1, 1)} for n in PEOPLE]
    db.session.execute(sa.insert(Appointment), held)
    return persons
