"""Pages that hang open are drawn once for all who see the same (共看): the stream shows them, nobody asks.

Job: know who looks at what, which of it has changed, draw it anew in rounds and hand it over.
Never: know a page or a scope (``Part`` does), or hand a part to somebody who was not asked about in that very round.

A line marks what its hearers look at; what many lines changed is drawn once. After a round it rests, so
that drawing never takes all of a process, and what a reader has not taken yet is replaced by what is newer.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from server.access import Actor, Hat
from server.stream.guard import AT_ONCE, ask
from server.stream.hub import Client, Hub, Message

HANDS = 4
"""Parts drawn at the same time: one waits for the database while another is put together."""
REST_S, REST_TIMES = 0.1, 0.2
"""The shortest rest after a round, and how many times as long as the round it is; meanwhile changes gather."""
RETRY_S = 0.5
ALONE = b"event: alone\ndata: {}\n\n"
"""Says that the reader sees what others of the post do not, and must ask for the part alone."""

log = logging.getLogger(__name__)


Heard = frozenset[str] | None
"""The actions heard of, all of them; None where something may have gone unheard."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page: for whom it is the same (None: for nobody else), and how it is drawn for all of them."""

    alike: Callable[[Actor], Hashable | None]
    draw: Callable[[Any, str, Heard], str]
    """Called with what ``alike`` gave, the code of a language and what has happened since it was drawn for these."""


class Sight(NamedTuple):
    """What is drawn once: which part, for whom, in which language."""

    part: str
    alike: Hashable
    language: str


@dataclass(slots=True)
class Look:
    """How one reader looks on; ``sight`` is None for who must ask alone, ``hats`` are those it was found by."""

    part: str
    language: str
    sight: Sight | None = None
    hats: tuple[Hat, ...] | None = None


class Shown:
    """Everybody who looks on in this process."""

    def __init__(self, app: Flask, hub: Hub, parts: Mapping[str, Part]) -> None:
        self.app, self.hub, self.parts = app, hub, parts
        self.looks: dict[Client, Look] = {}
        self.changed: dict[Sight, Heard] = {}
        self.doubtful: set[Client] = set()
        self.woken = threading.Event()
        self.hands = ThreadPoolExecutor(HANDS, "shown")
        hub.notice = self.heard

    def join(self, client: Client, part: str, language: str) -> None:
        """Let ``client`` look on from now; it is shown the part at once, for much may have happened meanwhile."""
        self.looks[client] = Look(part, language)
        self._doubt(client)

    def leave(self, client: Client) -> None:
        """Forget ``client``."""
        self.looks.pop(client, None)
        self.doubtful.discard(client)

    def heard(self, message: Message, clients: set[Client]) -> None:
        """Note that what ``clients`` look at has changed; who is named in person may see more than the post now."""
        for client in self.looks.keys() & clients:
            sight = self.looks[client].sight
            if f"p:{client.owner.person_id}" in message.tags:
                self._doubt(client)
            elif sight:
                self._change(sight, frozenset({message.action}))
                self.woken.set()

    def _change(self, sight: Sight, heard: Heard) -> None:
        before = self.changed.get(sight, frozenset())
        self.changed[sight] = None if before is None or heard is None else before | heard

    def _doubt(self, client: Client) -> None:
        self.doubtful.add(client)
        self.woken.set()

    def run(self) -> None:
        """Draw round after round until the process ends."""
        while True:
            self.woken.wait()
            self.woken.clear()
            began = time.monotonic()
            try:
                self.round()
            except SQLAlchemyError as error:
                log.warning("the database is away: %s", type(error).__name__)
                self.woken.set()
                time.sleep(RETRY_S)
            except Exception:
                log.exception("a part could not be drawn; who looks at it asks for it")
            time.sleep(max(REST_S, REST_TIMES * (time.monotonic() - began)))

    def round(self) -> None:
        """Draw what has changed and hand it to those who may see it now; what fails is left for the next round."""
        with self.app.app_context():
            self._look_again()
        for _ in self.hands.map(self._show, tuple(self.changed)):
            pass

    def _show(self, sight: Sight) -> None:
        """Draw a part and hand it over, while others wait for the database."""
        lookers = [client for client, look in self.looks.items() if look.sight == sight]
        heard = self.changed.pop(sight)
        try:
            if lookers:
                with self.app.app_context():
                    self._hand(lookers, self.parts[sight.part].draw(sight.alike, sight.language, heard))
        except BaseException:
            self._change(sight, None)
            raise

    def _look_again(self) -> None:
        """Ask who of those concerned may still look, and find anew for whom it is the same where that is in doubt."""
        concerned = [one for one, look in self.looks.items() if one in self.doubtful or look.sight in self.changed]
        for start in range(0, len(concerned), AT_ONCE):
            ask(self.hub, concerned[start : start + AT_ONCE])
        for client in concerned:
            look = self.looks.get(client)
            if look and (client in self.doubtful or look.hats != client.owner.hats):
                self.doubtful.discard(client)
                try:
                    self._find(client, look)
                except SQLAlchemyError:
                    self.doubtful.add(client)
                    raise

    def _find(self, client: Client, look: Look) -> None:
        look.hats = client.owner.hats
        alike = self.parts[look.part].alike(client.owner)
        look.sight = None if alike is None else Sight(look.part, alike, look.language)
        if look.sight:
            self._change(look.sight, None)
        else:
            client.show(ALONE)

    def _hand(self, lookers: Sequence[Client], drawn: str) -> None:
        data = b"event: shown\ndata: %b\n\n" % orjson.dumps(drawn)
        for client in lookers:
            if client in self.looks and not client.closing:
                client.show(data)
