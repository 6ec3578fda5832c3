"""An upload goes on where it was cut, at any byte, from any connection, and survives whatever kills the server."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Response
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from server.db import db, new_id, now
from server.photos import partials
from server.photos.partials import Partial, Span
from server.photos.refusals import NotContinued, OtherPhoto, TooLarge
from tests.server.photos.camera import sha, shot
from tests.server.town import Town, device

MOST = 100_000


class Cut(Exception):
    """The connection broke."""


def cut_after(content: bytes, brought: int) -> Callable[[int], bytes]:
    """A connection that brings some bytes and breaks."""
    stream = BytesIO(content[:brought])

    def read(size: int) -> bytes:
        block = stream.read(size)
        if not block:
            raise Cut
        return block

    return read


@given(content=st.binary(min_size=1, max_size=3000), cuts=st.lists(st.integers(0, 3000), max_size=6))
def test_a_photo_cut_anywhere_any_number_of_times_comes_whole(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, cuts: list[int]
) -> None:
    upload = Partial(tmp_path_factory.mktemp("partial"), uuid.uuid4(), sha(content))
    for brought in cuts:
        offset = upload.offset()
        if offset + brought >= len(content):
            break
        with pytest.raises(Cut):
            upload.take(cut_after(content[offset:], brought), Span(offset, len(content), len(content)), most=MOST)
        assert upload.offset() == offset + brought
    offset = upload.offset()
    rest = BytesIO(content[offset:])
    assert upload.take(rest.read, Span(offset, len(content), len(content)), most=MOST) == content


def test_parts_sent_one_by_one_are_awaited_until_the_last(tmp_path: Path) -> None:
    content = bytes(range(256)) * 4
    upload = Partial(tmp_path, uuid.uuid4(), sha(content))
    for start in (0, 256, 512):
        part = BytesIO(content[start : start + 256])
        assert upload.take(part.read, Span(start, start + 256, 1024), most=MOST) == start + 256
    assert upload.take(BytesIO(content[768:]).read, Span(768, 1024, 1024), most=MOST) == content


def test_a_part_behind_a_gap_is_refused_and_told_where_to_go_on(tmp_path: Path) -> None:
    upload = Partial(tmp_path, uuid.uuid4(), sha(b"abcdef"))
    upload.take(BytesIO(b"ab").read, Span(0, 2, 6), most=MOST)
    with pytest.raises(NotContinued) as refused:
        upload.take(BytesIO(b"ef").read, Span(4, 6, 6), most=MOST)
    assert refused.value.facts == {"offset": 2}


def test_a_part_sent_twice_does_no_harm(tmp_path: Path) -> None:
    upload = Partial(tmp_path, uuid.uuid4(), sha(b"abcdef"))
    upload.take(BytesIO(b"abcd").read, Span(0, 4, 6), most=MOST)
    assert upload.take(BytesIO(b"ab").read, Span(0, 2, 6), most=MOST) == 4
    assert upload.take(BytesIO(b"def").read, Span(3, 6, 6), most=MOST) == b"abcdef"


def test_false_bytes_leave_nothing_behind(tmp_path: Path) -> None:
    upload = Partial(tmp_path, uuid.uuid4(), sha(b"abcdef"))
    upload.take(BytesIO(b"xyz").read, Span(0, 3, 6), most=MOST)
    with pytest.raises(OtherPhoto):
        upload.take(BytesIO(b"def").read, Span(3, 6, 6), most=MOST)
    assert upload.offset() == 0


def test_a_body_without_end_is_cut_off_at_the_limit(tmp_path: Path) -> None:
    upload = Partial(tmp_path, uuid.uuid4(), sha(b"x"))
    with pytest.raises(TooLarge):
        upload.take(lambda size: b"x" * size, Span(), most=MOST)
    assert upload.offset() == 0


def test_partials_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    upload = Partial(tmp_path / "partial", uuid.uuid4(), sha(b"abcdef"))
    upload.take(BytesIO(b"abc").read, Span(0, 3, 6), most=MOST)
    assert upload.path.stat().st_mode & 0o077 == 0
    assert upload.path.parent.stat().st_mode & 0o077 == 0


def test_what_nobody_goes_on_with_is_purged(tmp_path: Path) -> None:
    upload = Partial(tmp_path, uuid.uuid4(), sha(b"abcdef"))
    upload.take(BytesIO(b"abc").read, Span(0, 3, 6), most=MOST)
    assert partials.purge(tmp_path, now() - timedelta(days=1)) == 0
    assert partials.purge(tmp_path, now() + timedelta(days=1)) == 1
    assert upload.offset() == 0


def test_over_http_parts_answer_202_with_the_offset_and_the_last_201(town: Town, send: Any, declared: Any) -> None:
    content = shot()
    card, half = declared(content), len(content) // 2
    span = f"bytes 0-{half - 1}/{len(content)}"
    first = send("mei", card, content[:half], name=sha(content), Content_Range=span)
    assert (first.status_code, first.json["offset"], first.json["received"]) == (202, half, False)
    path = f"/events/{card['id']}/photos/{sha(content)}/upload"
    assert town.get("mei", path).json == {"sha256": sha(content), "declared": True, "received": False, "offset": half}
    assert town.get("village", path).json["offset"] == 0
    span = f"bytes {half}-{len(content) - 1}/{len(content)}"
    last = send("mei", card, content[half:], name=sha(content), Content_Range=span)
    assert (last.status_code, last.json["received"]) == (201, True)
    done = {"sha256": sha(content), "declared": True, "received": True, "offset": len(content)}
    assert town.get("mei", path).json == done


def test_over_http_a_broken_whole_upload_goes_on_from_where_it_broke(town: Town, send: Any, declared: Any) -> None:
    content = shot()
    card = declared(content)
    headers = {"Authorization": f"Bearer {town.key('mei')}", "X-Device-Id": device("mei")}
    path = f"/api/v1/events/{card['id']}/photos/{sha(content)}"
    promised = {"CONTENT_LENGTH": str(len(content))}
    broken = town.app.test_client().put(path, data=content[:5000], headers=headers, environ_overrides=promised)
    assert broken.status_code == 400
    assert town.get("mei", f"/events/{card['id']}/photos/{sha(content)}/upload").json["offset"] == 5000
    span = f"bytes 5000-{len(content) - 1}/{len(content)}"
    assert send("mei", card, content[5000:], name=sha(content), Content_Range=span).status_code == 201


@pytest.mark.parametrize(
    ("span", "status", "code"),
    [
        ("bytes 10-9/20", 422, "wrong_range"),
        ("bytes */100", 422, "wrong_range"),
        ("lines 0-2/3", 422, "wrong_range"),
        ("bytes 0-2/*", 422, "wrong_range"),
        ("bytes 0-99/200", 422, "wrong_range"),
        ("nonsense", 422, "wrong_range"),
        ("bytes 50-52/100", 409, "not_continued"),
        ("bytes 0-2/99999999", 413, "too_large"),
    ],
)
def test_a_range_that_does_not_fit_is_named(send: Any, declared: Any, span: str, status: int, code: str) -> None:
    content = shot()
    answer = send("mei", declared(content), b"abc", name=sha(content), Content_Range=span)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_two_connections_with_the_same_photo_make_one_receipt(real_town: Town) -> None:
    content = shot((1600, 1200))
    card = real_town.report(photos=[{"sha256": sha(content)}])
    headers = {"Authorization": f"Bearer {real_town.key('mei')}", "X-Device-Id": device("mei")}
    path = f"/api/v1/events/{card['id']}/photos/{sha(content)}"
    answers: list[Any] = []

    def put() -> None:
        answers.append(FlaskClient(real_town.app, Response).put(path, data=content, headers=headers))

    threads = [threading.Thread(target=put) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.data for answer in answers}) == 1
    lines = real_town.get("mei", f"/events/{card['id']}").json["timeline"]
    assert [line["action"] for line in lines].count("photo.received") == 1


def test_no_connection_is_held_while_bytes_come_in(real_town: Town) -> None:
    content = shot()
    card = real_town.report(photos=[{"sha256": sha(content)}])
    in_use: list[int] = []

    class Watching(BytesIO):
        def readinto(self, buffer: Any, /) -> int:
            in_use.append(db.engine.pool.checkedout())  # type: ignore[attr-defined]
            return super().readinto(buffer)

    headers = {"Authorization": f"Bearer {real_town.key('mei')}", "X-Device-Id": device("mei")}
    db.session.remove()
    db.engine.dispose()  # what was committed is told of on a connection too, a moment later: that is over now
    answer = FlaskClient(real_town.app, Response).put(
        f"/api/v1/events/{card['id']}/photos/{sha(content)}",
        input_stream=Watching(content),
        content_length=len(content),
        headers=headers,
    )
    assert answer.status_code == 201
    assert in_use
    assert max(in_use) == 0


def test_an_unknown_event_takes_no_bytes(town: Town) -> None:
    headers = {"Authorization": f"Bearer {town.key('mei')}", "X-Device-Id": device("mei")}
    path = f"/api/v1/events/{new_id()}/photos/{sha(b'abc')}"
    assert town.app.test_client().put(path, data=b"abc", headers=headers).status_code == 404
    assert not list((town.app.config["GRIDWHISTLE"].photos / "partial" / str(town.persons["mei"])).glob(sha(b"abc")))
