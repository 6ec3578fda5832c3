"""The grid map over HTTP: outlines for all staff, a point's grid, the people of a grid."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest

from gis import crs
from gis.files import Declaration
from server.access import SYSTEM
from server.db import db, new_id, now
from server.grids import acts, editions, outlines, survey
from server.people.desks import today
from server.people.models import Person
from tests.server.grids.drawing import imported
from tests.server.town import FAR, HOME, INSIDE, NEXT, PUQIAN, VILLAGE, Town

POINT = "/grids/locate?lon={}&lat={}"


@pytest.mark.parametrize(
    "path", ["/grids", POINT.format(*INSIDE), "/grids/editions", f"/grids/{HOME}", f"/grids/{HOME}/staff"]
)
def test_without_a_token_there_is_no_map(town: Town, path: str) -> None:
    assert town.get(None, path).status_code == 401
    assert town.get("stranger", path).status_code == 200


def test_all_staff_see_all_outlines_in_six_decimals(town: Town) -> None:
    answer = town.get("stranger", "/grids")
    assert answer.mimetype == "application/geo+json"
    features = answer.json["features"]
    assert [each["properties"]["code"] for each in features] == sorted([HOME, NEXT, FAR, f"{FAR[:12]}002"])
    assert features[0]["geometry"]["type"] == "MultiPolygon"
    assert features[0]["geometry"]["coordinates"][0][0][0] == [114.6, 23.7]
    assert features[0]["properties"]["area_km2"] == pytest.approx(1.129, abs=0.001)


def test_outlines_of_one_township_are_those_of_its_grids(town: Town) -> None:
    features = town.get("mei", f"/grids?township={PUQIAN}").json["features"]
    assert {each["properties"]["township_code"] for each in features} == {PUQIAN}


def test_outlines_the_client_has_are_not_sent_again(town: Town, statements) -> None:
    tag = town.get("mei", "/grids").headers["ETag"]
    statements.clear()
    again = town.get("mei", "/grids", If_None_Match=tag)
    assert (again.status_code, again.data) == (304, b"")
    assert not [said for said in statements if "st_asgeojson" in said.lower()]
    assert town.get("mei", f"/grids?township={PUQIAN}", If_None_Match=tag).status_code == 200


def test_outlines_travel_compressed_when_the_client_reads_that(town: Town) -> None:
    answer = town.get("mei", "/grids", Accept_Encoding="gzip, br")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.data)) == town.get("mei", "/grids").json


def test_outlines_are_bounded(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlines, "OUTLINES_MAX", 3)
    refused = town.get("mei", f"/grids?edition={imported('多', {str(n): (n, 0, n + 1, 1) for n in range(4)}).name}")
    assert (refused.status_code, refused.json["code"]) == (422, "too_many_outlines")


def test_a_layer_without_an_edition_has_no_outlines(town: Town) -> None:
    refused = town.get("mei", "/grids?layer=special")
    assert (refused.status_code, refused.json["code"]) == (409, "no_edition_in_force")
    assert town.get("mei", "/grids?edition=无").json["code"] == "unknown_edition"


def test_a_point_is_told_its_grid_and_what_it_may_be_instead(town: Town) -> None:
    found = town.get("mei", POINT.format(114.61, 23.705) + "&accuracy_m=12").json
    assert (found["grid_code"], found["quality"], found["n_hits"]) == (HOME, "ambiguous", 2)
    assert (found["candidates"], found["edition"], found["village_code"]) == ([HOME, NEXT], "测试版", VILLAGE)


def test_a_point_of_a_chinese_map_is_converted(town: Town) -> None:
    lon, lat = crs.convert(*INSIDE, "cgcs2000", "gcj02")
    shifted = town.get("mei", POINT.format(lon, lat) + "&crs=gcj02").json
    assert (shifted["grid_code"], shifted["lon"], shifted["lat"]) == (HOME, *INSIDE)
    assert town.get("mei", POINT.format(lon, lat)).json["lon"] != INSIDE[0]


@pytest.mark.parametrize("query", ["lon=114", "lon=999&lat=23", "lon=114&lat=23&crs=mars", "lon=nan&lat=23"])
def test_a_point_that_makes_no_sense_is_refused(town: Town, query: str) -> None:
    assert town.get("mei", f"/grids/locate?{query}").status_code == 422


def test_a_point_may_be_looked_up_in_a_named_edition(town: Town) -> None:
    imported("试验", {"0113": (0, 0, 3, 1)})
    found = town.get("mei", POINT.format(*INSIDE) + "&edition=试验").json
    assert (found["grid_code"], found["edition"], found["township_code"]) == ("0113", "试验", None)


def test_the_editions_are_listed_newest_first(town: Town) -> None:
    imported("乙版", {HOME: (0, 0, 1, 1)})
    items = town.get("mei", "/grids/editions").json["items"]
    assert [(each["name"], each["status"]) for each in items] == [("乙版", "loaded"), ("测试版", "published")]


def test_a_grid_shows_its_outline_and_history(town: Town) -> None:
    shown = town.get("mei", f"/grids/{HOME}").json
    assert (shown["properties"]["code"], shown["history"][0]["edition"]) == (HOME, "测试版")
    assert town.get("mei", "/grids/441602001003999").status_code == 404
    assert town.get("mei", f"/grids/{FAR}?edition=测试版").json["properties"]["township_code"] == PUQIAN


def test_names_of_grid_people_are_for_those_who_work_there(town: Town) -> None:
    near = town.get("desk", f"/grids/{HOME}/staff").json
    assert {(row["role"], row["name"]) for row in near["items"]} == {("GLD", "leader"), ("GWF", "mei"), ("GWP", "part")}
    far = town.get("stranger", f"/grids/{HOME}/staff").json
    assert {row["name"] for row in far["items"]} == {None}
    assert near["vacant"] == far["vacant"] == []
    assert "phone" not in json.dumps(near)


def test_an_empty_seat_is_named(town: Town) -> None:
    assert town.get("desk", f"/grids/{NEXT}/staff").json["vacant"] == ["GLD"]


def newcomer(name: str = "xin") -> str:
    db.session.add(Person(id=new_id(), username=name, name="新来的", must_change_password=False))
    db.session.flush()
    return name


def test_the_township_appoints_and_relieves_the_people_of_its_grids(town: Town) -> None:
    body = {"username": newcomer(), "role": "GLD"}
    made = town.call("desk", "POST", f"/grids/{NEXT}/staff", body)
    assert (made.status_code, made.json["valid_from"]) == (201, today().isoformat())
    assert town.get("desk", f"/grids/{NEXT}/staff").json["vacant"] == []
    path = f"/grids/{NEXT}/staff/{made.json['id']}/relieve"
    relieved = town.call("desk", "POST", path, {"last_day": (today() + timedelta(days=9)).isoformat()})
    assert relieved.json["valid_to"] == (today() + timedelta(days=9)).isoformat()


def test_a_filled_seat_takes_a_deputy_but_no_second_holder(town: Town) -> None:
    body = {"username": newcomer(), "role": "GLD"}
    refused = town.call("desk", "POST", f"/grids/{HOME}/staff", body)
    assert (refused.status_code, refused.json["code"]) == (409, "post_taken")
    assert town.call("desk", "POST", f"/grids/{HOME}/staff", body | {"deputy": True}).status_code == 201


def test_part_time_workers_may_be_many(town: Town) -> None:
    for number in range(3):
        body = {"username": newcomer(f"pt{number}"), "role": "GWP"}
        assert town.call("desk", "POST", f"/grids/{HOME}/staff", body).status_code == 201
    roles = [row["role"] for row in town.get("desk", f"/grids/{HOME}/staff").json["items"]]
    assert roles.count("GWP") == 4


def test_a_foreign_grid_answers_as_if_it_were_absent(town: Town) -> None:
    body = {"username": newcomer(), "role": "GLD"}
    foreign = town.call("far_desk", "POST", f"/grids/{NEXT}/staff", body)
    absent = town.call("far_desk", "POST", "/grids/441602001003999/staff", body)
    assert (foreign.status_code, foreign.json) == (404, absent.json)
    seat = town.get("far_desk", f"/grids/{HOME}/staff").json["items"][0]["id"]
    assert town.call("far_desk", "POST", f"/grids/{HOME}/staff/{seat}/relieve", {}).status_code == 404
    assert town.call("far_desk", "POST", f"/grids/{FAR}/staff/{seat}/relieve", {}).status_code == 404
    assert town.call("mei", "POST", f"/grids/{HOME}/staff", body).status_code == 403


def test_nobody_unknown_and_no_administrator_stands_in_a_grid(town: Town) -> None:
    words = {"admin": "roles_exclude", "nobody": "unknown_person"}
    for username, code in words.items():
        refused = town.call("centre", "POST", f"/grids/{NEXT}/staff", {"username": username, "role": "GLD"})
        assert refused.json["code"] == code


def test_a_report_keeps_its_grid_when_the_map_is_redrawn(town: Town, clock) -> None:
    clock.set(now())
    before = town.report()
    redrawn = {f"{VILLAGE}003": (0, 0, 1, 1), NEXT: (1, 0, 2, 1)}
    new = editions.publish(imported("乙版", redrawn), by=SYSTEM)
    db.session.commit()
    captured = now()
    clock.set(new.valid_from + timedelta(hours=1))
    town.keys.clear()
    late, fresh = town.report(captured_at=captured.isoformat()), town.report()
    assert (late["grid_code"], fresh["grid_code"]) == (HOME, f"{VILLAGE}003")
    assert town.get("mei", f"/events/{before['id']}").json["grid_code"] == HOME


def test_real_requests_are_located_over_http_as_the_referee_says(town: Town, shared: Path) -> None:
    folder = shared / "data" / "boston"
    declared = Declaration("WARD_PRECINCT", "EPSG:2249")
    found = survey.examine(survey.from_file(folder / "precincts_epsg2249.geojson", declared, repair=True))
    acts.import_edition("boston", found, by=SYSTEM)
    with (folder / "requests_2018.csv").open() as asked, (folder / "expected_2018.csv").open() as truth:
        rows = list(zip(csv.DictReader(asked), csv.DictReader(truth), strict=True))
    sample = [
        (row, told) for row, told in rows if told["assigned_precinct"] and (told["n_hits"] == "2" or hash_of(row) == 0)
    ]
    assert len(sample) > 30
    for row, told in sample:
        answer = town.get("mei", POINT.format(row["longitude"], row["latitude"]) + "&edition=boston").json
        assert (answer["grid_code"], str(answer["n_hits"])) == (told["assigned_precinct"], told["n_hits"])


def hash_of(row: dict[str, str]) -> int:
    return int(row["case_enquiry_id"]) % 200


@pytest.mark.parametrize(
    "path",
    [
        "/grids/%00",
        "/grids/%00/staff",
        "/grids?edition=%00",
        "/grids?township=%00",
        "/grids/locate?lon=1&lat=1&edition=%00",
    ],
)
def test_characters_no_text_holds_are_refused_not_stumbled_over(town: Town, path: str) -> None:
    assert town.get("mei", path).status_code in (404, 422)
