"""An alarm that cannot be missed (警报): the whole screen, sound and vibration again and again until it is answered.

Job: what, where, how long already; respond in two taps, or put it aside with a reason.
Never: go away by itself, by the key "back", or because another page was wanted.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from kivy.clock import Clock
from kivy.metrics import Metrics

from mobile.core.shapes import Card, Notice
from mobile.page import Page
from mobile.screens.alarm_parts import Big, Ground, Icon2, white
from mobile.screens.opening import do, open_item
from mobile.screens.respond import choices
from mobile.widgets import moments
from mobile.widgets.boxes import Column, Row
from mobile.widgets.text import Words
from mobile.widgets.ticking import left

RINGS_EVERY_S = 12.0
BUZZ = (0, 700, 250, 700, 250, 700)
ANSWERED, LATER = "alarm.answered", "alarm.later"
"""The server's lists of reasons: after the first it is answered, after the second it rings again."""
AGAIN_MIN = 5
"""Minutes after which it rings again, before the server has told them."""
TIGHT_FROM = 1.2
"""Letters larger than this leave no room for the bell: what has happened must be seen at once."""
KEPT = "alarms_aside"
KEPT_MAX = 50


class AlarmPage(Page):
    """The newest unread alarm."""

    is_bare = True
    topics = frozenset({"cards", "inbox", "alarm"})

    def build(self) -> None:
        """Draw the alarm and ring."""
        self.notice: Notice | None = None
        self.chosen: datetime | None = None
        self.asks_why = False
        self.ground = Ground()
        self.add_widget(self.ground)
        self._drawn: Any = None
        self.clock: Words | None = None
        self.rings = [Clock.schedule_interval(self._ring, RINGS_EVERY_S), Clock.schedule_interval(self._beat, 1.0)]
        self.refresh()
        self._ring()

    def leave(self) -> None:
        """Be silent."""
        for ring in self.rings:
            ring.cancel()
        self.app.device.silence()

    def on_back(self) -> bool:
        """The key "back" answers nothing."""
        if self.asks_why:
            self._turn(False)
        else:
            self.app.tell("请先响应，或选“放一放”说明原因", "amber", "bell-ring")
        return True

    # --- which ------------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the newest alarm that nobody answered; go when there is none."""
        waiting = unanswered(self.app)
        if not waiting:
            self._go()
            return
        if self.notice is None or self.notice.id not in {one.id for one in waiting}:
            self.notice, self.chosen, self.asks_why = waiting[0], None, False
        self._show()

    @property
    def card(self) -> Card | None:
        """Return the item the alarm is about, when it is known already."""
        return self.field.card(*self.notice.item) if self.notice and self.notice.item else None

    def _go(self) -> None:
        if not self.is_left and self.app.page is self:
            self.app.close()

    # --- drawing ----------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        card = self.card
        drawn = (self.notice, self.chosen, self.asks_why, card and (card["revision"], card["state"]["code"]))
        if drawn == self._drawn or self.notice is None:
            return
        self._drawn = drawn
        middle = self._why() if self.asks_why else self._told(self.notice, card)
        buttons = self._reasons() if self.asks_why else self._buttons(card)
        self.ground.refill(middle, buttons)

    def _told(self, notice: Notice, card: Card | None) -> Column:
        whistle = (card or {}).get("whistle") or {}
        kind = (whistle.get("kind_code") or {}).get("zh") or notice.title.partition("：")[0]
        is_tight = Metrics.fontscale > TIGHT_FROM
        size = "title" if is_tight else "huge"
        bell = [] if is_tight else [Icon2("bell-ring", 52)]
        self.clock = white("", size)
        where = self.field.grids.name((card or {}).get("grid_code"))
        lines = [whistle.get("reason") or notice.body, where, (card or {}).get("no") or notice.title.partition("：")[2]]
        self._beat()
        return Column(
            *bell, white(kind, size), self.clock,
            *(white(line, "head" if n == 0 else "body") for n, line in enumerate(lines) if line),
            gap=12, pad=(20, 22, 20, 12),
        )  # fmt: skip

    def _buttons(self, card: Card | None) -> Column:
        acts = {one["act"] for one in card["actions"]} if card else set()
        if card and card["kind"] == "check_in" and "respond" in acts:
            times = [self._time(words, moment) for words, moment in self._choices(card)]
            half = (len(times) + 1) // 2
            main = Big(self._respond_words(), self._respond, "run-fast", filled=self.chosen is not None)
            made: list[Any] = [
                white("多久能到现场？", "body"),
                Row(*times[:half], gap=10),
                Row(*times[half:], gap=10),
                main,
            ]
        else:
            made = [Big("打开看", self._open, "eye-outline", filled=True)]
        return Column(*made, Big("放一放", lambda: self._turn(True), "", filled=False), gap=10, pad=(16, 8, 16, 16))

    def _choices(self, card: Card) -> list[tuple[str, datetime]]:
        """Return the same moments while the page is open, so that a chosen one stays chosen."""
        key = card["id"]
        if getattr(self, "_times", (None,))[0] != key:
            self._times: Any = (key, choices(card, self.field.clock.now())[:4])
        return self._times[1]  # type: ignore[no-any-return]

    def _time(self, words: str, moment: datetime) -> Big:
        is_chosen = moment == self.chosen
        sign = "check" if is_chosen and Metrics.fontscale <= TIGHT_FROM else ""
        return Big(words, lambda: self._choose(moment), sign, filled=is_chosen)

    def _respond_words(self) -> str:
        if self.chosen is None:
            return "我响应"
        return f"我响应：{moments.at(self.chosen, self.field.clock.now())} 到"

    def _why(self) -> Column:
        is_tight = Metrics.fontscale > TIGHT_FROM
        sign = [] if is_tight else [Icon2("timer-sand", 60)]
        return Column(*sign, white("为什么放一放？", "title"), gap=12, pad=(20, 16 if is_tight else 40, 20, 12))

    def _reasons(self) -> Column:
        minutes = int(self.field.catalogue.settings.get("alarm_again_min", AGAIN_MIN))
        reasons = self.field.catalogue.reasons
        told = [(one["code"], one["zh"], 0) for one in reasons(ANSWERED)]
        told += [(one["code"], f"{one['zh']}，{minutes} 分钟后再响", minutes) for one in reasons(LATER)]
        made = [Big(one[1], lambda one=one: self._put_aside(*one), "", filled=True) for one in told]
        return Column(
            *made, Big("不放了，回去响应", lambda: self._turn(False), "", filled=False), gap=10, pad=(16, 8, 16, 16)
        )

    def _beat(self, _: float = 0) -> None:
        if self.is_left:
            self.leave()
        card = self.card
        if self.clock is None or self.asks_why:
            return
        running = [one for one in (card or {}).get("clocks", ()) if one.get("due_at") and not one.get("stopped_at")]
        first = min(running, key=lambda one: one["due_at"], default=None)
        if first:
            self.clock.said = f"{first['zh']} {left(first['due_at'], self.field.clock.now())[0]}"

    # --- ringing and answering --------------------------------------------------------------------------------------

    def _ring(self, _: float = 0) -> None:
        if self.notice and not self.is_left:
            self.app.device.alarm(self.notice.title, self.notice.body, self.notice.item)
            self.app.device.vibrate(BUZZ)

    def _turn(self, asks_why: bool) -> None:
        self.asks_why = asks_why
        self._show()

    def _choose(self, moment: datetime) -> None:
        self.chosen = moment
        self._show()

    def _respond(self) -> None:
        card = self.card
        if card is None or self.chosen is None:
            self.app.tell("请先选多久能到", "amber", "alert-outline")
            return
        if do(self.app, card, "respond", {"expected_at": self.chosen.isoformat()}):
            self._answered()
            self.app.go("check_in", kind="check_in", id=card["id"])

    def _open(self) -> None:
        item = self.notice.item if self.notice else None
        self._answered()
        if item:
            open_item(self.app, *item)

    def _put_aside(self, code: str, words: str, minutes: int) -> None:
        """Note why; ring again after ``minutes``, or count it as answered."""
        if self.notice is None:
            return
        now = self.field.clock.now()
        noted = dict(list((self.field.preference(KEPT) or {}).items())[-KEPT_MAX:])
        again = (now + timedelta(minutes=minutes)).isoformat() if minutes else None
        noted[self.notice.id] = {"why": words, "at": now.isoformat(), "again": again}
        self.field.prefer(KEPT, noted)
        self.field.put_aside(self.notice.id, code, is_answered=not minutes)
        self._answered(read=False)
        raise_alarm(self.app)

    def _answered(self, *, read: bool = True) -> None:
        notice, self.notice = self.notice, None
        self.app.device.silence()
        if notice and read:
            self.field.mark_read([notice.id])
        self._drawn = None
        self.refresh()


def unanswered(app: Any) -> list[Notice]:
    """Return the alarms that still ring, newest first: unread, and not put aside until later."""
    held = resting(app)
    return [one for one in app.field.alarms() if one.id not in held]


def resting(app: Any) -> dict[str, datetime]:
    """Return the unread alarms that were put aside, and when each rings again."""
    noted, now = app.field.preference(KEPT) or {}, app.field.clock.now()
    again = {one.id: moments.read(noted.get(one.id, {}).get("again")) for one in app.field.alarms()}
    return {id: moment for id, moment in again.items() if moment is not None and moment > now}


def raise_alarm(app: Any) -> None:
    """Show the alarm page when an alarm rings and is not shown already; see to those that rest, also after a start."""
    if app.gate is not None:
        return
    if unanswered(app) and not any(page.name == "alarm" for page in app.pages):
        app.go("alarm")
    if waking := getattr(app, "waking", None):
        waking.cancel()
    if held := resting(app):
        wait = min(held.values()) - app.field.clock.now()
        app.waking = Clock.schedule_once(lambda _: raise_alarm(app), max(wait.total_seconds(), 0) + 1)
