"""What lies below the map (地图底图): nothing, the office's server, Tianditu by a key, or a file on this phone.

Job: say in plain words what each is good for; keep the choice; try it once at one's own grid.
Never: be needed: the map works with none; keep a choice that lacks its key or its file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from mobile.core.tiles import OWN_TEMPLATE
from mobile.page import Page
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column, Scroll, Sheet
from mobile.widgets.buttons import Choices, OnOff, Push
from mobile.widgets.fields import Named, TextBox
from mobile.widgets.text import Words

KINDS: Final = (
    ("none", "不用底图", "只画网格线，最省流量，没有网络也一样用"),
    ("own", "单位服务器的底图", "要联网看过一次，看过的地方以后没有网络也能看"),
    ("tianditu", "天地图", "要单位申请的密钥；要联网看过一次"),
    ("mbtiles", "手机里的底图文件", "完全不用网络；文件由单位管理员拷进手机"),
)
KEY = re.compile(r"[0-9A-Za-z]{16,64}")
SHIFTED: Final = "gcj02"
WORDS: Final = MappingProxyType({kind: words for kind, words, _ in KINDS})


def kind_of(source: Mapping[str, Any] | None) -> str:
    """Return which choice a kept source is."""
    kind = str((source or {}).get("kind") or "none")
    return "own" if kind == "xyz" else kind


def words_of(source: Mapping[str, Any] | None) -> str:
    """Return what a kept source is called."""
    return WORDS.get(kind_of(source), "")


class MapTiles(Page):
    """The choice."""

    title = "地图底图"
    tab = "me"

    def build(self) -> None:
        """Draw the four choices, and what the chosen one still wants."""
        self.source: Mapping[str, Any] = self.field.preference("map_tiles") or {}
        self.kind = kind_of(self.source)
        self.key = TextBox(str(self.source.get("token") or ""), "32 位字母数字")
        self.named = Named("天地图密钥", self.key, "由单位在天地图网站申请", needed=True)
        self.shifted = OnOff(
            "这个文件是高德、腾讯等地图（GCJ-02）", self.source.get("crs") == SHIFTED, lambda _: self._keep_file(),
            "选错会整体偏几百米；拿不准就问管理员",
        )  # fmt: skip
        self.file = str(self.source.get("file") or "")
        self.more = Column(gap=12)
        choices = Choices(KINDS, [self.kind], action=lambda chosen: self._turn(chosen[0]))
        self.add_widget(Scroll(Column(Sheet(choices), self.more, gap=12, pad=(12, 12, 12, 24))))
        self._show()

    def _turn(self, kind: str) -> None:
        self.kind = kind
        self._show()
        if kind == "none":
            self.field.choose_tiles(None)
            self.app.tell("地图不用底图", "green")
        elif kind == "own" and self._has_own():
            self._keep({"kind": "xyz", "template": OWN_TEMPLATE, "crs": "cgcs2000"})

    def _show(self) -> None:
        shown = {"own": self._own, "tianditu": self._tianditu, "mbtiles": self._files}.get(self.kind)
        self.more.refill(*(shown() if shown else ()))

    def _has_own(self) -> bool:
        return bool(self.field.catalogue.settings.get("basemap"))

    def _own(self) -> list[Any]:
        if self._has_own():
            return []
        return [Note("单位服务器没有放底图", "amber", "alert-outline", "请问管理员；现在的设置没有改变")]

    def _tianditu(self) -> list[Any]:
        return [Sheet(self.named), Push("保存并试一试", self._keep_key, "check")]

    def _keep_key(self) -> None:
        token = self.key.typed.strip()
        fault = "" if KEY.fullmatch(token) else "密钥只有字母和数字，请照单位给的重新填写"
        self.named.fault(fault)
        if not fault:
            self._keep({"kind": "tianditu", "token": token, "layer": "vec", "crs": "cgcs2000"})

    def _files(self) -> list[Any]:
        shared = self.app.device.shared_folder()
        found = self.field.tiles.files(*([shared] if shared else []))
        if not found:
            place = str(shared) if shared else str(self.field.store.folder / "maps")
            return [Note("手机里没有底图文件", "amber", "alert-outline", f"请管理员把 .mbtiles 文件拷到：{place}")]
        options = [(str(path), path.stem, f"{path.stat().st_size / 1e6:.0f} MB") for path in found]
        return [Sheet(Words("用哪个文件", "head"), Choices(options, [self.file], action=self._pick)), self.shifted]

    def _pick(self, chosen: list[str]) -> None:
        self.file = chosen[0]
        self._keep_file()

    def _keep_file(self) -> None:
        if self.kind == "mbtiles" and self.file and Path(self.file).is_file():
            system = SHIFTED if self.shifted.is_on else "cgcs2000"
            self._keep({"kind": "mbtiles", "file": self.file, "crs": system})

    def _keep(self, source: Mapping[str, Any]) -> None:
        """Keep the source and try it once where the bearer works."""
        self.field.choose_tiles(source)
        lon, lat = self._where()
        self.aside(lambda: self.field.tiles.trial(lon, lat), self._tried)

    def _tried(self, came: bool) -> None:
        if came:
            self.app.tell(f"已改用：{WORDS[self.kind]}", "green")
        else:
            self.app.tell("已保存，但这次没有取到底图，请检查网络或问管理员", "amber", "alert-outline")

    def _where(self) -> tuple[float, float]:
        """Return the middle of the bearer's first grid, else of any the phone knows."""
        view = self.field.map()
        boxes = [one.box for one in view.outlines if one.code in view.mine] or [one.box for one in view.outlines]
        west, south, east, north = boxes[0] if boxes else (114.7, 23.7, 114.7, 23.7)
        return (west + east) / 2, (south + north) / 2
