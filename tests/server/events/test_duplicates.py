"""Two workers, one hole: the second is told before and after sending; nobody but a person merges."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from gis import crs
from gis.plain import metres_per_degree
from server import policy
from server.db import db, new_id, now
from server.events.duplicates import NEAREST, SHOWN
from server.events.likeness import Apart, score, similarity
from server.events.models import Event
from server.photos.models import Photo
from tests.server.town import FAR_INSIDE, INSIDE, PHOTO, SIDE, Town, report

EAST, NORTH = metres_per_degree(INSIDE[1])


def beside(metres_east: float, metres_north: float = 0.0) -> dict[str, float]:
    """A place some metres from the middle of the home grid."""
    return {"lon": INSIDE[0] + metres_east / EAST, "lat": INSIDE[1] + metres_north / NORTH}


def leaves(kind: str) -> list[str]:
    """Leaves of a kind, not sensitive, that share their group with another such leaf."""
    found = [leaf for leaf in policy.current().categories.values() if leaf.kind == kind and not leaf.sensitive]
    groups = [leaf.group for leaf in found]
    return [leaf.code for leaf in found if groups.count(leaf.group) > 1]


ROAD, ROAD_TOO = leaves("event")[:2]
LAMP = leaves("component")[0]


def before(town: Town, who: str = "mei", **changes: Any) -> list[dict[str, Any]]:
    """Ask before sending."""
    ask = {"category": ROAD, "crs": "wgs84", "text": "", **beside(0)} | changes
    answer = town.get(who, f"/events/duplicates?{urlencode(ask)}")
    assert answer.status_code == 200, answer.json
    return list(answer.json["duplicates"])


def test_two_workers_report_the_same_hole_and_one_was_offline_for_six_hours(town: Town, clock: Any) -> None:
    morning = now().replace(hour=1, minute=0, second=0, microsecond=0)
    clock.set(morning + timedelta(minutes=5))
    first = town.report(
        "mei", category=ROAD, text="解放路12号路面坑洞", captured_at=clock.now().isoformat(), **beside(0)
    )
    clock.set(morning + timedelta(hours=6))
    body = report(category=ROAD, text="解放路12号路面有个坑", captured_at=morning.isoformat(), **beside(20))
    item = {"method": "PUT", "path": f"/events/{new_id()}", "body": body}
    answer = town.call("leader", "POST", "/sync", {"items": [item], "sent_at": clock.now().isoformat()})
    second = answer.json["results"][0]["body"]
    (hint,) = second["duplicates"]
    assert (hint["no"], hint["id"]) == (first["no"], first["id"])
    assert hint["distance_m"] == pytest.approx(20, abs=0.5)
    assert second["captured_at"] == second["happened_at"] == morning.isoformat()
    assert second["received_at"] == clock.now().isoformat()
    (file_clock,) = second["clocks"]
    assert file_clock["started_at"] == clock.now().isoformat()
    assert second["state"]["code"] == "reported"

    merged = town.act("desk", second, "merge", parent_id=first["id"])
    assert (merged["state"]["code"], merged["parent"]["no"]) == ("merged", first["no"])
    assert merged["captured_at"] == morning.isoformat()
    kept = {event.no: event.captured_at for event in db.session.scalars(sa.select(Event))}
    assert kept == {first["no"]: morning + timedelta(minutes=5), second["no"]: morning}


def test_a_first_report_has_no_duplicates(town: Town) -> None:
    assert town.report()["duplicates"] == []


@pytest.mark.parametrize(("metres", "found"), [(0, True), (150, True), (199, True), (201, False), (500, False)])
def test_two_hundred_metres_are_near(town: Town, metres: float, found: bool) -> None:
    town.report(category=ROAD, **beside(0))
    assert bool(before(town, **beside(metres))) is found
    assert bool(before(town, **beside(0, metres))) is found


@pytest.mark.parametrize(("metres", "found"), [(0, True), (29, True), (31, False), (150, False)])
def test_thirty_metres_are_near_for_a_component(town: Town, metres: float, found: bool) -> None:
    town.report(category=LAMP, **beside(0))
    assert bool(before(town, category=LAMP, **beside(metres))) is found


def test_a_component_and_another_leaf_of_its_group_must_be_as_near_as_the_component_asks(town: Town) -> None:
    rules = policy.current()
    pairs = [
        (one, other)
        for one in rules.categories.values()
        for other in rules.categories.values()
        if one.group == other.group and one.kind == "component" and other.kind == "event"
    ]
    if not pairs:
        pytest.skip("no group of this policy mixes components and events")
    one, other = pairs[0]
    town.report(category=one.code, **beside(0))
    assert len(before(town, category=other.code, **beside(20))) == 1
    assert before(town, category=other.code, **beside(100)) == []


@pytest.mark.parametrize(("days", "found"), [(0, True), (6.9, True), (7.1, False), (30, False)])
def test_seven_days_are_the_same_time(town: Town, clock: Any, days: float, found: bool) -> None:
    town.report(category=ROAD, **beside(0))
    clock.advance(timedelta(days=days))
    assert bool(before(town)) is found


def test_a_report_that_was_seen_long_before_it_came_is_compared_by_when_it_was_seen(town: Town) -> None:
    town.report(category=ROAD, captured_at=(now() - timedelta(days=9)).isoformat(), **beside(0))
    assert before(town) == []
    assert len(before(town, captured_at=(now() - timedelta(days=3)).isoformat())) == 1


def test_a_wrong_device_clock_does_not_hide_a_duplicate(town: Town) -> None:
    wrong = now() + timedelta(days=40)
    body = report(category=ROAD, captured_at=wrong.isoformat(), **beside(0))
    town.call("mei", "PUT", f"/events/{new_id()}", body, X_Device_Time=wrong.isoformat())
    assert len(before(town)) == 1


def test_only_the_same_group_of_categories_is_compared(town: Town) -> None:
    town.report(category=ROAD, **beside(0))
    other = next(leaf.code for leaf in policy.current().categories.values() if leaf.group != ROAD[0])
    assert before(town, category=other) == []
    (hint,) = before(town, category=ROAD_TOO)
    assert hint["score"] < before(town, category=ROAD)[0]["score"]


def test_what_is_closed_or_merged_is_no_candidate(town: Town) -> None:
    parent = town.report(category=ROAD, **beside(0))
    child = town.report(category=ROAD, **beside(5))
    town.act("desk", child, "merge", parent_id=parent["id"])
    assert [hint["no"] for hint in before(town)] == [parent["no"]]
    parent = town.get("desk", f"/events/{parent['id']}").json
    town.act("desk", parent, "reject", reason_code="not_found", reason="现场无此情况")
    assert before(town) == []


def test_the_nearest_newest_and_most_alike_comes_first(town: Town) -> None:
    far = town.report(category=ROAD, text="完全不同的事情", **beside(150))
    like = town.report(category=ROAD, text="解放路12号路面坑洞", **beside(10))
    near = town.report(category=ROAD, text="完全不同的事情", **beside(10))
    found = before(town, text="解放路12号门口路面有坑洞")
    assert [hint["no"] for hint in found] == [like["no"], near["no"], far["no"]]
    assert found[0]["similarity"] > found[1]["similarity"]


def test_at_most_five_are_named_however_many_there_are(town: Town) -> None:
    for metres in range(8):
        town.report(category=ROAD, **beside(metres * 10))
    assert len(before(town)) == 5


def test_of_an_event_elsewhere_only_number_place_and_state_are_told(town: Town) -> None:
    hidden = town.report("stranger", category=ROAD, text="秘密内容13800000000", lon=FAR_INSIDE[0], lat=FAR_INSIDE[1])
    place = {"lon": FAR_INSIDE[0], "lat": FAR_INSIDE[1]}
    (hint,) = before(town, text="秘密内容13800000000", **place)
    assert set(hint) == {"no", "category", "state", "distance_m", "happened_at", "similarity", "score"}
    assert (hint["no"], hint["similarity"]) == (hidden["no"], None)
    (own,) = before(town, "stranger", text="秘密内容", **place)
    assert own["id"] == hidden["id"]
    assert own["text"].endswith("138****0000")


def test_a_sensitive_matter_elsewhere_is_not_told_at_all(town: Town) -> None:
    sensitive = next(leaf.code for leaf in policy.current().categories.values() if leaf.sensitive)
    place = {"lon": FAR_INSIDE[0], "lat": FAR_INSIDE[1]}
    town.report("stranger", category=sensitive, photos=[], **place)
    assert before(town, category=sensitive, **place) == []
    assert len(before(town, "stranger", category=sensitive, **place)) == 1


def test_the_township_asks_again_at_the_desk_where_the_event_lies_now(town: Town) -> None:
    first = town.report(category=ROAD, **beside(0))
    second = town.report(category=ROAD, **beside(300))
    assert town.get("desk", f"/events/{second['id']}/duplicates").json["duplicates"] == []
    place = {"crs": "wgs84", **beside(40)}
    town.act("desk", second, "file", point=place)
    (hint,) = town.get("desk", f"/events/{second['id']}/duplicates").json["duplicates"]
    assert (hint["no"], hint["distance_m"]) == (first["no"], pytest.approx(40, abs=0.5))
    assert town.get("stranger", f"/events/{second['id']}/duplicates").status_code == 404


def test_of_many_at_one_place_the_latest_are_offered(town: Town, clock: Any) -> None:
    """A community's calls all lie at its door: whoever files the last one must find the one before it."""
    reported = []
    for _ in range(NEAREST + SHOWN):
        clock.set(clock.now() + timedelta(minutes=20))
        reported.append(town.report(category=ROAD, captured_at=clock.now().isoformat(), **beside(0)))
    hints = town.get("desk", f"/events/{reported[-1]['id']}/duplicates").json["duplicates"]
    assert [hint["no"] for hint in hints] == [one["no"] for one in reported[-2 : -2 - SHOWN : -1]]


