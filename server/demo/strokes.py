"""The words 合成数据 in strokes (笔画): every synthetic picture says what it is, Chinese fonts or not.

Job: draw the four characters as lines.
Never: write anything else.
"""

from __future__ import annotations

from PIL import ImageDraw

Stroke = tuple[tuple[int, int], ...]
BOX = 100
"""Each character lies in a square of so many units, y downwards."""
GAP = 18
SYNTHETIC: tuple[tuple[Stroke, ...], ...] = (
    (  # 合
        ((50, 4), (32, 28), (8, 46)), ((50, 4), (68, 28), (92, 46)), ((30, 46), (70, 46)),
        ((26, 60), (74, 60), (74, 95), (26, 95), (26, 60)),
    ),
    (  # 成
        ((14, 24), (90, 24)), ((22, 24), (21, 60), (8, 95)), ((22, 48), (48, 48), (46, 78), (36, 74)),
        ((54, 4), (61, 50), (76, 82), (90, 94), (92, 76)), ((82, 44), (70, 72), (50, 94)), ((70, 6), (80, 17)),
    ),
    (  # 数
        ((12, 8), (19, 20)), ((42, 6), (35, 20)), ((5, 28), (51, 28)), ((28, 4), (28, 50)), ((28, 29), (7, 48)),
        ((29, 30), (48, 45)), ((25, 53), (14, 76), (43, 95)), ((41, 60), (29, 82), (7, 96)), ((3, 68), (52, 68)),
        ((66, 4), (54, 34)), ((62, 24), (97, 24)), ((87, 25), (75, 68), (53, 96)), ((61, 40), (77, 74), (97, 96)),
    ),
    (  # 据
        ((4, 27), (36, 27)), ((21, 4), (21, 92), (11, 85)), ((3, 62), (38, 50)), ((46, 9), (92, 9), (92, 31)),
        ((47, 31), (92, 31)), ((46, 9), (46, 50), (36, 95)), ((50, 48), (97, 48)), ((72, 36), (72, 64)),
        ((55, 64), (90, 64), (90, 93), (55, 93), (55, 64)),
    ),
)  # fmt: skip


def write(pen: ImageDraw.ImageDraw, left: int, top: int, height: int, fill: tuple[int, int, int]) -> None:
    """Write 合成数据 with its upper left corner at (``left``, ``top``), each character ``height`` pixels high."""
    scale, width = height / BOX, max(2, height // 14)
    for place, character in enumerate(SYNTHETIC):
        shift = left + place * (BOX + GAP) * scale
        for stroke in character:
            points = [(shift + x * scale, top + y * scale) for x, y in stroke]
            pen.line(points, fill=fill, width=width, joint="curve")
