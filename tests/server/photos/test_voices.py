"""A voice note is an attachment like a photo: declared, sent, kept sealed, heard by exactly those who see the item."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa

from server import policy
from server.db import db
from server.journal import Entry
from server.photos import track
from server.photos.models import Photo
from tests.server.photos.camera import sha, shot
from tests.server.photos.recorder import OPUS, PARSED, SECRET, SPOKEN, lasting
from tests.server.town import AFTER, Town, device, report

Put = Callable[..., Any]


@pytest.fixture
def spoken(town: Town) -> Callable[..., dict[str, Any]]:
    """``spoken(content, ...)``: an event whose report declares this voice note."""

    def make(*contents: bytes, who: str = "mei", **changes: Any) -> dict[str, Any]:
        return town.report(who, **report(voices=[{"sha256": sha(content)} for content in contents], **changes))

    return make


@pytest.fixture
def put(town: Town) -> Put:
    """``put(who, card, content)``: bring bytes under their name and return the answer."""

    def bring(who: str, card: dict[str, Any], content: bytes, *, way: str = "voices", **headers: str) -> Any:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent |= {"Authorization": f"Bearer {town.key(who)}", "X-Device-Id": device(who)}
        path = f"/api/v1/{card['kind']}s/{card['id']}/{way}/{headers.pop('name', sha(content))}"
        return town.app.test_client().put(path, data=content, headers=sent)

    return bring


def lines(card: dict[str, Any], action: str) -> list[Entry]:
    query = sa.select(Entry).where(Entry.item_id == card["id"], Entry.action == action)
    return list(db.session.scalars(query))


def of(card: dict[str, Any], content: bytes = SPOKEN, query: str = "") -> str:
    return f"/events/{card['id']}/voices/{sha(content)}{query}"


# --- said instead of written -----------------------------------------------------------------------------------------


def test_a_report_that_is_spoken_needs_no_words_and_is_called_by_its_category(town: Town, spoken: Any) -> None:
    card = spoken(SPOKEN, text="")
    assert card["text"] == policy.current().categories[card["category"]["code"]].zh
    assert [(one["sha256"], one["kind"], one["received"]) for one in card["voices"]] == [(sha(SPOKEN), "voice", False)]
    assert sha(SPOKEN) not in {one["sha256"] for one in card["photos"]}


def test_without_voice_and_without_words_a_report_says_nothing_and_is_refused(town: Town) -> None:
    answer = town.call("mei", "PUT", f"/events/{uuid.uuid4()}", report(text=" "))
    assert answer.status_code == 422
    assert "text" in str(answer.json["errors"])


def test_words_that_were_written_stay_beside_the_voice(spoken: Any) -> None:
    assert spoken(SPOKEN, text="路灯不亮，三盏")["text"] == "路灯不亮，三盏"


def test_the_result_of_the_work_may_be_spoken(town: Town, put: Put) -> None:
    card = town.handling()
    card = town.act(
        "lamp_hand", card, "report_result", result_code="repaired", result_text="", voices=[{"sha256": sha(SPOKEN)}],
        photos=[{"sha256": AFTER, "kind": "after"}],
    )  # fmt: skip
    assert card["result"]["text"] == "见语音留言"
    assert put("lamp_hand", card, SPOKEN).status_code == 201
    assert town.get("desk", of(card)).status_code == 200


def test_a_voice_is_no_evidence_where_a_photo_is_asked(town: Town) -> None:
    card = town.report("mei", **report(photos=[], voices=[{"sha256": sha(SPOKEN)}]))
    assert "photo_owed" in card["flags"]


# --- received once, whole and true to its name -----------------------------------------------------------------------


def test_a_voice_is_awaited_then_received_once(town: Town, spoken: Any, put: Put) -> None:
    card = spoken(SPOKEN, photos=[])
    assert [one["sha256"] for one in town.get("mei", "/photos/awaited").json["items"]] == [sha(SPOKEN)]
    first, again = put("mei", card, SPOKEN), put("mei", card, SPOKEN)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert (first.json["mime"], first.json["seconds"]) == ("audio/mp4", 2.5)
    (told,) = town.get("desk", f"/events/{card['id']}").json["voices"]
    assert {name: told[name] for name in first.json} == first.json, (
        "the card says the same, and what may be done with it"
    )
    assert len(lines(card, "voice.received")) == 1
    assert town.get("mei", "/photos/awaited").json["items"] == []


def test_an_upload_goes_on_where_it_was_cut(town: Town, spoken: Any, put: Put) -> None:
    content = lasting(50)
    card, size, half = spoken(content), len(content), 40_000
    part = town.app.test_client().put(
        f"/api/v1{of(card, content)}",
        data=content[:half],
        headers={
            "Authorization": f"Bearer {town.key('mei')}",
            "X-Device-Id": device("mei"),
            "Content-Range": f"bytes 0-{half - 1}/{size}",
        },
    )
    assert (part.status_code, part.json["offset"]) == (202, half)
    far = town.get("mei", f"{of(card, content)}/upload").json
    assert (far["offset"], far["received"], far["declared"]) == (half, False, True)
    headers = {
        "Authorization": f"Bearer {town.key('mei')}",
        "X-Device-Id": device("mei"),
        "Content-Range": f"bytes {half}-{size - 1}/{size}",
    }
    rest = town.app.test_client().put(f"/api/v1{of(card, content)}", data=content[half:], headers=headers)
    assert rest.status_code == 201
    assert rest.json["seconds"] == pytest.approx(50, abs=0.1)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (shot(), 422, "not_a_sound"),
        (OPUS, 422, "not_a_sound"),
        (SPOKEN[:-200], 422, "not_a_sound"),
        (b"<!doctype html><script>alert(1)</script>", 422, "not_a_sound"),
        (lasting(63), 422, "too_long"),
        (SPOKEN + bytes(1_000_001), 413, "too_large"),
    ],
    ids=["picture", "opus", "cut", "page", "too long", "too large"],
)
def test_what_is_no_voice_note_is_refused_and_nothing_is_kept(
    town: Town, spoken: Any, put: Put, content: bytes, status: int, code: str
) -> None:
    card, folder = spoken(content), town.app.config["GRIDWHISTLE"].photos
    before = sorted(folder.rglob("*.sealed"))
    answer = put("mei", card, content)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert sorted(folder.rglob("*.sealed")) == before
    assert [one["received"] for one in town.get("mei", f"/events/{card['id']}").json["voices"]] == [False]


def test_other_bytes_than_the_name_says_are_refused(town: Town, spoken: Any, put: Put) -> None:
    card = spoken(SPOKEN)
    answer = put("mei", card, lasting(3, seed=2), name=sha(SPOKEN))
    assert (answer.status_code, answer.json["code"]) == (422, "other_photo")


def test_what_was_declared_as_a_voice_is_not_taken_as_a_photo_nor_the_other_way_round(
    town: Town, spoken: Any, put: Put
) -> None:
    picture = shot()
    card = spoken(SPOKEN, photos=[{"sha256": sha(picture), "kind": "before"}])
    for content, way in ((SPOKEN, "photos"), (picture, "voices")):
        answer = put("mei", card, content, way=way)
        assert (answer.status_code, answer.json["code"]) == (422, "other_kind")


def test_a_voice_nobody_declared_may_be_added_by_who_works_on_the_item_up_to_the_limit(
    town: Town, spoken: Any, put: Put
) -> None:
    card = spoken()
    assert [put("mei", card, lasting(2, seed=n)).status_code for n in range(4)] == [201, 201, 201, 409]
    assert put("auditor", card, SPOKEN).status_code == 404


# --- kept sealed, heard by those who see the item --------------------------------------------------------------------


def test_nothing_of_a_voice_lies_in_clear_on_the_disk(town: Town, spoken: Any, put: Put) -> None:
    content = lasting(4, seed=5)
    put("mei", spoken(content), content)
    kept = list(town.app.config["GRIDWHISTLE"].photos.rglob(f"{sha(content)}.*"))
    assert sorted(path.name.removeprefix(sha(content)) for path in kept) == [".sealed", ".sound.sealed"]
    assert all(PARSED.frames[7] not in path.read_bytes() for path in kept)


def test_whoever_sees_the_item_hears_its_sound_and_nothing_the_file_says_of_itself(
    town: Town, spoken: Any, put: Put
) -> None:
    card = spoken(SPOKEN)
    put("mei", card, SPOKEN)
    for who in ("mei", "leader", "desk", "inspector"):
        answer = town.get(who, of(card))
        assert (answer.status_code, answer.content_type) == (200, "audio/mp4")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert SECRET not in answer.data
        assert track.read(answer.data, seconds_max=60) == PARSED


@pytest.mark.parametrize("who", ["stranger", "far_desk", "auditor", "arbiter"])
def test_out_of_scope_a_voice_is_as_if_absent(town: Town, spoken: Any, put: Put, who: str) -> None:
    card = spoken(SPOKEN)
    put("mei", card, SPOKEN)
    for path in (of(card), f"{of(card)}/upload", of(card, query="?size=original&purpose=visit")):
        answer = town.get(who, path)
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert put(who, card, SPOKEN).status_code == 404


def test_a_player_may_ask_for_a_part(town: Town, spoken: Any, put: Put) -> None:
    card = spoken(SPOKEN)
    put("mei", card, SPOKEN)
    whole = town.get("mei", of(card))
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = town.get("mei", of(card), Range="bytes=100-299")
    assert (part.status_code, part.data) == (206, whole.data[100:300])
    assert part.headers["Content-Range"] == f"bytes 100-299/{len(whole.data)}"
    beyond = town.get("mei", of(card), Range="bytes=9999999-")
    assert beyond.status_code == 416


def test_the_original_opens_for_a_purpose_and_is_written_down(town: Town, spoken: Any, put: Put) -> None:
    card = spoken(SPOKEN)
    put("mei", card, SPOKEN)
    assert town.get("desk", of(card, query="?size=original")).json["code"] == "purpose_missing"
    assert town.get("chief", of(card, query="?size=original&purpose=visit")).json["code"] == "may_not_open"
    opened = town.get("desk", of(card, query="?size=original&purpose=visit"))
    assert (opened.status_code, BytesIO(opened.data).read()) == (200, SPOKEN)
    (line,) = lines(card, "voice.opened")
    assert (line.person_id, line.facts["purpose"]) == (town.persons["desk"], "visit")


def test_the_voice_of_a_sensitive_matter_is_masked_like_its_photos(
    town: Town, spoken: Any, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = policy.current()
    sensitive = next(leaf.code for leaf in rules.categories.values() if leaf.sensitive)
    row = rules.permissions["event.view"]
    masked = replace(row, scopes={**row.scopes, "SUP": frozenset("ma")})
    changed = replace(rules, permissions={**rules.permissions, "event.view": masked})
    monkeypatch.setattr(policy, "current", lambda: changed)
    card = spoken(SPOKEN, category=sensitive)
    put("mei", card, SPOKEN)
    answer = town.get("inspector", of(card))
    assert (answer.status_code, answer.json["code"]) == (403, "protected")
    assert town.get("mei", of(card)).status_code == 200


def test_a_whistle_and_a_check_in_take_voices_too(town: Town, put: Put) -> None:
    whistle = town.blown()
    assert put("desk", whistle, SPOKEN).status_code == 201
    path = f"/whistles/{whistle['id']}/voices/{sha(SPOKEN)}"
    assert town.get("lamp_desk", path).status_code == 200
    assert town.get("far_desk", path).status_code == 404


def test_a_report_sent_again_declares_its_voice_once(town: Town) -> None:
    id, body = uuid.uuid4(), report(voices=[{"sha256": sha(SPOKEN)}])
    for _ in range(3):
        assert town.call("mei", "PUT", f"/events/{id}", body).status_code in (200, 201)
    rows = db.session.scalars(sa.select(Photo).where(Photo.item_id == id, Photo.role == "voice")).all()
    assert len(rows) == 1