def test_every_declared_coordinate_system_finds_the_same_candidates(town: Town) -> None:
    first = town.report(category=ROAD, **beside(0))
    for system in ("cgcs2000", "gcj02", "bd09"):
        lon, lat = crs.convert(*INSIDE, "wgs84", system)
        (hint,) = before(town, crs=system, lon=lon, lat=lat)
        assert (hint["no"], hint["distance_m"] < 45) == (first["no"], True)


def test_a_received_photo_is_shown_as_thumbnail(town: Town) -> None:
    first = town.report(category=ROAD, **beside(0))
    assert before(town)[0]["thumbnail"] is None
    photo = db.session.scalars(sa.select(Photo).where(Photo.item_id == first["id"])).one()
    photo.received_at = now()
    db.session.flush()
    assert before(town)[0]["thumbnail"] == PHOTO


def test_who_may_not_report_may_not_ask(town: Town) -> None:
    ask = urlencode({"category": ROAD, "crs": "wgs84", **beside(0)})
    assert town.get("lamp_desk", f"/events/duplicates?{ask}").status_code == 403
    assert town.get(None, f"/events/duplicates?{ask}").status_code == 401


@pytest.mark.parametrize("change", [{"category": "Z99"}, {"crs": "mars"}, {"lon": "x"}, {"captured_at": "noon"}])
def test_a_malformed_question_is_named(town: Town, change: dict[str, str]) -> None:
    ask = urlencode({"category": ROAD, "crs": "wgs84", **beside(0)} | change)
    answer = town.get("mei", f"/events/duplicates?{ask}")
    assert answer.status_code == 422
    assert set(answer.json["errors"]) == set(change)


