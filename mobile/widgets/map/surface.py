"""The map one moves with a finger (地图面): ground, names, marks, one's own position; pan, pinch, tap.

Job: turn touches into a view and show every layer in it. Works without any picture below.
Never: fetch anything, or know what a mark stands for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color, InstructionGroup, Mesh, PopMatrix, PushMatrix, Rectangle, Scale, Translate
from kivy.metrics import dp, sp
from kivy.uix.stencilview import StencilView

from mobile.widgets.map import colours, sprites
from mobile.widgets.map.clusters import Heap, Mark, heaps
from mobile.widgets.map.frame import Frame, View
from mobile.widgets.map.gestures import Hands
from mobile.widgets.map.ground import Fill, Ground, corners
from mobile.widgets.map.land import NOWHERE, Land, Shape
from mobile.widgets.map.names import Gazetteer
from mobile.widgets.map.ribbons import Soup, strokes
from mobile.widgets.map.sprites import Badge, Sprites
from mobile.widgets.map.tiling import Source, TileLayer
from mobile.widgets.text import measured

HEAP_DP = 40.0
REACH_DP = 30.0
NAME_SP = {"township": 19.0, "village": 16.0, "grid": 15.0}


class Surface(StencilView):
    """A map. ``tapped(lon, lat)`` and ``picked(heap)`` are called for a tap on the ground and on a mark; ``moved()``
    after the view came to rest. Degrees are EPSG:4490.
    """

    def __init__(
        self,
        tapped: Callable[[float, float], Any] | None = None,
        picked: Callable[[Heap], Any] | None = None,
        moved: Callable[[], Any] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(**more)
        self.tapped, self.picked, self.moved = tapped, picked, moved
        self.view, self.frame = View(dp(1)), Frame(*NOWHERE)
        self.land: Land | None = None
        self.names: Gazetteer | None = None
        self.ground = Ground()
        self.tiles: TileLayer | None = None
        self.marks: Sequence[Mark] = ()
        self.badges: Mapping[str, Badge] = {}
        self.heaps: list[Heap] = []
        self.hands = Hands(self)
        self._step = 0
        self._chosen: Shape | None = None
        self._ways: list[list[tuple[float, float]]] = []
        self._fix: tuple[float, float, float | None] | None = None
        self._paint()
        self._draw = Clock.create_trigger(self._show, 0)
        self._rest = Clock.create_trigger(self._rested, 0.12)
        self.fbind("size", self._sized)
        self.fbind("pos", self._moved)

    # --- instructions -----------------------------------------------------------------------------------------------

    def _paint(self) -> None:
        self._to_corner, self._scale, self._to_centre = Translate(0, 0), Scale(1, 1, 1), Translate(0, 0)
        self.below, self.chosen, self.traced = InstructionGroup(), InstructionGroup(), InstructionGroup()
        self.place_group = InstructionGroup()
        self.name_layer, self.mark_layer = Sprites(), Sprites()
        with self.canvas:
            Color(rgba=colours.paper())
            self._paper = Rectangle()
        parts = (
            PushMatrix(), self._to_corner, self._scale, self._to_centre, self.below, self.ground.group, self.chosen,
            self.traced, PopMatrix(), self.place_group, self.name_layer.group, self.mark_layer.group,
        )  # fmt: skip
        for part in parts:
            self.canvas.add(part)

    # --- what is shown ----------------------------------------------------------------------------------------------

    def draw_land(
        self,
        land: Land,
        fills: Mapping[str, Fill] | None = None,
        strong: frozenset[str] = frozenset(),
        townships: Mapping[str, str] | None = None,
    ) -> None:
        """Show the grids: ``fills`` colour some, ``strong`` outlines stand out."""
        if land is not self.land:
            self.land, self.frame = land, land.frame
            self.names = Gazetteer(land, townships or {})
            self.view.bound(land.box)
        self.ground.wear(land, colours.look(over_tiles=self.tiles is not None), fills or {}, strong)
        self._draw()
        self._rest()

    def lay(self, source: Source) -> None:
        """Lay the pictures of a source below the grids."""
        self.tiles = TileLayer(source)
        self.below.clear()
        self.below.add(self.tiles.group)
        self._draw()

    def mark(self, marks: Sequence[Mark], badges: Mapping[str, Badge]) -> None:
        """Show these marks."""
        self.marks, self.badges = marks, badges
        self._step = 0
        self._draw()

    def stand(self, lon: float, lat: float, accuracy_m: float | None) -> None:
        """Show where the bearer stands, with the circle of its accuracy."""
        self._fix = (*self.frame.plane(lon, lat), accuracy_m and accuracy_m * self.frame.stretch(lat))
        self._draw()

    def choose(self, shape: Shape | None) -> None:
        """Light one grid."""
        self._chosen = shape
        self._light()

    def _light(self) -> None:
        shape = self._chosen
        self.chosen.clear()
        if shape:
            pixel = dp(1) / self.view.scale
            rings = shape.thinned(pixel / 2)
            for colour, soup in colours.chosen(corners(rings), strokes(rings, 2.6 * pixel)):
                for vertices, indices in soup.meshes:
                    self.chosen.add(Color(rgba=colour))
                    self.chosen.add(Mesh(vertices=vertices, indices=indices, mode="triangles"))
        self._draw()

    def trace(self, ways: Sequence[Sequence[tuple[float, float]]]) -> None:
        """Show lines along these points (degrees)."""
        self._ways = [[self.frame.plane(lon, lat) for lon, lat in way] for way in ways]
        self._draw_ways()

    def _draw_ways(self) -> None:
        pixel = dp(1) / self.view.scale
        self.traced.clear()
        for colour, wide in colours.way():
            soup = Soup()
            for way in self._ways:
                soup.way(way, wide * pixel)
            for vertices, indices in soup.meshes:
                self.traced.add(Color(rgba=colour))
                self.traced.add(Mesh(vertices=vertices, indices=indices, mode="triangles"))
        self._draw()

    def look(self, lon: float, lat: float, zoom: float | None = None) -> None:
        """Put a point into the middle."""
        self.view.look(*self.frame.plane(lon, lat), zoom)
        self.changed()

    def fit(self, codes: Sequence[str]) -> bool:
        """Show these grids whole; tell whether any of them is known."""
        box = self.land.about(codes) if self.land else None
        if box:
            self.view.fit(box)
            self.changed()
        return box is not None

    def fit_all(self) -> None:
        """Show the whole district."""
        self.view.fit(self.land.box if self.land else (-8000.0, -8000.0, 8000.0, 8000.0), margin=0.03)
        self.changed()

    @property
    def middle(self) -> tuple[float, float]:
        """Return longitude and latitude (EPSG:4490) of the middle of the map."""
        return self.frame.degrees(self.view.x, self.view.y)

    # --- showing ----------------------------------------------------------------------------------------------------

    def changed(self) -> None:
        """The view was moved."""
        self._draw()
        self._rest()

    def _sized(self, *_: Any) -> None:
        self.view.width, self.view.height = max(self.width, 1.0), max(self.height, 1.0)
        if self.land:
            self.view.bound(self.land.box)
        self.changed()

    def _moved(self, *_: Any) -> None:
        self._draw()

    def _show(self, *_: Any) -> None:
        view = self.view
        self._paper.pos, self._paper.size = self.pos, self.size
        self._to_corner.x, self._to_corner.y = self.x + view.width / 2, self.y + view.height / 2
        self._scale.x = self._scale.y = view.scale
        self._to_centre.x, self._to_centre.y = -view.x, -view.y
        more = bool(self.tiles and self.tiles.show(view, self.frame))
        if self.ground.show(view) or more:
            self._draw()
        self._gather()
        self._show_place()
        for layer in (self.name_layer, self.mark_layer):
            layer.move(view, self.x, self.y)

    def _gather(self) -> None:
        step = round(2 * math.log2(self.view.scale))
        if step != self._step:
            self._step = step
            self.heaps = heaps(self.marks, dp(HEAP_DP) / 2 ** (step / 2))
            self.mark_layer.show(
                [sprites.badge(self.badges[heap.first.style], heap.x, heap.y, len(heap.marks)) for heap in self.heaps]
            )

    def _show_place(self) -> None:
        self.place_group.clear()
        if not self._fix:
            return
        x, y, radius = self._fix
        sx, sy = self.view.screen(x, y)
        sx, sy = sx + self.x, sy + self.y
        for part in colours.place(sx, sy, max((radius or 0.0) * self.view.scale, 0.0)):
            self.place_group.add(part)

    def _rested(self, *_: Any) -> None:
        """Choose the names again, now that the view is still."""
        if self.names:
            self._name(self.names)
        if self._chosen:
            self._light()
        if self._ways:
            self._draw_ways()
        if self.moved and not self.hands.busy:
            self.moved()

    def _name(self, names: Gazetteer) -> None:
        ink, halo = colours.name_ink()
        half = dp(HEAP_DP) / 2
        marked = [self.view.screen(heap.x, heap.y) for heap in self.heaps]
        taken = [(x - half, y - half, x + half, y + half) for x, y in marked]
        seen = names.seen(self.view, lambda words, kind: measured(words, sp(NAME_SP[kind]), True), sp(22), taken)
        self.name_layer.show([sprites.name(one.words, one.x, one.y, sp(NAME_SP[one.kind]), ink, halo) for one in seen])
        self.name_layer.move(self.view, self.x, self.y)

    # --- touches ----------------------------------------------------------------------------------------------------

    def on_touch_down(self, touch: Any) -> bool:
        """Take a finger."""
        if super().on_touch_down(touch):
            return True
        return bool(self.collide_point(*touch.pos)) and self.hands.down(touch)

    def on_touch_move(self, touch: Any) -> bool:
        """Follow it."""
        return self.hands.move(touch) if touch.grab_current is self else bool(super().on_touch_move(touch))

    def on_touch_up(self, touch: Any) -> bool:
        """Let it go."""
        return self.hands.up(touch) if touch.grab_current is self else bool(super().on_touch_up(touch))

    def tap(self, sx: float, sy: float) -> None:
        """A finger touched a point of the map (from its lower left corner)."""
        near = [(math.dist(self.view.screen(heap.x, heap.y), (sx, sy)), heap) for heap in self.heaps]
        near = [one for one in near if one[0] <= dp(REACH_DP)]
        if near and self.picked:
            self.picked(min(near, key=lambda one: one[0])[1])
        elif self.tapped:
            self.tapped(*self.frame.degrees(*self.view.plane(sx, sy)))
