"""Photos belong to any kind of item: whistles and check-ins have the same routes."""

from __future__ import annotations

from server.db import now
from tests.server.photos.camera import sha, shot
from tests.server.town import INSIDE, Town, device


def test_a_check_in_takes_photos_and_shows_them_to_both_sides(town: Town) -> None:
    whistle = town.blown()
    check_in = next(iter(whistle["check_ins"]))
    content = shot(taken_at=None, place=INSIDE)
    headers = {"Authorization": f"Bearer {town.key('lamp_desk')}", "X-Device-Id": device("lamp_desk")}
    path = f"/check-ins/{check_in['id']}/photos/{sha(content)}"
    put = town.app.test_client().put(f"/api/v1{path}", data=content, headers=headers)
    assert (put.status_code, put.json["flags"]) == (201, [])
    assert town.get("desk", path).status_code == 200
    assert town.get("stranger", path).status_code == 404
    assert [photo["sha256"] for photo in town.get("desk", f"/check-ins/{check_in['id']}").json["photos"]] == [
        sha(content)
    ]


def test_a_whistle_takes_photos(town: Town) -> None:
    whistle = town.blown()
    content = shot(taken_at=now())
    headers = {"Authorization": f"Bearer {town.key('desk')}", "X-Device-Id": device("desk")}
    path = f"/whistles/{whistle['id']}/photos/{sha(content)}"
    assert town.app.test_client().put(f"/api/v1{path}", data=content, headers=headers).status_code == 201
    assert town.get("lamp_desk", path).status_code == 200
    assert town.get("far_desk", path).status_code == 404