@pytest.mark.parametrize(("lon", "lat"), [(0, 90), (180, 0), (-180, -90)])
def test_the_ends_of_the_earth_have_no_duplicates(town: Town, lon: float, lat: float) -> None:
    assert before(town, lon=lon, lat=lat) == []


def test_five_hundred_reports_ask_for_their_duplicates_in_one_statement(town: Town, statements: list[str]) -> None:
    def batch(size: int) -> list[dict[str, Any]]:
        return [
            {
                "method": "PUT",
                "path": f"/events/{new_id()}",
                "body": report(category=ROAD, **beside(number * 300.0 % (SIDE * EAST / 2))),
            }
            for number in range(size)
        ]

    town.call("mei", "POST", "/sync", {"items": batch(2)})
    counts = []
    for size in (5, 50):
        statements.clear()
        answer = town.call("mei", "POST", "/sync", {"items": batch(size)})
        assert [result["status"] for result in answer.json["results"]] == [201] * size
        counts.append(len([text for text in statements if "unnest" in text and "events" in text]))
    assert counts == [1, 1]


def test_words_are_compared_without_punctuation_and_case() -> None:
    assert similarity("解放路12号，路灯不亮！", "解放路12号路灯不亮") == 1.0
    assert similarity("ABC路", "abc路") == 1.0
    assert similarity("路灯不亮", "井盖缺失") < 0.3
    assert similarity("", "井盖缺失") == 0.0
    assert similarity("Ａ座１２号", "a座12号") == 1.0


DISTANCES = st.floats(0, 200)
HOURS = st.floats(0, 168)
WORDS = st.floats(0, 1)


def apart(distance: float, hours: float, words: float | None, *, same_leaf: bool = True) -> Apart:
    return Apart(distance, 200.0, timedelta(hours=hours), timedelta(days=7), same_leaf, words)


@given(near=DISTANCES, far=DISTANCES, fresh=HOURS, old=HOURS, like=WORDS, unlike=WORDS)
def test_nearer_newer_and_more_alike_never_scores_less(
    near: float, far: float, fresh: float, old: float, like: float, unlike: float
) -> None:
    near, far = sorted((near, far))
    fresh, old = sorted((fresh, old))
    unlike, like = sorted((unlike, like))
    better, worse = apart(near, fresh, like), apart(far, old, unlike)
    assert 0.0 < score(worse) <= score(better) <= 1.0
    assert score(apart(far, old, unlike, same_leaf=False)) < score(worse)


def test_words_that_may_not_be_read_count_as_unlike() -> None:
    assert score(apart(10, 1, None)) == score(apart(10, 1, 0.0))
