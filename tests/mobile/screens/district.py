"""The district of the screens' server: nine square grids, its people, pictures, and what the real server says of lists.

Lists, forms and permissions are the real server's: it is asked for them once, without a database.
"""

from __future__ import annotations

import functools
import io
import json
import uuid
from typing import Any

from PIL import Image, ImageDraw

WEST, SOUTH, SIDE = 114.690, 23.735, 0.006
NAMES = ("南门社区", "新风社区", "文昌社区")
VILLAGES = ("441602001001", "441602001002", "441602001003")
Body = dict[str, Any]


def grid_code(column: int, row: int) -> str:
    return f"{VILLAGES[column]}{row + 1:03d}"


def middle(column: int = 1, row: int = 1) -> tuple[float, float]:
    """The middle of a grid."""
    return WEST + (column + 0.5) * SIDE, SOUTH + (row + 0.5) * SIDE


def grids() -> Body:
    """Nine square grids."""
    features = []
    for column in range(3):
        for row in range(3):
            west, south = WEST + column * SIDE, SOUTH + row * SIDE
            ring = [
                [west, south],
                [west + SIDE, south],
                [west + SIDE, south + SIDE],
                [west, south + SIDE],
                [west, south],
            ]
            code = grid_code(column, row)
            about = {"code": code, "name": f"{NAMES[column]}第{row + 1}网格", "village_code": VILLAGES[column]}
            features.append(
                {
                    "type": "Feature",
                    "id": code,
                    "geometry": {"type": "MultiPolygon", "coordinates": [[ring]]},
                    "properties": about | {"township_code": "441602001"},
                }
            )
    return {"type": "FeatureCollection", "edition": "2026-06", "features": features}


@functools.cache
def told() -> tuple[Body, Body]:
    """What the real server says of lists and forms; no database is asked."""
    from server.app import create_app
    from server.catalogue import lists, routes
    from server.config import Config

    nowhere = {"GRIDWHISTLE_DATABASE_URL": "postgresql://nobody@localhost:1/none", "GRIDWHISTLE_SECRET_KEY": "screens"}
    with create_app(Config.from_environment(nowhere)).app_context():
        made = lists.catalogue(), routes._forms()
    return json.loads(json.dumps(made[0])), json.loads(json.dumps(made[1]))


def permissions(*roles: str) -> dict[str, str]:
    """What these roles may do, by the policy."""
    from server import access, policy

    held = {
        act: "".join(sorted(set().union(*(access.letters(role, act) for role in roles))))
        for act in policy.current().permissions
    }
    return {act: letters for act, letters in held.items() if letters}


PEOPLE = {
    "GWF": ("赖秀英", "专职网格员", "南门社区", (grid_code(0, 0), grid_code(0, 1))),
    "GLD": ("黄志强", "网格长", "南门社区", (grid_code(0, 0),)),
    "TWD": ("邓丽华", "镇街调度员", "上城街道", ()),
    "TWL": ("李国平", "镇街领导", "上城街道", ()),
    "DPH": ("陈建军", "部门承办人", "区城市管理和综合执法局", ()),
    "DPD": ("吴晓敏", "部门调度员", "区城市管理和综合执法局", ()),
}
UNITS = {"GWF": VILLAGES[0], "GLD": VILLAGES[0], "TWD": "441602001", "TWL": "441602001", "DPH": "DEP12", "DPD": "DEP12"}


def further(card: Body, role: str) -> list[str]:
    """What the real server would offer with a card besides its acts; departments of the screens are the called one."""
    from server.access import Actor, Hat
    from server.flow import further
    from server.flow.moves import MACHINES

    unit = (card.get("unit") or {}).get("code") if role in ("DPH", "DPD") else None
    reader = Actor(uuid.UUID(int=1), "", (Hat(uuid.UUID(int=2), role, unit or UNITS[role]),))
    return further.told(MACHINES[card["kind"]].further, card, reader)


def colleagues(me: Body) -> list[Body]:
    """The bearer, and two more of the unit."""
    others = (("0a", "叶文", "DPH"), ("0b", "曾国强", "DPH"))
    mine = [{"id": me["id"], "name": me["name"], "role": me["roles"][0], "unit_code": me["unit"]}]
    return mine + [
        {"id": f"00000000-0000-7000-8000-0000000000{end}", "name": name, "role": role, "unit_code": me["unit"]}
        for end, name, role in others
    ]


def photo_bytes(words: str, ground: str = "#9aa58c") -> bytes:
    """A picture that can be told from others: a street, rubbish or none."""
    image = Image.new("RGB", (800, 600), "#b9c4cf")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 330, 800, 600), fill=ground)
    draw.polygon([(250, 600), (550, 600), (440, 330), (370, 330)], fill="#70757c")
    draw.rectangle((40, 130, 240, 340), fill="#cdb79a")
    draw.rectangle((570, 90, 770, 340), fill="#a88f7b")
    if words == "before":
        for x, y, r, c in (
            (300, 470, 60, "#3f4a3a"),
            (370, 490, 70, "#59483a"),
            (450, 480, 55, "#2f3740"),
            (350, 430, 40, "#7a6d4d"),
        ):
            draw.ellipse((x - r, y - r * 0.7, x + r, y + r * 0.7), fill=c)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()
