"""What a voice note says is written down by those who may hear it: kept, shown with who wrote it, never lost."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from server.db import db, new_id
from server.journal import Entry
from server.photos import words
from tests.server.photos.camera import sha
from tests.server.photos.recorder import SPOKEN
from tests.server.town import Town, device, report


@pytest.fixture
def card(town: Town) -> dict[str, Any]:
    """An event of a street lamp that was spoken, its voice note received."""
    made = town.report("mei", **report(text="", voices=[{"sha256": sha(SPOKEN)}]))
    path = f"/api/v1/events/{made['id']}/voices/{sha(SPOKEN)}"
    sent = {"Authorization": f"Bearer {town.key('mei')}", "X-Device-Id": device("mei")}
    assert town.app.test_client().put(path, data=SPOKEN, headers=sent).status_code == 201
    return made


def voice(town: Town, who: str, card: dict[str, Any]) -> dict[str, Any]:
    (one,) = town.get(who, f"/events/{card['id']}").json["voices"]
    return dict(one)


def write(town: Town, who: str, card: dict[str, Any], text: str, **headers: str) -> Any:
    id = voice(town, "mei", card)["id"]
    return town.call(who, "POST", f"/voices/{id}/words", {"text": text}, **headers)


def lines(card: dict[str, Any]) -> list[Entry]:
    query = sa.select(Entry).where(Entry.item_id == card["id"], Entry.action == "voice.words")
    return list(db.session.scalars(query.order_by(Entry.id)))


def test_whoever_hears_it_writes_it_down_and_all_who_hear_it_read_it_with_the_post_of_the_writer(
    town: Town, card: dict[str, Any]
) -> None:
    told = voice(town, "desk", card)
    assert told["words"] is None
    assert [(one["form"], one["zh"]) for one in told["actions"]] == [("voice.words", "记下语音内容")]
    assert told["actions"][0]["href"] == f"/api/v1/voices/{told['id']}/words"
    assert write(town, "desk", card, "解放路12号三盏路灯不亮").status_code == 200
    for who in ("mei", "desk", "centre"):
        told = voice(town, who, card)["words"]
        assert (told["text"], told["role"]) == ("解放路12号三盏路灯不亮", "TWD"), who
    (line,) = lines(card)
    assert (line.person_id, line.facts["sha256"]) == (town.persons["desk"], sha(SPOKEN))


def test_a_correction_counts_and_what_was_written_before_stays_in_the_journal(town: Town, card: dict[str, Any]) -> None:
    write(town, "desk", card, "三盏路灯不亮")
    write(town, "mei", card, "四盏路灯不亮")
    write(town, "mei", card, "四盏路灯不亮")
    assert len(db.session.execute(words.last_lines(card["id"])).all()) == 1
    assert [line.facts["text"] for line in lines(card)] == ["三盏路灯不亮", "四盏路灯不亮"]
    told = voice(town, "desk", card)
    assert (told["words"]["text"], told["words"]["role"]) == ("四盏路灯不亮", "GWF")
    assert told["actions"][0]["zh"] == "更正语音内容"


def test_sent_twice_it_is_written_once(town: Town, card: dict[str, Any]) -> None:
    key = str(new_id())
    for text in ("三盏", "三盏"):
        assert write(town, "desk", card, text, Idempotency_Key=key).status_code == 200
    write(town, "desk", card, "四盏")
    assert write(town, "desk", card, "三盏", Idempotency_Key=key).status_code == 200
    assert voice(town, "desk", card)["words"]["text"] == "四盏", "the answer of the first time, told again"


@pytest.mark.parametrize("who", ["stranger", "far_desk", "lamp_desk", "auditor"])
def test_who_does_not_see_the_item_cannot_write_and_learns_nothing(town: Town, card: dict[str, Any], who: str) -> None:
    assert write(town, who, card, "好").status_code == 404
    assert town.call(who, "POST", f"/voices/{new_id()}/words", {"text": "好"}).status_code == 404
    assert lines(card) == []


def test_nothing_is_written_down_of_what_has_not_come_of_a_photo_or_without_words(
    town: Town, card: dict[str, Any]
) -> None:
    other = town.report("mei", **report(text="", voices=[{"sha256": "d" * 64}]))
    told = voice(town, "desk", other)
    assert told["actions"] == []
    assert town.call("desk", "POST", f"/voices/{told['id']}/words", {"text": "好"}).status_code == 404
    (photo,) = town.get("desk", f"/events/{card['id']}").json["photos"]
    assert town.call("desk", "POST", f"/voices/{photo['id']}/words", {"text": "好"}).status_code == 404
    assert write(town, "desk", card, "  ").status_code == 422


def test_numbers_that_identify_a_resident_are_masked_when_shown(town: Town, card: dict[str, Any]) -> None:
    write(town, "desk", card, "联系人电话13812345678")
    assert voice(town, "desk", card)["words"]["text"] == "联系人电话138****5678"
