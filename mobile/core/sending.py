"""Sending one saved thing (发送): its request, or a photo or voice note in parts; what the answer means for it.

Job: send, judge the answer by one table, store it with all that follows in one transaction.
Never: decide what goes next, or try again by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mobile.core import telling
from mobile.core.attachments import VOICE, way_of
from mobile.core.client import NotReached, Reply
from mobile.core.store import Row

if TYPE_CHECKING:
    from mobile.core.field import Field

PART = 256 * 1024
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
SIGN_IN, FORBIDDEN = 401, 403
CONFLICT = 202
GOOD = frozenset({200, 201, 204})
HAS_NO_DRAFT = frozenset({"positions", "read", "put_aside"})
"""Acts whose refusal needs nobody's attention: a track outside the shifts, a message no longer there."""


class Paused(Exception):
    """The server no longer knows who we are, or has this phone wiped: nothing more goes out."""


class Later(Exception):
    """This one must be tried again later; others may go on. ``wait_s``: not before."""

    def __init__(self, wait_s: float = 0.0) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s


class Sender:
    """Sends for ``field``."""

    def __init__(self, field: Field) -> None:
        self._field = field

    def request(self, row: Row) -> None:
        """Send a saved request and store its answer.

        Raises:
            NotReached, Later: try again. Paused: stop.
        """
        field, told = self._field, self._field.letters.contents(row)
        try:
            reply = field.client.send(row["method"], row["path"], told["body"], headers={"Idempotency-Key": row["id"]})
        except NotReached as problem:
            field.letters.failed(row["id"], *telling.not_reached(problem.kind))
            raise
        check(field, reply)
        if reply.status in AGAIN:
            field.letters.failed(row["id"], *telling.not_reached("busy"))
            raise Later(_retry_after(reply.headers))
        if reply.status == FORBIDDEN and _code(reply) == "must_change_password":
            field.letters.failed(row["id"], *telling.PASSWORD_FIRST)
            raise Paused
        with field.store.writing():
            self._settle(row, reply)
        field.hearers.tell("outbox", "cards", "today", "drafts")

    def _settle(self, row: Row, reply: Reply) -> None:
        field = self._field
        if reply.status in GOOD:
            field.letters.settled(row["id"], "done", reply.body if isinstance(reply.body, Mapping) else {})
            self._keep_card(reply.body)
            self._look_again(row)
        elif reply.status == CONFLICT and isinstance(reply.body, Mapping):
            field.letters.settled(row["id"], "conflict", reply.body, (*telling.CONFLICT, "conflict"))
            self._keep_card(reply.body.get("card"))
        else:
            self._refuse(row, reply)

    def _refuse(self, row: Row, reply: Reply) -> None:
        field = self._field
        sentence, advice, code, errors = telling.refused(reply.status, reply.body)
        state = "done" if row["act"] in HAS_NO_DRAFT else "rejected"
        field.letters.settled(row["id"], state, reply.body, (sentence, advice, code))
        if state == "rejected":
            stored = reply.body.get("stored") if isinstance(reply.body, Mapping) else None
            field.papers.of_refused(row["id"], errors, stored)
            self._look_again(row, also_itself=True)

    def _look_again(self, row: Row, *, also_itself: bool = False) -> None:
        """Ask for the card of the item a part belongs to; of a refused act for that of its own item."""
        about = self._field.letters.contents(row).get("about")
        if about or also_itself:
            kind, id = about or (row["item_kind"], row["item_id"])
            self._field.courier.want(f"card:{kind}:{id}")

    def _keep_card(self, body: Any) -> None:
        if isinstance(body, Mapping) and {"kind", "id", "revision", "state"} <= body.keys():
            self._field.cards.keep(body, self._field.clock.iso())

    # --- attachments ------------------------------------------------------------------------------------------------

    def photo(self, row: Row) -> None:
        """Send a photo or voice note from where the server's copy ends, part by part.

        Raises:
            NotReached, Later, Paused.
        """
        field = self._field
        content = field.album.own(row["sha256"])
        if content is None:
            field.letters.photo_settled(
                row["item_id"], row["sha256"], "rejected", telling.FILE_MISSING[row["kind"] == VOICE]
            )
            return
        offset: int | None = self._offset(row) if row["sent"] else 0
        begun_anew = False
        while offset is not None:
            reply = self._part(row, content, offset)
            if reply.status in (200, 201):
                field.letters.photo_settled(row["item_id"], row["sha256"], "done")
                return
            if _code(reply) == "other_photo" and not begun_anew:
                begun_anew, offset = True, 0
            else:
                offset = self._go_on(row, reply)

    def _part(self, row: Row, content: bytes, offset: int) -> Reply:
        part = content[offset : offset + PART]
        said = {
            "Content-Type": way_of(row["kind"])[1],
            "Content-Range": f"bytes {offset}-{offset + len(part) - 1}/{len(content)}",
        }
        self._field.letters.photo_sent(row["item_id"], row["sha256"], max(offset, 1))
        reply = self._field.client.send("PUT", photo_path(row), data=part, headers=said)
        check(self._field, reply)
        if reply.status in AGAIN:
            raise Later(_retry_after(reply.headers))
        return reply

    def _go_on(self, row: Row, reply: Reply) -> int | None:
        """Return where to go on after a part; None when the photo was refused for good."""
        told = reply.body if isinstance(reply.body, Mapping) else {}
        if reply.status == CONFLICT or told.get("code") == "not_continued":
            return int(told.get("offset", 0))
        self._field.letters.photo_settled(
            row["item_id"], row["sha256"], "rejected", telling.refused(reply.status, told)[0]
        )
        return None

    def _offset(self, row: Row) -> int:
        reply = self._field.client.send("GET", f"{photo_path(row).partition('?')[0]}/upload")
        check(self._field, reply)
        is_open = reply.ok and not reply.body.get("received")
        # all bytes there, yet not received: the server died in between; the last byte again makes it look anew
        return max(0, min(int(reply.body["offset"]), int(row["size"]) - 1)) if is_open else 0


def check(field: Field, reply: Reply) -> None:
    """Stop everything when the server no longer knows this phone, or wants it erased; raises Paused."""
    if reply.status != SIGN_IN:
        return
    if _code(reply) == "device_wiped":
        field.account.wipe()
    else:
        field.account.refused()
    raise Paused


def _code(reply: Reply) -> str:
    return str(reply.body.get("code", "")) if isinstance(reply.body, Mapping) else ""


def photo_path(row: Row) -> str:
    """Return the address of an attachment: below the item its sending was about."""
    item = row["path"].partition(row["item_id"])[0] + row["item_id"]
    return f"{item}/{way_of(row['kind'])[0]}/{row['sha256']}?kind={row['kind']}"


def _retry_after(headers: Mapping[str, str]) -> float:
    text = headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 0.0
