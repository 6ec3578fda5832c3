"""Voice notes from the phone: kept with their report, sent once whatever the line does, heard where there is no network."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mobile.core import sending
from mobile.core.shapes import Trouble
from mobile.core.store import Store
from tests.mobile.core.phones import Phone, here, picture
from tests.server.photos.camera import sha, shot
from tests.server.photos.recorder import SPOKEN, lasting
from tests.server.town import Town

Of = Callable[..., Phone]


def spoken(phone: Phone, *notes: bytes, with_photo: bool = True, **facts: object) -> str:
    field = phone.field
    draft = field.new_draft("event", "report", {"category": "B03"} | facts)
    photos = (field.keep_photo(picture(1)),) if with_photo else ()
    draft = field.save(replace(draft, photos=(*photos, *(field.keep_voice(note, 2.5) for note in notes))))
    return field.report(draft, here())


def test_a_spoken_report_reaches_the_server_with_its_voice_and_the_name_of_its_category(town: Town, of: Of) -> None:
    mei = of("mei")
    id = spoken(mei, SPOKEN)
    assert (mei.field.outbox.photos_left, mei.field.outbox.voices_left) == (2, 1)
    mei.sync()
    card = town.get("desk", f"/events/{id}").json
    assert [(one["sha256"], one["received"], one["seconds"]) for one in card["voices"]] == [(sha(SPOKEN), True, 2.5)]
    assert card["text"] == card["category"]["zh"]
    assert (mei.field.outbox.unsent, mei.field.outbox.photos_left) == (0, 0)


def test_on_a_line_that_loses_answers_and_in_small_parts_a_note_arrives_once(
    town: Town, of: Of, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "PART", 9_000)
    mei, note = of("mei"), lasting(12)
    mei.line.loss = 0.5
    id = spoken(mei, note, with_photo=False)
    mei.sync(turns=300)
    (voice,) = town.get("desk", f"/events/{id}").json["voices"]
    assert voice["received"]
    assert voice["size"] == len(note)
    lines = [line["action"] for line in town.get("desk", f"/events/{id}").json["timeline"]]
    assert lines.count("voice.received") == 1


def test_what_still_waits_is_told_in_words_people_use(of: Of) -> None:
    mei = of("mei")
    mei.line.instead = lambda method, path: mei_busy(path)
    spoken(mei, SPOKEN)
    mei.sync(turns=3)
    assert mei.field.outbox.sentence == "内容已送达，还有 1 张照片、1 段语音在上传"


def mei_busy(path: str) -> object:
    from tests.mobile.core.phones import Answered

    return Answered(503, {}, b"{}") if "/photos/" in path or "/voices/" in path else None


def test_a_note_the_server_finds_to_be_none_says_so_and_the_report_stays(town: Town, of: Of) -> None:
    mei = of("mei")
    id = spoken(mei, SPOKEN[:-200])
    mei.sync()
    (told,) = [one for one in mei.field.outbox.items if one.item_id == id]
    assert told.state == "done"
    assert told.sentence.endswith("有附件没有被接受")
    assert "录音" in told.advice
    row = mei.field.store.row("select state, trouble from photos where kind = 'voice'")
    assert row is not None
    assert row["state"] == "rejected"
    assert "录音" in row["trouble"]
    assert town.get("desk", f"/events/{id}").status_code == 200


def test_what_is_no_recording_is_refused_before_it_is_kept(of: Of) -> None:
    with pytest.raises(Trouble) as refused:
        of("mei").field.keep_voice(shot(), 3.0)
    assert refused.value.code == "not_a_sound"


def test_the_note_of_another_is_fetched_when_its_card_is_looked_at_and_stays(town: Town, of: Of) -> None:
    mei, leader = of("mei"), of("leader")
    id = spoken(mei, SPOKEN)
    mei.sync()
    leader.field.items("event")
    leader.sync()
    card = town.get("leader", f"/events/{id}").json
    assert leader.field.voice(sha(SPOKEN), card) is None
    leader.sync()
    leader.line.down = True
    content = leader.field.voice(sha(SPOKEN), card)
    assert content is not None
    assert content[4:8] == b"ftyp"


def test_a_refused_report_gives_its_voice_back_to_the_draft(of: Of) -> None:
    mei = of("mei")
    spoken(mei, SPOKEN, category="Z99")
    mei.sync()
    (draft,) = mei.field.drafts()
    assert [(one.kind, one.seconds) for one in draft.photos if one.is_voice] == [("voice", 2.5)]
    mei.field.mend(replace(draft, facts=draft.facts | {"category": "B03"}))
    mei.sync()
    assert mei.field.outbox.photos_left == 0


def test_a_note_is_kept_over_a_tidying_while_its_report_waits(of: Of) -> None:
    mei = of("mei")
    mei.line.down = True
    spoken(mei, SPOKEN)
    mei.field.tidy()
    assert mei.field.album.own(sha(SPOKEN)) == SPOKEN


def test_a_store_of_the_release_before_gets_its_new_column_and_keeps_what_waits(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "field.db")
    old.execute(
        "create table photos(sha256 text not null, item_kind text not null, item_id text not null, n integer not null,"
        " kind text not null, taken_at text not null, width integer not null, height integer not null,"
        " size integer not null, sending text not null, state text not null default 'queued',"
        " sent integer not null default 0, done_at text, trouble text not null default '',"
        " primary key(item_id, sha256)) strict"
    )
    old.execute(
        "insert into photos(sha256, item_kind, item_id, n, kind, taken_at, width, height, size, sending)"
        " values ('a', 'event', '1', 0, 'before', '2026-11-28T10:00:00+08:00', 4, 3, 9, 's')"
    )
    old.commit()
    old.close()
    for _ in range(2):
        row = Store(tmp_path).row("select * from photos")
        assert row is not None
        assert (row["sha256"], row["seconds"]) == ("a", 0.0)
