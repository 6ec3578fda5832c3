"""Settings of this phone (设置): size of letters, full sun, night, voice, what lies below the map.

Job: each change is worn at once.
Never: change anything on the server.
"""

from __future__ import annotations

from mobile.page import Page
from mobile.screens.map_tiles import words_of
from mobile.widgets.boxes import Column, Scroll, Sheet
from mobile.widgets.buttons import Choices, OnOff, Push
from mobile.widgets.text import Words

SIZES = (("1.0", "标准"), ("1.3", "大"), ("1.6", "特大"))


class SettingsPage(Page):
    """The settings."""

    title = "设置"
    tab = "me"

    def build(self) -> None:
        """Draw the choices."""
        prefer = self.field.preference
        size = str(float(prefer("font_size", 1.0)))
        sizes = Choices(SIZES, [size], action=lambda values: self._wear("font_size", float(values[0])))
        outdoor = OnOff(
            "强光模式", bool(prefer("outdoor", False)), lambda on: self._wear("outdoor", on), "太阳底下看得更清楚"
        )
        night = OnOff("夜间模式", bool(prefer("night", False)), lambda on: self._wear("night", on), "晚上不刺眼")
        voice = OnOff("朗读提示", bool(prefer("voice", False)), self._voice, "保存、上岗等提示读出来")
        self.base = Push("", lambda: self.app.go("map_tiles"), "layers-outline", "plain")
        column = Column(
            Sheet(Words("字号", "head"), sizes),
            Words("显示", "head"),
            outdoor,
            night,
            Words("声音", "head"),
            voice,
            Words("地图", "head"),
            self.base,
            gap=12,
            pad=(12, 12, 12, 24),
        )
        self.add_widget(Scroll(column))
        self.refresh()

    def refresh(self) -> None:
        """Say what lies below the map now."""
        self.base.say(f"底图：{words_of(self.field.preference('map_tiles'))}")

    def _wear(self, name: str, value: object) -> None:
        self.field.prefer(name, value)
        if value and name in ("outdoor", "night"):
            self.field.prefer({"outdoor": "night", "night": "outdoor"}[name], False)
        self.app.dress()
        self.app.rebuild()

    def _voice(self, on: bool) -> None:
        self.field.prefer("voice", on)
        if on:
            self.app.say("朗读已打开")
