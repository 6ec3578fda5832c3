"""The facade's second half (本人事项): duty, messages, own numbers, the map, settings of this phone.

Job: what ``Field`` gives to screens besides items and what is done to them.
Never: be used by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mobile.core import places
from mobile.core.shapes import Duty, Inbox, MapView, Notice

if TYPE_CHECKING:
    from mobile.core.account import Account
    from mobile.core.cards import Cards
    from mobile.core.client import Client
    from mobile.core.clock import Clock
    from mobile.core.courier import Courier
    from mobile.core.duty import DutyBook
    from mobile.core.grids import Grids
    from mobile.core.inbox import Messages
    from mobile.core.pages import Pages
    from mobile.core.store import Store
    from mobile.core.tiles import Tiles


class OwnThings:
    """Duty, messages, numbers, map and settings of the person whose phone this is."""

    account: Account
    cards: Cards
    client: Client
    clock: Clock
    courier: Courier
    duties: DutyBook
    grids: Grids
    messages: Messages
    pages: Pages
    store: Store
    tiles: Tiles

    def go_on_duty(self) -> Duty:
        """Go on duty now: the position is shared with nobody else, kept on this phone and sent, until off duty."""
        return self.duties.start()

    def go_off_duty(self) -> Duty:
        """Go off duty now: no further position is kept."""
        return self.duties.end()

    @property
    def duty(self) -> Duty:
        """Return whether I am on duty."""
        return self.duties.view()

    def inbox(self) -> Inbox:
        """Return the messages, newest first."""
        return self.messages.view()

    def alarms(self) -> list[Notice]:
        """Return the unread alarms of the last hours, newest first: shown over everything, told loudly."""
        return self.messages.alarms(self.clock.now())

    def mark_read(self, ids: Sequence[str]) -> None:
        """Mark messages as read, here at once and on the server when there is a network."""
        self.messages.mark_read(ids)

    def put_aside(self, notice_id: str, reason_code: str, *, is_answered: bool) -> None:
        """Put an alarm aside with a reason of the server's lists; it is sent like any act, at its true moment."""
        self.messages.put_aside(notice_id, reason_code, self.clock.iso(), is_answered=is_answered)
        self.courier.wake()

    def track(self) -> list[Mapping[str, Any]]:
        """Return my own positions of the last days, newest first: at, lon, lat, accuracy_m (EPSG:4490)."""
        self.courier.want("track")
        return self.duties.track(self.pages.body("track", {"items": []})["items"])

    def workload(self) -> Mapping[str, Any]:
        """Return my own work in numbers ({} before it was told): docs/api.md, GET /me/workload."""
        self.courier.want("workload")
        return self.pages.body("workload", {})  # type: ignore[no-any-return]

    def map(self) -> MapView:
        """Return outlines, events and whistles with places, density; asks the server for news."""
        self.courier.want("map")
        events, calls = self.cards.points(self.clock), self.cards.calls(self.clock)
        return places.map_view(self.grids, events, calls, self.pages, self.account.me)

    # --- whom and what to name --------------------------------------------------------------------------------------

    def colleagues(self) -> list[Mapping[str, Any]]:
        """Return whom a form may name as responsible: id, name, role, unit_code, as last told."""
        return list(self.pages.body("colleagues", {"items": []})["items"])

    def code(self, whistle_id: str) -> Mapping[str, Any]:
        """Return {code, valid_s, meeting_code?}, the caller's code to show. Blocks: use ``aside``; raises Trouble."""
        return self.client.call("GET", f"/whistles/{whistle_id}/code").body  # type: ignore[no-any-return]

    def choose_tiles(self, source: Mapping[str, Any] | None) -> None:
        """Keep where the pictures below the map come from; None: nowhere. See ``mobile.core.tiles`` for the forms."""
        self.prefer("map_tiles", dict(source) if source else None)
        self.tiles.forget_failures()

    # --- settings of this phone -------------------------------------------------------------------------------------

    def preference(self, name: str, default: Any = None) -> Any:
        """Return a setting of this phone, such as font_size, outdoor, voice, night."""
        return self.store.kept(f"preference.{name}", default)

    def prefer(self, name: str, value: Any) -> None:
        """Keep a setting of this phone."""
        self.store.keep(f"preference.{name}", value)
