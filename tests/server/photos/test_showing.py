"""Who sees an event sees its photos, without what the file tells of itself; the original opens for a purpose only."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from server import policy
from server.db import CN, db, now
from server.journal import Entry
from tests.server.photos.camera import SECRET, sha, shot
from tests.server.town import INSIDE, Town

KINDS = ("JPEG", "PNG", "WEBP")


def opened(card: dict[str, Any]) -> list[Entry]:
    query = sa.select(Entry).where(Entry.item_id == card["id"], Entry.action == "photo.opened")
    return list(db.session.scalars(query.order_by(Entry.id)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("size", "longest"), [("thumb", 320), ("view", 1280)])
def test_a_copy_is_a_small_picture_that_says_nothing_of_itself(
    town: Town, send: Any, declared: Any, kind: str, size: str, longest: int
) -> None:
    content = shot((2000, 1000), kind, taken_at=now().astimezone(CN), place=INSIDE)
    card = declared(content)
    send("mei", card, content)
    answer = town.get("desk", f"/events/{card['id']}/photos/{sha(content)}?size={size}")
    assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
    picture = Image.open(BytesIO(answer.data))
    assert picture.size == (longest, longest // 2)
    assert not picture.getexif()
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
    assert SECRET.encode() not in answer.data
    assert SECRET.encode() in content


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_copy_stands_upright(town: Town, send: Any, declared: Any, orientation: int) -> None:
    content = shot((400, 200), orientation=orientation)
    card = declared(content)
    send("mei", card, content)
    answer = town.get("mei", f"/events/{card['id']}/photos/{sha(content)}")
    picture = Image.open(BytesIO(answer.data))
    width, height = picture.size
    red = {1: (10, 100), 3: (390, 100), 6: (100, 10), 8: (100, 390)}[orientation]
    assert (width, height) == ((400, 200) if orientation in (1, 3) else (200, 400))
    r, g, b = picture.getpixel(red)  # type: ignore[misc]
    assert r > 150 > max(g, b) + 60


def test_transparent_pixels_turn_white(town: Town, send: Any, declared: Any) -> None:
    target = BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(target, "PNG")
    card = declared(target.getvalue())
    send("mei", card, target.getvalue())
    answer = town.get("mei", f"/events/{card['id']}/photos/{sha(target.getvalue())}")
    assert Image.open(BytesIO(answer.data)).getpixel((25, 25)) == (255, 255, 255)


def test_a_copy_may_be_kept_by_its_reader_and_asked_for_again_for_nothing(town: Town, send: Any, declared: Any) -> None:
    content = shot()
    card = declared(content)
    send("mei", card, content)
    path = f"/events/{card['id']}/photos/{sha(content)}?size=thumb"
    first = town.get("mei", path)
    assert set(first.headers["Cache-Control"].split(", ")) == {"private", "max-age=31536000", "immutable"}
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in first.headers["Content-Security-Policy"]
    again = town.get("mei", path, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    view = town.get("mei", path.replace("thumb", "view"), If_None_Match=first.headers["ETag"])
    assert view.status_code == 200


def test_a_photo_still_awaited_is_not_there_yet(town: Town, declared: Any) -> None:
    card = declared(shot())
    answer = town.get("mei", f"/events/{card['id']}/photos/{sha(shot())}")
    assert (answer.status_code, answer.json["code"]) == (404, "still_awaited")


@pytest.mark.parametrize("who", ["desk", "leader", "village", "mei", "inspector", "centre"])
def test_the_original_opens_for_a_purpose_and_is_written_down(town: Town, send: Any, declared: Any, who: str) -> None:
    content = shot(kind="PNG")
    card = declared(content)
    send("mei", card, content)
    answer = town.get(who, f"/events/{card['id']}/photos/{sha(content)}?size=original&purpose=visit")
    assert (answer.status_code, answer.content_type, answer.data) == (200, "image/png", content)
    assert answer.headers["Cache-Control"] == "no-store"
    (line,) = opened(card)
    assert line.person_id == town.persons[who]
    assert line.facts == {"sha256": sha(content), "field": "original", "purpose": "visit"}


def test_every_opening_is_a_line_of_its_own(town: Town, send: Any, declared: Any) -> None:
    content = shot()
    card = declared(content)
    send("mei", card, content)
    for purpose in ("visit", "legal_duty"):
        town.get("desk", f"/events/{card['id']}/photos/{sha(content)}?size=original&purpose={purpose}")
    assert [line.facts["purpose"] for line in opened(card)] == ["visit", "legal_duty"]


@pytest.mark.parametrize(
    ("who", "query", "status", "code"),
    [
        ("desk", "size=original", 422, "purpose_missing"),
        ("desk", "size=original&purpose=curiosity", 422, "wrong_shape"),
        ("chief", "size=original&purpose=visit", 403, "may_not_open"),
        ("deputy", "size=original&purpose=visit", 403, "may_not_open"),
        ("stranger", "size=original&purpose=visit", 404, "not_found"),
        ("auditor", "size=original&purpose=visit", 404, "not_found"),
        ("arbiter", "size=original&purpose=visit", 404, "not_found"),
    ],
)
def test_without_purpose_or_post_the_original_stays_sealed_and_nothing_is_written(
    town: Town, send: Any, declared: Any, who: str, query: str, status: int, code: str
) -> None:
    content = shot()
    card = declared(content)
    send("mei", card, content)
    answer = town.get(who, f"/events/{card['id']}/photos/{sha(content)}?{query}")
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert opened(card) == []


def test_what_the_file_says_opens_like_the_original(town: Town, send: Any, declared: Any) -> None:
    taken = (now() - timedelta(hours=9)).replace(microsecond=0)
    content = shot(taken_at=taken.astimezone(CN), place=INSIDE)
    card = declared(content)
    assert send("mei", card, content).json["flags"] == ["time_apart"]
    path = f"/events/{card['id']}/photos/{sha(content)}/facts"
    assert town.get("desk", path).status_code == 422
    assert town.get("chief", f"{path}?purpose=visit").status_code == 403
    said = town.get("desk", f"{path}?purpose=legal_duty").json
    assert said["taken_at"] == taken.astimezone(CN).isoformat()
    assert said["place"] == pytest.approx(INSIDE, abs=1e-6)
    assert [line.facts["field"] for line in opened(card)] == ["facts"]


def test_a_silent_file_has_no_facts(town: Town, send: Any, declared: Any) -> None:
    content = shot()
    card = declared(content)
    send("mei", card, content)
    answer = town.get("desk", f"/events/{card['id']}/photos/{sha(content)}/facts?purpose=visit")
    assert answer.json == {"taken_at": None, "place": None}


def test_photos_of_a_sensitive_matter_are_masked_for_masked_readers(
    town: Town, send: Any, declared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = policy.current()
    sensitive = next(leaf.code for leaf in rules.categories.values() if leaf.sensitive)
    row = rules.permissions["event.view"]
    masked = replace(row, scopes={**row.scopes, "SUP": frozenset("ma")})
    changed = replace(rules, permissions={**rules.permissions, "event.view": masked})
    monkeypatch.setattr(policy, "current", lambda: changed)
    content = shot()
    card = declared(content, category=sensitive)
    send("mei", card, content)
    path = f"/events/{card['id']}/photos/{sha(content)}"
    for query in ("", "?size=original&purpose=visit"):
        answer = town.get("inspector", path + query)
        assert (answer.status_code, answer.json["code"]) == (403, "protected")
    assert town.get("mei", path).status_code == 200
    assert opened(card) == []


def test_photos_of_a_merged_event_stay_with_those_who_see_it(town: Town, send: Any, declared: Any) -> None:
    content = shot()
    parent, child = town.report(), declared(content)
    send("mei", child, content)
    merged = town.act("desk", child, "merge", parent_id=parent["id"])
    assert [photo["received"] for photo in merged["photos"]] == [True]
    path = f"/events/{child['id']}/photos/{sha(content)}"
    assert town.get("mei", path).status_code == 200
    assert town.get("stranger", path).status_code == 404


def test_a_file_lost_from_the_disk_is_said_to_be_missing_and_mended_by_sending_it_again(
    town: Town, send: Any, declared: Any
) -> None:
    content = shot(seed=99)
    card = declared(content)
    send("mei", card, content)
    for file in town.app.config["GRIDWHISTLE"].photos.rglob(f"{sha(content)}.*"):
        file.unlink()
    path = f"/events/{card['id']}/photos/{sha(content)}"
    assert [town.get("mei", path + query).json["code"] for query in ("", "?size=thumb")] == ["file_missing"] * 2
    assert send("mei", card, content).status_code == 200
    assert town.get("mei", path).status_code == 200
