"""Whatever the OpenAPI document allows, and much of what it forbids, gets an answer the document names (契约).

Items stand in every state, most requests name one in which their act is possible, and people speak who may: so that
many requests get through. Each is undone before the next. ``GRIDWHISTLE_FUZZ=300`` asks for a long night.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
import sqlalchemy as sa
from argon2 import PasswordHasher
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi import checks

from server.db import db
from server.flow import MACHINES
from server.flow.moves import Machine
from server.people import passwords
from tests.api.stages import Cards, stage, things
from tests.server.town import PEOPLE, Town, device

EXAMPLES = int(os.environ.get("GRIDWHISTLE_FUZZ", "3"))
"""Requests per operation and mode."""
SEED = int(os.environ.get("GRIDWHISTLE_FUZZ_SEED", "20261123"))
ONLY = os.environ.get("GRIDWHISTLE_FUZZ_ONLY", "")
"""Part of the paths to ask, such as ``/whistles``."""
HELD = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
ENDLESS = "/api/v1/stream"
"""Not asked here: the live stream does not end; its own tests read it."""
BATCH = "/api/v1/sync"
NAMES_AN_EVENT = ("item_id", "event_id", "parent_id", "recurrence_of")
BY_ROLE = {role: who for who, (role, _, _) in PEOPLE.items() if who not in ("stranger", "far_desk")}


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Passwords cost next to nothing here."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._dummy.cache_clear()
    yield
    passwords._dummy.cache_clear()


@dataclass
class Inquiry:
    """The town under question, and what was wrong with its answers."""

    town: Town
    cards: Cards
    others: dict[str, Any]
    connection: sa.Connection
    faults: dict[str, str] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)

    def ask(self, case: Case, who: str, pick: random.Random, *, home: bool) -> None:
        """Send ``case`` as ``who``, about an item that exists if ``home``, and note what is wrong with the answer."""
        headers = {"Authorization": f"Bearer {self.town.key(who)}", "X-Device-Id": device(who)}
        if home and is_sound(case, ParameterLocation.PATH):
            self._bring_home(case, pick)
        with self._undone():
            answer = Context().run(case.call, headers=headers | {"Accept-Encoding": "identity"})
        self.statuses[answer.status_code] += 1
        if fault := fault_of(case, answer):
            self.faults.setdefault(f"{case.operation.label}: {fault.splitlines()[0]}", fault)

    @contextmanager
    def _undone(self) -> Iterator[None]:
        db.session.flush()
        savepoint = self.connection.begin_nested()
        try:
            yield
        finally:
            savepoint.rollback()
            db.session.expire_all()

    def _bring_home(self, case: Case, pick: random.Random) -> None:
        """Let the path name something that exists, and an act something on which it is possible."""
        kind, *rest = case.operation.path.removeprefix("/api/v1/").split("/")
        machine = next((one for one in MACHINES.values() if one.path == kind and one.kind in self.cards), None)
        parts = case.path_parameters or {}
        if machine and "id" in parts and rest[:1] == ["{id}"]:
            card = pick.choice(list(fitting(machine, rest[-1], self.cards[machine.kind])))
            parts["id"] = card["id"]
            if isinstance(case.body, dict) and "revision" in case.body:
                case.body |= {"revision": card["revision"], "captured_at": None}
        elif "id" in parts and kind in self.others:
            parts["id"] = str(self.others[kind])
        if "sha256" in parts:
            parts["sha256"] = self.others["photo"]
        for name in NAMES_AN_EVENT:
            if isinstance(case.body, dict) and name in case.body:
                case.body[name] = pick.choice(list(self.cards["event"].values()))["id"]


def fitting(machine: Machine, act: str, cards: dict[str, Any]) -> list[Any]:
    """Return the cards from whose state ``act`` leads on; all when it is no act."""
    sources = {arrow.source for arrow in machine.acts().get(act, ())}
    return [card for state, card in cards.items() if state in sources] or list(cards.values())


def is_sound(case: Case, part: ParameterLocation) -> bool:
    """Tell whether this part of the request is as the document wants it."""
    found = case.meta.components.get(part) if case.meta else None
    return found is None or found.mode is GenerationMode.POSITIVE


def is_made_sound(case: Case) -> bool:
    """Tell whether nothing but the headers was to be refused, and those were replaced by good ones; or it is a batch.

    In a batch each item is refused on its own.
    """
    others = ParameterLocation.PATH, ParameterLocation.QUERY, ParameterLocation.BODY
    return case.operation.path == BATCH or all(is_sound(case, part) for part in others)


def fault_of(case: Case, answer: Any) -> str | None:
    """Return what is wrong with the answer, None when all is as documented."""
    if answer.status_code >= 500:
        return f"{answer.status_code}\n{case.as_curl_command()}"
    try:
        case.validate_response(answer, checks=HELD if is_made_sound(case) else [*HELD, checks.negative_data_rejection])
    except FailureGroup as group:
        return "; ".join(str(one) for one in group.exceptions) + f"\n{case.as_curl_command()}"
    return None


@pytest.fixture
def inquiry(town: Town, rolled_back: sa.Connection, quick_hashes: None) -> Iterator[Inquiry]:
    """The town with an item in every state, its errors answered as on a server."""
    cards = stage(town)
    others = things(town, cards)
    for who in PEOPLE:
        town.key(who)
    town.app.config["PROPAGATE_EXCEPTIONS"] = False
    yield Inquiry(town, cards, others, rolled_back)
    town.app.config["PROPAGATE_EXCEPTIONS"] = None


def speakers(operation: Any) -> list[str]:
    """Return who asks: mostly those who may, sometimes somebody else."""
    may = [BY_ROLE[role] for role in operation.definition.raw["x-roles"] if role in BY_ROLE]
    return [*may * 3, "mei", "desk", "stranger"]


def questions(inquiry: Inquiry, operation: Any, mode: GenerationMode) -> Callable[[], None]:
    """Return a function that asks ``operation`` as often as wished."""

    @seed(SEED)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(
        case=operation.as_strategy(mode),
        who=st.sampled_from(speakers(operation)),
        pick=st.randoms(use_true_random=False),
        home=st.sampled_from((True, True, True, False)),
    )
    def ask(case: Case, who: str, pick: random.Random, home: bool) -> None:
        inquiry.ask(case, who, pick, home=home)

    return ask


@pytest.mark.slow
@pytest.mark.timeout(300 + 60 * EXAMPLES)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_is_one_the_document_names(inquiry: Inquiry, mode: GenerationMode) -> None:
    document = schemathesis.openapi.from_wsgi("/api/openapi.json", inquiry.town.app)
    for found in document.get_all_operations():
        operation = found.ok()
        if operation.path != ENDLESS and ONLY in operation.path:
            questions(inquiry, operation, mode)()
    assert sum(inquiry.statuses.values()) > 100 or ONLY
    assert not inquiry.faults, f"{inquiry.statuses}\n\n" + "\n\n".join(inquiry.faults.values())
