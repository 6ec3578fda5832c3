"""The caller's code (报到码): big and black on white, as digits and as QR, with the seconds it is still good for.

Job: fetch the code, count it down, fetch the next; the meeting's code beside it where a meeting was agreed.
Never: show an old code: when the time is over and no network is there, it says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kivy.clock import Clock
from kivy.metrics import dp, sp
from kivy.uix.widget import Widget

from mobile.core.shapes import Trouble
from mobile.screens.living import Living
from mobile.screens.scanned import qr_text
from mobile.widgets.boxes import Column, Painted
from mobile.widgets.buttons import Push, pair
from mobile.widgets.qr import QrCode
from mobile.widgets.text import Icon, Words
from mobile.widgets.theme import rgb

BLACK, WHITE, RED = rgb("#000000"), rgb("#FFFFFF"), rgb("#930C0C")
DIGIT_EM = 0.62
"""Width of a digit or a gap in letters of size 1."""
LARGEST_SP = 68.0
LEAST_QR_DP = 150.0
"""Smaller than this a QR is hard to scan from another phone."""


class White(Painted, Column):
    """White ground whatever theme is worn: it must be read from another phone in the sun."""


class CodePage(Living):
    """The code of the whistle ``id``."""

    title = "报到码"
    tab = "whistles"

    def build(self) -> None:
        """Draw the page and ask for the code."""
        self.told: Mapping[str, Any] = {}
        self.problem = ""
        self.left_s, self.is_meeting, self.is_asking, self.is_tight = 0, False, False, False
        self.said = _black("给到场的部门看，或让对方扫码", "body")
        self.digits = _black("· · ·", "huge")
        self.qr = QrCode(size_hint_y=1)
        self.time = _black("正在取报到码…", "body")
        self.white = White(gap=10, pad=16, size_hint_y=1)
        self.white.refill(*self._parts())
        self.white.paint_ground(WHITE, radius=0)
        self.white.fbind("width", lambda *_: self._fit())
        self.qr.fbind("height", Clock.create_trigger(lambda _: self._fit(), 0))
        self.foot = Column(gap=8, pad=(14, 8, 14, 10))
        self.add_widget(self.white)
        self._ask()
        self.live()

    def refresh(self) -> None:
        """Ask again when the code is over."""
        if self.left_s <= 0:
            self._ask()

    def beat(self) -> None:
        """A second less."""
        self.left_s -= 1
        if self.left_s > 0:
            self._say_time()
        elif not self.is_meeting:
            self.refresh()

    def _ask(self) -> None:
        if not self.is_asking:
            self.is_asking = True
            self.aside(self._fetch, self._came)

    def _fetch(self) -> Mapping[str, Any]:
        """Fetch the code; nothing without a network: the page itself says what to do."""
        try:
            return self.field.code(self.given["id"])
        except Trouble as trouble:
            return {"sentence": trouble.sentence}

    def _failed(self, sentence: str) -> None:
        self.problem = sentence
        self.is_asking, self.told, self.left_s = False, {}, 15
        self.qr.tell("")
        self._say_time()
        cloud = Icon("cloud-off-outline", 56, pos_hint={"center_x": 0.5})
        cloud.color = RED  # the ground is white at night, too
        self.white.refill(cloud, self.time, self.qr)
        self._hold(Push("再取一次", self._ask, "refresh"))

    def _came(self, told: Mapping[str, Any]) -> None:
        if "code" not in told:
            self._failed(str(told["sentence"]))
            return
        self.is_asking, self.told, self.left_s = False, told, int(told["valid_s"])
        self._show()

    def _show(self) -> None:
        code = str(self.told.get("meeting_code" if self.is_meeting else "code") or "")
        half = (len(code) + 1) // 2
        self.digits.said = f"{code[:half]} {code[half:]}"
        self.qr.tell(qr_text(self.given["id"], code, meeting=self.is_meeting))
        self.white.refill(*self._parts())
        self._fit()
        self._say_time()
        if self.told.get("meeting_code"):
            spot = Push("现场报到码", lambda: self._turn(False), "", "plain" if self.is_meeting else "main")
            meeting = Push("会议签到码", lambda: self._turn(True), "", "main" if self.is_meeting else "plain")
            self._hold(pair(spot, meeting))
        elif self.foot.parent:
            self.remove_widget(self.foot)

    def _parts(self) -> list[Widget]:
        """Return what stands on the white ground while there is a code."""
        return [*([] if self.is_tight else [self.said]), self.digits, self.qr, self.time]

    def _hold(self, buttons: Widget) -> None:
        """Put buttons below."""
        self.foot.refill(buttons)
        if not self.foot.parent:
            self.add_widget(self.foot)

    def _turn(self, is_meeting: bool) -> None:
        self.is_meeting = is_meeting
        self._show()

    def _say_time(self) -> None:
        words = "今天会议全天有效" if self.is_meeting else f"还有 {self.left_s} 秒换新码"
        problem = f"没有取到报到码：{self.problem}。请对方用“现场定位”报到。"
        self.time.said = words if self.told else problem
        self.time.color = BLACK if self.told else RED

    def _fit(self) -> None:
        """Fit the digits into the width; where little is left for the QR, it comes before large words."""
        self.is_tight = self.is_tight or 0 < self.qr.height < dp(LEAST_QR_DP)
        if self.is_tight and self.said.parent:
            self.white.remove_widget(self.said)
        room = self.white.width - dp(40)
        largest = sp(LARGEST_SP) * (0.6 if self.is_tight else 1.0)
        self.digits.font_size = max(min(largest, room / (DIGIT_EM * max(len(self.digits.said), 7))), sp(24))
        self.digits._laid = None
        self.digits._lay()


def _black(said: str, size: str) -> Words:
    words = Words(said, size, "ink", halign="center", bold=True)
    words.color = BLACK
    return words
