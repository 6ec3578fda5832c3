"""The parts of a report: photos, tiles, place, words, urgent calls, what may be the same.

Job: each part draws itself from the draft and changes it through the page.
Never: hold what is not in the draft.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kivy.metrics import dp, sp

from mobile.core.attachments import Photo, seen
from mobile.screens import senses
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column, Press, Row, Sheet, Tiles
from mobile.widgets.buttons import Choices, Push, Tile
from mobile.widgets.fields import TextBox
from mobile.widgets.flow import Flow
from mobile.widgets.map.pin import MiniMap
from mobile.widgets.photos import KINDS, Thumb
from mobile.widgets.pictures import leaf_picture
from mobile.widgets.text import Icon, Words, text_height
from mobile.widgets.theme import THEME

if TYPE_CHECKING:
    from mobile.screens.report import Report

PRECISIONS = {
    "good": ("green", "map-marker-check"),
    "fair": ("blue", "map-marker"),
    "poor": ("amber", "map-marker-alert"),
}
"""Grade of a fix → tone and picture."""
IN_DOUBT = ("amber", "map-marker-question")
UNSETTLED = frozenset({"ambiguous", "outside"})
"""Placements a person must look at, however good the fix is."""
IMMEDIATE = "U1"


class TakeTile(Press):
    """A tile that opens the camera."""

    def __init__(self, said: str, action: Any) -> None:
        super().__init__(action=action, orientation="vertical", size_hint=(None, None), padding=[dp(6)] * 4)
        self.said = said
        self.paint_ground(THEME.colours.soft, THEME.colours.main, radius=10)
        camera = Icon("camera-plus", 34, "on_soft")
        camera.size_hint = (1, 1)
        words = Words(said, "tiny", "on_soft", bold=True, halign="center")
        self.add_widget(camera)
        self.add_widget(words)
        side = max(dp(96), sp(74))
        self.size = (side, side + text_height("国", side, "tiny") + dp(4))


class PhotoStrip(Column):
    """The photos taken, and a tile to take one more."""

    def __init__(self, page: Report) -> None:
        super().__init__(gap=6)
        self.page = page
        self._shown: tuple[Any, ...] | None = None

    def show(self) -> None:
        """Draw the photos of the draft."""
        photos = seen(self.page.draft.photos)
        if self._shown == photos:
            return
        self._shown = photos
        thumbs = [
            Thumb(
                self.page.field.photo(one.sha256, size="thumb"),
                KINDS.get(one.kind, "照片"),
                lambda one=one: self._open(one),
            )
            for one in photos
        ]
        take = TakeTile("再拍一张" if photos else "拍照", lambda: self.take("before"))
        self.refill(Flow(*thumbs, take, gap=dp(8)))

    def take(self, kind: str) -> None:
        """Open the camera and keep what it gives."""
        senses.take_photo(self.page, kind, self.page.add_photo)

    def _open(self, photo: Photo) -> None:
        self.page.app.go("photo", sha256=photo.sha256, drop=lambda: self.page.drop_photo(photo))


class TilePart(Column):
    """The six categories used most, and the way to all the others."""

    def __init__(self, page: Report) -> None:
        super().__init__(gap=10)
        self.page = page
        self._codes: list[str] = []
        self._tiles: dict[str, Tile] = {}

    def show(self) -> None:
        """Draw the tiles; the chosen one stands first when it is none of the six."""
        chosen = self.page.draft.facts.get("category")
        leaves = list(self.page.field.catalogue.favourites)
        if chosen and chosen not in self._codes and chosen not in [leaf["code"] for leaf in leaves]:
            leaves = [self.page.field.catalogue.category(chosen), *leaves[:-1]]
        codes = [leaf["code"] for leaf in leaves if leaf]
        if set(codes) != set(self._codes):
            self._draw([leaf for leaf in leaves if leaf])
        for code, tile in self._tiles.items():
            tile.choose(code == chosen)

    def _draw(self, leaves: list[Any]) -> None:
        self._codes = [leaf["code"] for leaf in leaves]
        self._tiles = {
            leaf["code"]: Tile(leaf_picture(leaf["code"]), leaf["zh"], lambda code=leaf["code"]: self.page.choose(code))
            for leaf in leaves
        }
        more = Push("其他类别", self._all, "dots-horizontal", "plain")
        self.refill(Words("是什么问题？", "head"), Tiles(*self._tiles.values()), more)

    def _all(self) -> None:
        self.page.app.go("categories", pick=self._picked)

    def _picked(self, code: str) -> None:
        self.page.app.back()
        self.page.choose(code)


class PlacePart(Column):
    """Where it is, in words and on a small map; the grids to choose from at a border; a pin that can be moved."""

    def __init__(self, page: Report) -> None:
        super().__init__(gap=8)
        self.page = page
        self.map = MiniMap(page.field.map(), page.aside, None, action=self.move, high=130)
        self._shown: Any = None

    def show(self) -> None:
        """Say where the draft lies."""
        facts, fix = self.page.draft.facts, self.page.fix
        place = self.page.field.place(fix, facts.get("lon"), facts.get("lat"), facts.get("crs", "wgs84"))
        if self._shown == (place, facts.get("grid_choice")):
            return
        self._shown = (place, facts.get("grid_choice"))
        chosen = dict(place.candidates).get(facts.get("grid_choice") or "")
        is_open = place.quality in UNSETTLED and not chosen
        tone, icon = IN_DOUBT if is_open else PRECISIONS.get(place.precision, IN_DOUBT)
        sentence = f"您选定的是 {chosen}" if chosen else place.zh
        self.page.foot_line(sentence, tone, icon)
        at = (place.lon, place.lat, place.crs) if place.lon is not None and place.lat is not None else None
        self.map.put(at, place.accuracy_m)
        parts: list[Any] = [Note(sentence, tone, icon, place.precision_zh)]
        parts += [Note(warning, "amber", "alert-outline") for warning in place.warnings]
        if len(place.candidates) > 1:
            code = facts.get("grid_choice") or place.grid_code
            parts.append(Words("在哪个网格？", "body", bold=True))
            parts.append(Choices(place.candidates, [code], action=lambda codes: self.page.keep(grid_choice=codes[0])))
        self.refill(
            Words("在哪里？", "head"), *parts, self.map, Push("移动图钉", self.move, "map-marker-radius", "plain")
        )

    def move(self) -> None:
        """Open the map on which the pin can be moved."""
        facts, fix = self.page.draft.facts, self.page.fix
        start = (facts["lon"], facts["lat"], facts["crs"]) if "lon" in facts else None
        start = start or ((fix.lon, fix.lat, fix.crs) if fix else None)
        self.page.app.go("spot", start=start, pick=self._moved)

    def _moved(self, lon: float, lat: float, crs: str) -> None:
        self.page.app.back()
        self.page.keep(lon=lon, lat=lat, crs=crs, grid_choice=None)


class WordsPart(Column):
    """What there is to say: spoken, typed or dictated; nothing need be said, the category speaks."""

    def __init__(self, page: Report) -> None:
        super().__init__(gap=8)
        self.page = page
        self.box = TextBox(page.draft.facts.get("text", ""), "想补充就写一句，可以不写", 3)
        speak = Push("说出来，自动变成文字", self._speak, "account-voice", "plain")
        name = Words("补充说明（可不填）", "body", bold=True)
        self.refill(name, page.voice, self.box, *([speak] if senses.can_dictate(page.app) else []))

    def keep(self) -> None:
        """Put what is typed into the draft."""
        if self.box.typed != self.page.draft.facts.get("text", ""):
            self.page.keep(text=self.box.typed or None)

    def _speak(self) -> None:
        senses.dictate(self.page, self._heard)

    def _heard(self, text: str) -> None:
        self.box.input.text = f"{self.box.typed}{text}"
        self.keep()

    def show(self) -> None:
        """Nothing to draw: the box holds what is typed."""


class UrgentPart(Column):
    """Danger to life: dial first."""

    def __init__(self, page: Report) -> None:
        super().__init__(gap=8)
        self.page = page
        self.is_shown = False

    def show(self) -> None:
        """Offer the emergency numbers when the category is of the highest urgency."""
        catalogue = self.page.field.catalogue
        wanted = catalogue.category(self.page.draft.facts.get("category")).get("urgency") == IMMEDIATE
        if wanted == self.is_shown:
            return
        self.is_shown = wanted
        calls = [
            Push(
                f"打 {one['number']} {one['zh']}",
                lambda n=one["number"]: self.page.app.device.dial(n),
                "phone-outgoing",
                "danger",
            )
            for one in catalogue.dial
        ]
        told = Row(Icon("ambulance", 30, "red"), Words("有人身危险，先打电话，再上报", "head", "red"))
        self.refill(*([Sheet(told, *calls, tone="red")] if wanted else []))


class TwinPart(Column):
    """What the phone knows nearby that may be the same."""

    def __init__(self, page: Report) -> None:
        super().__init__(gap=8)
        self.page = page
        self._shown: Any = None

    def show(self) -> None:
        """Name the nearest ones."""
        near = tuple(self.page.field.duplicates(self.page.draft, self.page.fix)[:2])
        if near == self._shown:
            return
        self._shown = near
        self.refill(*(self._note(one) for one in near))

    def _note(self, one: Any) -> Note:
        advice = f"{one.category_zh}（{one.state_zh}）{one.text[:30]}；不是同一件就继续上报"
        return Note(
            f"{one.distance_m:.0f} 米外已有人报过类似的", "amber", "content-copy", advice, lambda: self._open(one.id)
        )

    def _open(self, id: str) -> None:
        self.page.app.go("card", kind="event", id=id)
