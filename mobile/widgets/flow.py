"""Things beside each other that go on in the next line when there is no room: chips.

Job: lay out children of their own width; know the height.
Never: shrink a child.
"""

from __future__ import annotations

from typing import Any

from kivy.uix.layout import Layout
from kivy.uix.widget import Widget


class Flow(Layout):
    """Children from left to right, in as many lines as they need. ``gap`` in pixels."""

    def __init__(self, *children: Widget, gap: float) -> None:
        super().__init__(size_hint_y=None, height=0)
        self.gap = gap
        for name in ("children", "pos", "width"):
            self.fbind(name, self._trigger_layout)
        for child in children:
            self.add_widget(child)

    def do_layout(self, *_: Any) -> None:
        """Place the children."""
        x, lines = 0.0, [[]]  # type: ignore[var-annotated]
        for child in reversed(self.children):
            if x and x + child.width > self.width:
                lines.append([])
                x = 0.0
            lines[-1].append((child, x))
            x += child.width + self.gap
        heights = [max((child.height for child, _ in line), default=0) for line in lines]
        self.height = sum(heights) + self.gap * max(0, len(lines) - 1)
        top = self.y + self.height
        for line, height in zip(lines, heights, strict=True):
            for child, left in line:
                child.pos = (self.x + left, top - child.height)
            top -= height + self.gap
