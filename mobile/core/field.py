"""The facade (外观): all that screens call. Reads are SQLite and quick; what is saved is on disk when a call returns.

Job: one object that the app holds; sending and fetching run in one worker thread (``mobile.core.courier``).
Never: import kivy; know a rule of the district: labels, forms, acts and due times come from the server.

``listen(fn)`` tells of changes, from any thread: fn gets a frozenset of topics out of account, outbox, drafts, cards,
today, inbox, catalogue, grids, map, duty, track, workload, alarm, tiles. A screen goes over to its own thread and reads
again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mobile.core import acts, places
from mobile.core.account import Account
from mobile.core.album import SOUND, Album
from mobile.core.attachments import Photo
from mobile.core.cards import Cards, position_of
from mobile.core.catalogue import Catalogue
from mobile.core.client import Client
from mobile.core.clock import Clock
from mobile.core.courier import Courier, Pace
from mobile.core.drafts import Drafts
from mobile.core.duty import DutyBook
from mobile.core.grids import Grids
from mobile.core.hearers import Hearers
from mobile.core.inbox import Messages
from mobile.core.outbox import Outbox
from mobile.core.own_things import OwnThings
from mobile.core.pages import Pages
from mobile.core.shapes import Answer, Card, Draft, Facts, Fix, Me, Near, OutboxView, Place, Row, Today, Trouble
from mobile.core.store import Store
from mobile.core.tiles import Tiles

WAKING = frozenset({"account", "duty"})
"""Topics after which the courier looks at once: somebody signed in; a shift began or ended."""


class Field(OwnThings):
    """The field app without a screen; ``mobile.core.opening.open_field`` puts it together."""

    def __init__(self, store: Store, client: Client, device: Any, clock: Clock, pace: Pace | None = None) -> None:
        self.store, self.client, self.device, self.clock = store, client, device, clock
        self.hearers = Hearers(store.after_commit)
        self.pages = Pages(store, clock)
        self.catalogue = Catalogue(self.pages, store)
        """Labels, lists and forms as the server gave them: see ``mobile.core.catalogue.Catalogue``."""
        self.grids = Grids(store)
        self.album = Album(store, clock)
        self.account = Account(store, client, device, clock, self.hearers)
        self.letters = Outbox(store, clock, self.account, self.hearers)
        self.papers = Drafts(store, clock, self.letters, self.hearers)
        self.cards = Cards(store, self.pages, self.catalogue, self.grids, self.letters, self.account)
        self.duties = DutyBook(store, clock, self.letters, device, self.hearers)
        self.messages = Messages(store, self.letters, self.hearers)
        self.tiles = Tiles(store.folder, client, self.hearers, lambda: self.preference("map_tiles"))
        """Pictures below the map, where this phone has a source of them: see ``mobile.core.tiles.Tiles``."""
        self.courier = Courier(self, pace)
        self.hearers.add(lambda topics: self.courier.wake() if WAKING & topics else None)

    # --- life -------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the worker thread; call once when the app opens. A network that appears is used at once."""
        self.device.on_network(lambda is_there: self.sync_now() if is_there else None)
        self.duties.follow()
        self.tidy()
        self.courier.start()

    def tidy(self) -> None:
        """Forget what was answered long ago, drafts nobody came back to, and photos that nothing names any more."""
        self.papers.tidy(int(self.catalogue.settings.get("draft_days", 7)))
        self.letters.tidy()
        self.cards.tidy()
        self.duties.tidy(int(self.catalogue.settings.get("track_days", 30)))
        self.album.tidy({*self.letters.photo_names(), *self.papers.photo_names()})

    def stop(self) -> None:
        """Stop the worker thread; what is saved stays saved."""
        self.courier.stop()

    def to_front(self) -> None:
        """The app is seen: fetch what is new, follow the live stream."""
        self.courier.to_front()

    def to_back(self) -> None:
        """The app is not seen: no polling; what waits is still sent."""
        self.courier.to_back()

    def sync_now(self) -> None:
        """Send and fetch at once, without waiting for the next try; returns immediately."""
        self.courier.hurry()

    def listen(self, fn: Callable[[frozenset[str]], Any]) -> Callable[[], None]:
        """Call ``fn(topics)`` after every change, from any thread; the returned function ends that."""
        return self.hearers.add(fn)

    def aside(self, work: Callable[[], Any], done: Callable[[Any], Any]) -> None:
        """Run ``work`` in a thread of its own and hand its result, or its Trouble, to ``done`` in that thread."""

        def run() -> None:
            try:
                result = work()
            except Trouble as trouble:
                result = trouble
            try:
                done(result)
            finally:
                self.store.close()
                self.device.leave_thread()

        threading.Thread(target=run, daemon=True, name="aside").start()

    # --- account ----------------------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """Return new (enrol first), locked (ask for the PIN), open, signed_out (enrol again, all kept) or wiped."""
        return self.account.state

    def enrol(self, code: str) -> Answer:
        """Enrol this phone with the office's one-time code, typed or as read from its QR. Blocks: use ``aside``."""
        return self._welcomed(self.account.enrol(code))

    def enrol_password(self, username: str, password: str, otp: str | None = None) -> Answer:
        """Enrol by user name and password. Blocks: use ``aside``; code second_factor_needed: ask for otp."""
        return self._welcomed(self.account.enrol_password(username, password, otp))

    def _welcomed(self, answer: Answer) -> Answer:
        if answer.ok:
            self.courier.hurry()
        return answer

    def change_password(self, old: str | None, new: str) -> Answer:
        """Set a new password on the server. Blocks: use ``aside``; ``me.must_change_password`` says when it is due."""
        return self._welcomed(self.account.change_password(old, new))

    def set_pin(self, pin: str) -> Answer:
        """Set the PIN (4 to 8 digits) that opens the app on this phone."""
        return self.account.set_pin(pin)

    def unlock(self, pin: str) -> Answer:
        """Open the app; after too many wrong tries the phone is signed out, and nothing is lost."""
        return self.account.unlock(pin)

    def lock(self) -> None:
        """Ask for the PIN again."""
        self.account.lock()

    def sign_out(self) -> None:
        """End the sign-in; what waits to be sent stays and goes on after the same person enrols again."""
        self.account.sign_out()

    @property
    def me(self) -> Me | None:
        """Return who I am, as last told; None before enrolment."""
        return self.account.me

    @property
    def roles(self) -> frozenset[str]:
        """Return the codes of my roles, such as GWF, GLD, TWD, DPH."""
        return self.account.roles

    # --- items ------------------------------------------------------------------------------------------------------

    def today(self) -> Today:
        """Return what is mine, sorted by the next moment, with the outbox in one sentence."""
        return self.cards.today(self.outbox, self.duties.view(), self.clock)

    def items(self, kind: str, *, state: str = "", open: bool | None = None, query: str = "") -> list[Row]:
        """Return the known items of a kind, newest first, unsent ones included; also asks the server for news."""
        self.courier.want(f"list:{kind}")
        return self.cards.rows(kind, self.clock, state=state, open=open, query=query)

    def card(self, kind: str, id: str) -> Card | None:
        """Return the card as last told (None: not known yet) and ask for a newer one; topic "cards" tells of it."""
        self.courier.want(f"card:{kind}:{id}")
        return self.cards.card(kind, id)

    def photo(self, sha256: str, card: Card | None = None, size: str = "view") -> bytes | None:
        """Return the bytes of a photo when the phone has them; with a card, one it lacks is fetched (topic "cards")."""
        found = self.album.bytes_of(sha256, size)
        if found is None and card is not None:
            self.courier.want(f"photo:{card['kind']}:{card['id']}:{sha256}:{size}")
        return found

    def voice(self, sha256: str, card: Card | None = None) -> bytes | None:
        """Return a voice note when the phone has it; with a card, one it lacks is fetched (topic "cards")."""
        found = self.album.bytes_of(sha256, SOUND)
        if found is None and card is not None:
            self.courier.want(f"voice:{card['kind']}:{card['id']}:{sha256}")
        return found

    # --- reporting and acting ---------------------------------------------------------------------------------------

    def place(self, fix: Fix | None, lon: float | None = None, lat: float | None = None, crs: str = "wgs84") -> Place:
        """Return where a fix lies; ``lon, lat, crs`` are those of a pin the worker moved, which then counts."""
        return places.place(self.grids, self.catalogue, fix, lon, lat, crs)

    def keep_photo(self, source: Path | bytes, kind: str = "before") -> Photo:
        """Shrink a picture (no metadata stays) and keep it; Trouble when it is none. Some 0.5 s: use ``aside``."""
        return self.album.keep(source, kind)

    def keep_voice(self, content: bytes, seconds: float) -> Photo:
        """Keep what the recorder gave; Trouble when it is nothing. Writes to disk: use ``aside``."""
        return self.album.keep_voice(content, seconds)

    def new_draft(self, kind: str = "event", act: str = "report", facts: Facts | None = None) -> Draft:
        """Return a fresh draft, saved; ``save`` it as it grows: it survives a kill."""
        return self.papers.new(kind, act, self.catalogue.act_zh(kind, act), facts or {})

    def save(self, draft: Draft) -> Draft:
        """Save a draft as it is now (``dataclasses.replace`` its facts and photos)."""
        return self.papers.save(draft)

    def drop(self, draft: Draft) -> None:
        """Throw a draft away for good; with its last trace goes the card of an item the server never had."""
        self.papers.drop(draft)
        id = draft.item_id
        sent = any(row["state"] != "dropped" for row in self.letters.of_item(id, only_open=False))
        if not sent and all(one.item_id != id for one in self.drafts()):
            self.cards.forget_local(id)
            self.hearers.tell("cards", "today")

    def drafts(self) -> list[Draft]:
        """Return the drafts, refused ones first, then the newest."""
        return self.papers.all()

    def duplicates(self, draft: Draft, fix: Fix | None = None) -> list[Near]:
        """Return the open events of its category near the draft's pin, else ``fix``, known here; nearest first."""
        return self.cards.near(draft, position_of(draft, fix), self.clock.now())

    def faults(self, draft: Draft) -> Mapping[str, str]:
        """Return field → Chinese sentence of what the form still wants; for comfort, the server decides."""
        return self.catalogue.faults(draft.kind, draft.act, draft.facts, draft.photos)

    def report(self, draft: Draft, fix: Fix | None = None) -> str:
        """Save a report for sending and return the event's id: done once, the draft is gone, the card is there.

        facts: category, text, and of a moved pin lon, lat, crs; optional address, grid_choice, recurrence_of.
        """
        return acts.report(self, draft, fix)

    def submit(self, draft: Draft) -> str:
        """Save any other filled form for sending (blow a whistle, raise an objection …) and return the item's id."""
        return acts.create(self, draft)

    def act(self, card: Card, act: str, facts: Facts | None = None, photos: Sequence[Photo] = ()) -> str:
        """Save an act on an item for sending, true at this moment, and return the id of the sending."""
        return acts.act(self, card, act, dict(facts or {}), photos)

    def blow(self, kind: str, departments: Sequence[str], reason: str, event_id: str, **more: Any) -> str:
        """Save a whistle for sending and return its id; ``more``: why, law_article, ongoing, meet_at."""
        facts = {"kind": kind, "departments": list(departments), "reason": reason, "event_id": event_id} | more
        return acts.create(self, self.new_draft("whistle", "blow", facts))

    def check_in(
        self,
        card: Card,
        how: str,
        *,
        fix: Fix | None = None,
        code: str | None = None,
        photos: Sequence[Photo] = (),
    ) -> str:
        """Report in, signed on this device now: ``how`` is position (with a fix), code or meeting (with a code).

        Raises Trouble when the fix is too poor (more than 100 m): ask the caller for the code instead.
        """
        return acts.check_in(self, card, how, fix, code, photos)

    def mend(self, draft: Draft) -> str:
        """Send a refused draft again, as it is now; returns the item's id."""
        return acts.mend(self, draft)

    @property
    def outbox(self) -> OutboxView:
        """Return what waits, what was refused, what went, when last, and one plain sentence."""
        return self.letters.view(self.courier.link)

    def dismiss(self, sending_id: str) -> None:
        """Take a refused sending that has no draft (duty) out of sight once it was read."""
        self.letters.dismiss(sending_id)
