"""A photo arrives once, whole and true to its name, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image

from server.db import CN, db, now
from server.events.models import Event
from server.journal import Entry
from server.photos import receiving
from server.photos.models import Photo
from tests.server.photos.camera import sha, shot
from tests.server.town import FAR_INSIDE, INSIDE, Town, device


def files(app: Flask) -> list[str]:
    folder = app.config["GRIDWHISTLE"].photos
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def lines(card: dict[str, Any], action: str) -> list[Entry]:
    query = sa.select(Entry).where(Entry.item_id == card["id"], Entry.action == action)
    return list(db.session.scalars(query))


def test_a_declared_photo_is_awaited_then_received(town: Town, send: Any, declared: Any) -> None:
    content = shot()
    card = declared(content)
    assert [(photo["sha256"], photo["received"]) for photo in card["photos"]] == [(sha(content), False)]
    assert [row["sha256"] for row in town.get("mei", "/photos/awaited").json["items"]] == [sha(content)]
    answer = send("mei", card, content)
    assert answer.status_code == 201
    told = {"kind": "before", "received": True, "mime": "image/jpeg", "width": 640, "height": 480, "flags": []}
    assert answer.json | told == answer.json
    (shown,) = town.get("desk", f"/events/{card['id']}").json["photos"]
    assert shown == answer.json
    assert town.get("mei", "/photos/awaited").json["items"] == []


def test_the_same_bytes_again_get_the_same_answer_and_no_second_line(town: Town, send: Any, declared: Any) -> None:
    content = shot()
    card = declared(content)
    first, again = send("mei", card, content), send("mei", card, content)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert len(lines(card, "photo.received")) == 1


def test_other_bytes_than_the_name_says_are_refused_and_nothing_is_kept(
    app: Flask, town: Town, send: Any, declared: Any
) -> None:
    content, other = shot(), shot(seed=2)
    card = declared(content)
    before = files(app)
    answer = send("mei", card, other, name=sha(content))
    assert (answer.status_code, answer.json["code"]) == (422, "other_photo")
    assert "SHA-256" in answer.json["title"]
    assert files(app) == before
    assert send("mei", card, content).status_code == 201
    assert send("mei", card, other, name=sha(content)).status_code == 422


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not_a_picture"),
        (b"<!doctype html><script>alert(1)</script>", "not_a_picture"),
        (b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00;", "not_a_picture"),
        (b"%PDF-1.7 not a picture", "not_a_picture"),
        (shot()[:2000], "not_a_picture"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 5000, "not_a_picture"),
        (b"", "not_a_picture"),
        (shot(kind="PNG")[:-400], "not_a_picture"),
    ],
    ids=["svg", "html", "gif", "pdf", "cut", "jpeg head only", "empty", "cut png"],
)
def test_what_is_no_picture_by_its_content_is_refused(
    app: Flask, send: Any, declared: Any, content: bytes, code: str
) -> None:
    card = declared(content)
    before = files(app)
    answer = send("mei", card, content)
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert files(app) == before


@pytest.mark.parametrize(("kind", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_the_type_is_what_the_content_is(send: Any, declared: Any, kind: str, mime: str) -> None:
    content = shot(kind=kind)
    answer = send("mei", declared(content), content, Content_Type="text/html")
    assert (answer.status_code, answer.json["mime"]) == (201, mime)


def test_a_photo_beyond_the_limit_of_bytes_is_refused_before_it_is_read(app: Flask, send: Any, declared: Any) -> None:
    content = b"\xff\xd8\xff" + b"0" * 15_000_000
    before = files(app)
    answer = send("mei", declared(content), content)
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")
    assert files(app) == before


def test_a_bomb_of_pixels_is_refused_before_it_is_decoded(send: Any, declared: Any) -> None:
    target = BytesIO()
    Image.new("1", (20_000, 20_000)).save(target, "PNG")
    answer = send("mei", declared(target.getvalue()), target.getvalue())
    assert (answer.status_code, answer.json["code"]) == (422, "too_many_pixels")


def test_a_photo_shown_upright_has_the_width_and_height_people_see(send: Any, declared: Any) -> None:
    content = shot((400, 200), orientation=6)
    answer = send("mei", declared(content), content)
    assert (answer.json["width"], answer.json["height"]) == (200, 400)


def test_a_photo_of_two_events_is_kept_once(app: Flask, send: Any, declared: Any) -> None:
    content = shot(seed=7)
    one, two = declared(content), declared(content)
    assert send("mei", one, content).status_code == 201
    once = files(app)
    assert send("mei", two, content).status_code == 201
    assert files(app) == once
    assert len([name for name in once if sha(content) in name]) == 3


def test_the_hash_of_a_photo_gives_no_right_to_it(town: Town, send: Any, declared: Any) -> None:
    content = shot()
    send("mei", declared(content), content)
    foreign = town.report("stranger", lon=FAR_INSIDE[0], lat=FAR_INSIDE[1], photos=[{"sha256": sha(content)}])
    assert town.get("stranger", f"/events/{foreign['id']}/photos/{sha(content)}").status_code == 404
    empty = send("stranger", foreign, b"", name=sha(content))
    assert empty.status_code == 422


def test_a_photo_nobody_declared_is_added_by_whoever_works_on_the_event(town: Town, send: Any, declared: Any) -> None:
    card, content = declared(), shot()
    answer = send("leader", card, content, query="?kind=scene")
    assert (answer.status_code, answer.json["kind"]) == (201, "scene")
    reader = send("inspector", card, shot(seed=2))
    assert (reader.status_code, reader.json["code"]) == (403, "not_declared")


def test_a_reader_may_carry_the_bytes_of_a_declared_photo(town: Town, send: Any, declared: Any) -> None:
    content = shot()
    assert send("gang", declared(content), content).status_code == 404
    assert send("village", declared(content), content).status_code == 201


def test_a_finished_event_takes_declared_photos_only(town: Town, send: Any, declared: Any) -> None:
    content = shot()
    card = town.act("desk", declared(content), "reject", reason_code="not_found", reason="现场无此情况")
    assert send("mei", card, content).status_code == 201
    late = send("mei", card, shot(seed=2))
    assert (late.status_code, late.json["code"]) == (409, "item_finished")


def test_nine_photos_are_enough(send: Any, declared: Any) -> None:
    card = declared(*(b"%d" % number for number in range(9)))
    tenth = send("mei", card, shot())
    assert (tenth.status_code, tenth.json["code"]) == (409, "enough_photos")


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """``meanwhile(act)``: let ``act`` happen while the bytes of the next upload come in."""
    take = receiving.take

    def arrange(act: Callable[[], Any]) -> None:
        def slowly(*told: Any) -> Any:
            monkeypatch.setattr(receiving, "take", take)
            act()
            return take(*told)

        monkeypatch.setattr(receiving, "take", slowly)

    return arrange


def test_an_event_finished_while_the_bytes_came_takes_none_that_was_not_declared(
    town: Town, send: Any, declared: Any, meanwhile: Any
) -> None:
    card = declared()
    meanwhile(lambda: town.act("desk", card, "reject", reason_code="not_found", reason="现场无此情况"))
    late = send("leader", card, shot())
    assert (late.status_code, late.json["code"]) == (409, "item_finished")
    assert town.get("desk", f"/events/{card['id']}").json["photos"] == []


def test_nine_are_enough_however_many_come_at_once(send: Any, declared: Any, meanwhile: Any) -> None:
    card = declared(*(b"%d" % number for number in range(8)))
    meanwhile(lambda: send("leader", card, shot()))
    tenth = send("mei", card, shot(seed=2))
    assert (tenth.status_code, tenth.json["code"]) == (409, "enough_photos")


def test_a_foreign_event_and_no_event_look_alike(town: Town, send: Any, declared: Any) -> None:
    content = shot()
    card = declared(content)
    send("mei", card, content)
    for method, path in (("PUT", ""), ("GET", ""), ("GET", "/upload"), ("GET", "/facts?purpose=visit")):
        foreign = town.call("stranger", method, f"/events/{card['id']}/photos/{sha(content)}{path}")
        absent = town.call("stranger", method, f"/events/{town.persons['mei']}/photos/{sha(content)}{path}")
        assert (foreign.status_code, foreign.data) == (404, absent.data)
    assert town.call(None, "GET", f"/events/{card['id']}/photos/{sha(content)}").status_code == 401


def test_a_photo_does_not_travel_in_a_batch(town: Town, declared: Any) -> None:
    card = declared(shot())
    item = {"method": "PUT", "path": f"/events/{card['id']}/photos/{sha(shot())}", "body": {}}
    answer = town.call("mei", "POST", "/sync", {"items": [item]})
    assert answer.json["results"][0]["status"] == 404


def test_an_owed_photo_takes_its_flag_away(town: Town, send: Any, declared: Any) -> None:
    card = declared()
    assert "photo_owed" in card["flags"]
    assert send("mei", card, shot(), query="?kind=before").status_code == 201
    assert "photo_owed" not in town.get("mei", f"/events/{card['id']}").json["flags"]


def test_time_and_place_of_the_file_are_compared_never_shown(town: Town, send: Any, declared: Any) -> None:
    local = now().astimezone(CN)
    true = shot(taken_at=local - timedelta(minutes=5), place=INSIDE)
    old = shot(taken_at=local - timedelta(days=3), place=INSIDE, seed=2)
    far = shot(taken_at=local, place=FAR_INSIDE, seed=3)
    silent = shot(seed=4)
    card = declared(true, old, far, silent)
    flags = [send("mei", card, content).json["flags"] for content in (true, old, far, silent)]
    assert flags == [[], ["time_apart"], ["place_apart"], []]
    assert "114.7" not in town.get("mei", f"/events/{card['id']}").text


def test_the_metadata_of_an_offline_report_fits_its_captured_time(town: Town, send: Any, declared: Any) -> None:
    seen = now() - timedelta(hours=20)
    content = shot(taken_at=seen.astimezone(CN))
    assert send("mei", declared(content, captured_at=seen.isoformat()), content).json["flags"] == []


@pytest.mark.parametrize("place", [(-181.0, 10.0), (0.0, 0.0), (114.6, -23.7), (-114.6, 23.7)])
def test_odd_positions_in_a_file_never_stop_it(send: Any, declared: Any, place: tuple[float, float]) -> None:
    content = shot(place=place)
    assert send("mei", declared(content), content).status_code == 201


def test_damaged_metadata_says_nothing(send: Any, declared: Any) -> None:
    content = shot(taken_at=now().astimezone(CN) - timedelta(days=9)).replace(b"Exif\0\0", b"Exif\0\0\xff\xff", 1)
    answer = send("mei", declared(content), content)
    assert (answer.status_code, answer.json["flags"]) == (201, [])


def test_the_original_is_sealed_on_disk(app: Flask, send: Any, declared: Any) -> None:
    content = shot(taken_at=now().astimezone(CN), place=INSIDE)
    card = declared(content)
    send("mei", card, content)
    folder = app.config["GRIDWHISTLE"].photos
    (sealed,) = folder.rglob(f"{sha(content)}.sealed")
    assert content[100:200] not in sealed.read_bytes()
    assert sealed.stat().st_mode & 0o077 == 0
    assert receiving.store().original(sha(content)) == content
    row = db.session.scalars(sa.select(Photo.sealed).where(Photo.sha256 == sha(content))).one()
    assert row is not None
    assert b"taken_at" not in row


def test_who_sent_a_photo_is_written_once_with_its_kind(town: Town, send: Any, declared: Any) -> None:
    content = shot()
    card = declared(content)
    send("mei", card, content)
    (line,) = lines(card, "photo.received")
    assert (line.person_id, line.facts["sha256"], line.facts["kind"]) == (town.persons["mei"], sha(content), "before")
    assert f"g:{card['grid_code']}" in line.audience


def test_a_photo_changes_nothing_else_about_the_event(town: Town, send: Any, declared: Any) -> None:
    content = shot()
    card = declared(content)
    send("mei", card, content)
    event = db.session.get_one(Event, card["id"])
    assert (event.revision, event.state) == (1, "reported")


def test_names_that_are_no_hash_lead_nowhere(town: Town) -> None:
    card = town.report()
    headers = {"Authorization": f"Bearer {town.key('mei')}", "X-Device-Id": device("mei")}
    for name in ("abc", "..", "A" * 63, "%2e%2e%2f" * 7 + "x", "Z" * 64, "A" * 64, "%00" * 64):
        path = f"/api/v1/events/{card['id']}/photos/{name}"
        assert town.app.test_client().put(path, data=shot(), headers=headers).status_code == 404
