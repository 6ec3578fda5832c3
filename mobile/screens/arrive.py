"""Report in (报到): by where one stands, by the caller's code typed or scanned, at the meeting; also without a network.

Job: say in words whether the position will do, before it is sent; sign it here and now; say plainly that it is kept.
Never: take coordinates typed by hand, or judge for good: the server does, by the rule of the blow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gis import crs as systems
from gis import plain
from mobile.core.shapes import Fix, Trouble
from mobile.page import Page
from mobile.screens import scanned, senses
from mobile.screens.check_in import target
from mobile.widgets import arrow, moments
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column, Row, Scroll, Sheet
from mobile.widgets.buttons import Push
from mobile.widgets.fields import PinPad
from mobile.widgets.text import Icon, Words

DIGITS = 6
RADIUS_M, ACCURACY_M = 200, 100


def verdict(fix: Fix | None, there: tuple[float, float] | None, settings: Mapping[str, Any]) -> tuple[bool, str, str]:
    """Return whether a fix will likely do, what to say, and what to do; for comfort only."""
    radius = settings.get("check_in_radius_m", RADIUS_M)
    most = settings.get("check_in_accuracy_max_m", ACCURACY_M)
    if fix is None:
        return False, "还没有定位", "请到室外空旷处等一下；等不到可用报到码"
    if fix.is_mock:
        return False, "不能凭定位报到", "手机开着模拟定位：请关掉它，或用报到码"
    if fix.accuracy_m is None or fix.accuracy_m > most:
        said = f"误差约 {fix.accuracy_m:.0f} 米" if fix.accuracy_m is not None else "误差不明"
        return False, f"定位太不准（{said}）", f"误差 {most:.0f} 米以内才能凭定位报到：请到室外，或用报到码"
    if there is None:
        return False, "这张哨单没有位置", "请用报到码"
    away = away_m(fix, there)
    if away <= radius + fix.accuracy_m:
        return True, "可以报到", f"离现场 {arrow.far(away)}，误差约 {fix.accuracy_m:.0f} 米"
    return False, "还不能报到", f"离现场还有 {arrow.far(away)}，要走到 {radius:.0f} 米以内"


def away_m(fix: Fix, there: tuple[float, float]) -> float:
    """Return the metres from a fix to a point in EPSG:4490."""
    lon, lat = systems.convert(fix.lon, fix.lat, fix.crs, "cgcs2000")
    return float(plain.distance_m((float(lon), float(lat)), there))


class Arrive(Page):
    """Report in to the check-in ``id``; ``draft`` is a refused one."""

    title = "报到"
    tab = "whistles"

    def build(self) -> None:
        """Draw the ways to report in."""
        draft = self.given.get("draft")
        self.id = draft.item_id if draft else self.given["id"]
        self.card = self.field.card("check_in", self.id)
        self.fix: Fix | None = None
        self.watching: Any = None
        self.by_code = False
        self.column = Column(gap=14, pad=(14, 12, 14, 20))
        self.foot = Column(gap=8, pad=(14, 8, 14, 10))
        self.add_widget(Scroll(self.column))
        self.add_widget(self.foot)
        if self.card is None:
            self.column.refill(Words("手机里还没有这一条，联网后自动取来。"))
            return
        self.there = target(self.card)
        self.refused = [Note(draft.refused, "red", "cloud-alert", draft.advice)] if draft and draft.refused else []
        self.watching = senses.watch_position(self.app, self._positioned)
        self._show()

    def leave(self) -> None:
        """Stop the position."""
        if self.watching:
            senses.unwatch(self.app, self.watching)

    def on_back(self) -> bool:
        """From the keys for the code back to the position first."""
        if self.by_code:
            self._turn(False)
            return True
        return False

    def _positioned(self, fix: Fix) -> None:
        self.fix = fix
        if not self.by_code and not self.is_left:
            self._show()

    def _turn(self, by_code: bool) -> None:
        self.by_code = by_code
        self._show()

    def _show(self) -> None:
        if self.by_code:
            self._show_keys()
        else:
            self._show_place()

    # --- by position ------------------------------------------------------------------------------------------------

    def _show_place(self) -> None:
        good, said, advice = verdict(self.fix, self.there, self.field.catalogue.settings)
        tone = "green" if good else "amber"
        head = Icon("map-marker-check" if good else "map-marker-alert", 64, tone, pos_hint={"center_x": 0.5})
        told = [Words(said, "head", tone, halign="center")] + ([Words(advice, halign="center")] if advice else [])
        look = "soft" if good or self._can_walk() else "main"
        code = Push("用报到码报到", lambda: self._turn(True), "qrcode", look)
        scan = [Push("扫吹哨方的二维码", self._scan, "qrcode-scan", "soft")] if self.app.device.can_scan() else []
        offline = [self._offline()] if self.field.outbox.link != "online" else []
        way = [] if good else self._way()
        self.column.refill(*self.refused, Sheet(head, *told), *way, *offline, *scan, code)
        place = Push("我到了，报到", self._by_place, "map-marker-check", "main" if good else "plain")
        self.foot.refill(place)

    def _can_walk(self) -> bool:
        """Tell whether walking on will help: the position itself will do."""
        most = self.field.catalogue.settings.get("check_in_accuracy_max_m", ACCURACY_M)
        accuracy = self.fix.accuracy_m if self.fix and not self.fix.is_mock else None
        return accuracy is not None and accuracy <= most

    def _way(self) -> list[Sheet]:
        """Return which way the place is, as far as the fix can tell."""
        if self.fix is None or self.there is None:
            return []
        lon, lat = systems.convert(self.fix.lon, self.fix.lat, self.fix.crs, "cgcs2000")
        here, pointer = (float(lon), float(lat)), arrow.Arrow(64)
        pointer.point(arrow.bearing(here, self.there))
        words = Words(f"现场在{arrow.words(here, self.there)}", "body", bold=True)
        return [Sheet(Row(pointer, Column(words, Words("箭头上方为北", "tiny", "ink2"), gap=2), gap=14))]

    def _offline(self) -> Note:
        words = "现在没有网络，也可以报到"
        return Note(words, "blue", "cloud-off-outline", "手机会签名存好，联网后自动送达，按报到那一刻的时间算")

    def _by_place(self) -> None:
        good, said, advice = verdict(self.fix, self.there, self.field.catalogue.settings)
        if good:
            self._send("position", fix=self.fix)
            return
        self.app.trouble(Trouble(said, advice))

    # --- by code ----------------------------------------------------------------------------------------------------

    def _show_keys(self) -> None:
        digits = int(self.field.catalogue.settings.get("check_in_code_digits", DIGITS))
        self.pad = PinPad(self._typed, longest=digits, shown=True)
        meeting = self._meets_today()
        scan = [Push("扫二维码，不用输", self._scan, "qrcode-scan", "soft")] if self.app.device.can_scan() else []
        words = f"请输入吹哨方手机上的 {digits} 位报到码"
        self.column.refill(Words(words, "head", halign="center"), self.pad, *scan)
        self.push = Push("报到", lambda: self._by_code("code"), "check")
        also = [Push("这是会议签到码", lambda: self._by_code("meeting"), "calendar-clock", "soft")] if meeting else []
        self.foot.refill(*also, self.push)

    def _typed(self, typed: str) -> None:
        self.push.say(f"用 {typed} 报到" if typed else "报到")

    def _meets_today(self) -> bool:
        meet = moments.read(self.card["whistle"].get("meet_at")) if self.card else None
        return meet is not None and meet.date() == self.field.clock.now().astimezone(moments.CN).date()

    def _by_code(self, how: str) -> None:
        self._send(how, code=self.pad.typed)

    def _scan(self) -> None:
        self.app.device.scan(lambda text: senses.soon(self._scanned, text))

    def _scanned(self, text: str | None) -> None:
        if not text or self.card is None:
            return
        how, code = scanned.read(text, self.card["whistle"]["id"])
        if how in ("code", "meeting"):
            self._send(how, code=code)
        elif how == "other":
            self.app.trouble(Trouble("这是另一张哨单的报到码", "请扫本哨单吹哨方手机上的二维码"))
        else:
            self.app.trouble(Trouble("这不是报到码", "请扫吹哨方手机上“出示报到码”那一页"))

    # --- the end ----------------------------------------------------------------------------------------------------

    def _send(self, how: str, **proof: Any) -> None:
        if self.card is None:
            return
        try:
            self.field.check_in(self.card, how, **proof)
        except Trouble as trouble:
            self.app.trouble(trouble)
            return
        if self.given.get("draft"):
            self.field.drop(self.given["draft"])
        self.app.device.vibrate((0, 80, 60, 160))
        at = f"{self.field.clock.now().astimezone(moments.CN):%H:%M:%S}"
        self.by_code = False
        self.app.back()
        self.app.tell(f"报到已存好（{at}）。联网后自动送达，按此刻时间算。", "green", "map-marker-check")
