"""Take reports in (收件): many at once, of one phone or of several, each answered with its own card.

Job: claim the ids, report what is new, keep each first answer with its claim.
Never: decide; tell one reporter what another may see. What is not new, or is refused, is left for its own turn.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app

from server import bounds, clocks, http, replies
from server.access import Actor
from server.db import now
from server.errors import Refusal
from server.events import acts, duplicates
from server.events.acts import Report
from server.events.machine import EVENT
from server.flow import Case
from server.flow.card import card
from server.gathering import Gathering
from server.http import Answer, Asked
from server.photos import acts as photos
from server.replies import Claim

log = logging.getLogger(__name__)
MOST = 50
"""Phones whose reports are written by one commit."""
CREATED, KNOWN = 201, 200


@dataclass(frozen=True, slots=True)
class Sent:
    """A report and the fingerprint of the bytes it came in."""

    report: Report
    print_: bytes


def clock_error() -> float | None:
    """Return by how many seconds the device's clock runs ahead, when it told its time."""
    text = http.device_time.get()
    try:
        told = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return (told - now()).total_seconds() if told and bounds.fault(told) is None else None


def sent(id: UUID, data: dict[str, Any], print_: bytes, by: Actor) -> Sent:
    """Return a report as this request brought it."""
    return Sent(Report(id, data, by, clock_error()), print_)


def take(name: str, many: Sequence[Sent]) -> dict[UUID, Answer]:
    """Report what is new among ``many`` and return the answers by id; ``name`` is the route they came by.

    One refusal refuses all of them: the caller undoes and lets each go alone.
    """
    first: dict[UUID, Sent] = {}
    for one in many:
        first.setdefault(one.report.id, one)
    fresh = replies.claim(_claims(name, first.values()))
    cases = acts.report([one.report for id, one in first.items() if id in fresh])
    answers = {case.item.id: Answer(CREATED, told) for case, told in zip(cases, first_replies(cases), strict=True)}
    replies.keep({id: (answer.status, answer.body) for id, answer in answers.items()})
    return answers


def again(name: str, many: Sequence[Sent]) -> dict[UUID, Answer]:
    """Return the stored first answers to those of ``many`` that are known and come again as they were."""
    return {id: Answer(KNOWN, body) for id, body in replies.known(_claims(name, many)).items()}


def _claims(name: str, many: Iterable[Sent]) -> list[Claim]:
    return [Claim(one.report.id, f"{name}:{one.report.id}", one.print_, one.report.by) for one in many]


def first_replies(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return the cards of fresh events, each with the open events it may repeat; one statement for all of them."""
    alike = duplicates.of_fresh(cases)
    return [
        card(EVENT, case.item, case.by, fresh=clocks.told_fresh(case.clock_ops))
        | photos.promised(case.facts)
        | {"duplicates": alike[case.item.id]}
        for case in cases
    ]


def together(asked: Asked) -> Answer | None:
    """Answer one request for a report, written with those that arrive at the same time; None: let it go alone."""
    id: UUID = asked.path["id"]
    return gather(asked.name, [sent(id, asked.data, asked.print_, asked.by)]).get(id)


def gather(name: str, few: Sequence[Sent]) -> dict[UUID, Answer]:
    """Report what is new among a few, in one commit with what others report at the same time; the rest is left out."""
    return _GATHERING.join((name, few)) or {}


def _application() -> Any:
    return current_app._get_current_object()  # type: ignore[attr-defined]


def _write(group: Sequence[tuple[str, Sequence[Sent]]]) -> list[dict[UUID, Answer] | None]:
    name = group[0][0]
    try:
        with http.transaction():
            answers = take(name, [one for _, few in group for one in few])
    except Refusal:
        return [None] * len(group)
    except Exception:
        log.warning("the reports of %s phones go one by one", len(group), exc_info=True)
        return [None] * len(group)
    return [_own(answers, few) for _, few in group]


def _own(answers: dict[UUID, Answer], few: Sequence[Sent]) -> dict[UUID, Answer]:
    """Return the answers to ``few`` and take them away: whoever sent the same id too finds it known."""
    found = ((one.report.id, answers.pop(one.report.id, None)) for one in few)
    return {id: answer for id, answer in found if answer is not None}


_GATHERING: Gathering[tuple[str, Sequence[Sent]], dict[UUID, Answer]] = Gathering(_write, place=_application, most=MOST)
