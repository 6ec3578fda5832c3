"""Catalogue and forms: all a client needs to draw every act of every kind."""

from __future__ import annotations

from typing import Any

import pytest

from server import policy
from server.catalogue import ways
from server.db import new_id
from server.flow import MACHINES
from server.http import ROUTES
from tests.server.town import Town


@pytest.fixture
def forms(town: Town) -> dict[str, Any]:
    return dict(town.get("mei", "/forms").json["forms"])


def test_every_act_a_card_may_offer_has_its_form(town: Town, forms: dict[str, Any]) -> None:
    wanted = {f"{kind}.{act}" for kind, machine in MACHINES.items() for act in machine.acts()}
    assert wanted <= forms.keys()
    assert {"event.report", "whistle.blow", "objection.file"} <= forms.keys()


def test_a_card_names_the_form_of_each_act_it_offers(town: Town, forms: dict[str, Any]) -> None:
    card = town.get("desk", f"/events/{town.report()['id']}").json
    assert card["actions"], "a dispatcher has something to do with a fresh report"
    for action in card["actions"]:
        assert forms[action["form"]]["title"]


def test_every_visible_field_has_a_chinese_title_and_a_means_of_entry(forms: dict[str, Any]) -> None:
    for key, form in forms.items():
        for name in form["x-order"]:
            told = form["properties"][name]
            assert any("一" <= letter <= "鿿" for letter in told["title"]), (key, name, told["title"])
            assert told["x-widget"] in WIDGETS, (key, name, told["x-widget"])


WIDGETS = frozenset(
    (
        *("line", "text", "number", "switch", "moment", "date", "choice", "reason", "category", "urgency", "unit"),
        *("units", "shares", "person", "item", "subtask", "photos", "voices", "place", "list", "group"),
    )
)


def test_a_reason_is_chosen_from_the_districts_own_list(forms: dict[str, Any]) -> None:
    told = forms["event.suspend"]["properties"]["reason_code"]
    assert {one["const"] for one in told["oneOf"]} == set(policy.current().reasons["event.suspend"])
    assert told["x-widget"] == "reason"


def test_the_words_beside_a_chosen_reason_are_called_an_explanation(forms: dict[str, Any]) -> None:
    """2026-11-28: 理由 stood above 原因, and nobody knew which of the two was wanted where."""
    both = {key: form["properties"] for key, form in forms.items() if {"reason", "reason_code"} <= set(form["x-order"])}
    assert {"event.reject", "event.suspend", "whistle.cancel", "whistle.reject"} >= both.keys() - {"whistle.reopen"}
    assert {(told["reason_code"]["title"], told["reason"]["title"]) for told in both.values()} == {("原因", "说明")}


def test_the_form_of_a_merge_says_what_becomes_of_the_report_and_that_it_cannot_be_undone(
    forms: dict[str, Any],
) -> None:
    said = forms["event.merge"]["description"]
    assert all(word in said for word in ("结束", "照片", "上报人", "不能撤销"))
    assert MACHINES["event"].state("merged").kind == "final", "if a merge can be undone one day, the words must say so"
    assert "description" not in forms["event.file"]


def test_what_the_client_fills_in_by_itself_is_hidden(forms: dict[str, Any]) -> None:
    for form in forms.values():
        assert not {"revision", "captured_at", "signature"} & set(form["x-order"])


def test_limits_are_told_so_that_a_client_can_help(forms: dict[str, Any]) -> None:
    note = forms["event.verify"]["properties"]["note"]
    assert (note["type"], note["minLength"], note["x-widget"]) == ("string", 1, "text")
    assert "note" in forms["event.verify"]["required"]
    assert forms["event.verify"]["properties"]["photos"]["maxItems"] == policy.current().settings.events.photos_max


def test_forms_and_lists_are_not_sent_twice(town: Town) -> None:
    for path in ("/forms", "/catalogue"):
        first = town.get("mei", path)
        again = town.get("mei", path, If_None_Match=first.headers["ETag"])
        assert (first.status_code, again.status_code, again.data) == (200, 304, b"")


def test_the_catalogue_lists_what_a_phone_names_things_by(town: Town) -> None:
    told = town.get("mei", "/catalogue").json
    lamp = next(one for one in told["categories"] if one["code"] == "B03")
    assert lamp["zh"]
    assert lamp["evidence"]
    assert lamp["limit_zh"]
    assert lamp["shares"][0]["role"] == "lead"
    assert len(told["categories"]) == len(policy.current().categories)
    assert {one["kind"] for one in told["kinds"]} == {*MACHINES, *ways.PARTS}
    event = next(one for one in told["kinds"] if one["kind"] == "event")
    report = next(one for one in event["acts"] if one["sort"] == "create")
    assert (report["act"], report["method"], report["href"]) == ("report", "PUT", "/api/v1/events/{id}")
    assert "GWF" in report["roles"]
    assert {one["act"] for one in event["acts"] if one["sort"] == "extra"} >= {"ask_void", "second_look"}


def test_nobody_reads_them_without_signing_in(town: Town) -> None:
    assert town.call(None, "GET", "/forms").status_code == 401
    assert town.call(None, "GET", "/catalogue").status_code == 401


def test_a_subtask_is_set_by_a_form_that_asks_for_nothing_the_card_says_already(forms: dict[str, Any]) -> None:
    form = forms["subtask.set"]
    assert form["x-order"] == ["unit", "text", "due_at", "mandatory"]
    assert form["properties"]["unit"]["x-among"] == "item"
    assert {"item_id", "unit", "text", "due_at"} == set(form["required"])
    assert forms["subtask.done"]["x-order"] == ["done_text"]


def test_how_a_subtask_is_set_and_finished_is_told_like_every_other_act(town: Town) -> None:
    (part,) = [one for one in town.get("mei", "/catalogue").json["kinds"] if one["kind"] == "subtask"]
    told = {one["act"]: (one["sort"], one["zh"], one["method"], one["href"]) for one in part["acts"]}
    assert told == {
        "set": ("part", "布置子任务", "PUT", "/api/v1/subtasks/{id}"),
        "done": ("part", "完成子任务", "POST", "/api/v1/subtasks/{id}/done"),
        "name": ("part", "指定子任务经办人", "POST", "/api/v1/subtasks/{id}/name"),
    }
    assert part["states"] == []


def test_whatever_a_phone_sends_by_a_form_is_done_once_however_often_it_is_sent(town: Town) -> None:
    """2026-11-28: an answer lost on the way let the second try of a finished sub-task come back as refused."""
    find = town.app.url_map.bind("").match
    with town.app.app_context():
        known = [way for listed in ways.kinds().values() for way in listed]
        known += [way for kind in ways.PARTS for way in ways.of_part(kind)]
        routes = {way.key: ROUTES[find(way.href.format(id=new_id()), method=way.method)[0]] for way in known}
    assert [key for key, route in routes.items() if not route.once] == []
