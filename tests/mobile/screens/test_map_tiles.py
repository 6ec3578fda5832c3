"""What lies below the map is chosen by touch; the map works with none, and a choice that lacks something is not kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from tests.mobile.screens.district import middle, photo_bytes
from tests.mobile.screens.phone import Phone
from tests.mobile.screens.town import Town

Make = Callable[..., Phone]
TOKEN = "0123456789abcdef0123456789abcdef"


def opened(phone: Make) -> Phone:
    """The settings, and the choice opened from them."""
    one = phone(Town("GWF"))
    one.app.turn_to("me")
    one.settle()
    one.tap("设置")
    one.tap("底图：不用底图")
    return one


def chosen(phone: Phone) -> dict[str, str]:
    """What the core keeps."""
    return phone.field.preference("map_tiles") or {}


def mbtiles(folder: Path) -> Path:
    """A file of tiles with a picture about the own grid."""
    from mobile.core.tiles import _place

    folder.mkdir(parents=True, exist_ok=True)
    z, x, y = _place(*middle(0, 0), 14)
    path = folder / "yuancheng.mbtiles"
    with sqlite3.connect(path) as db:
        db.execute("create table tiles (zoom_level int, tile_column int, tile_row int, tile_data blob)")
        db.execute("insert into tiles values (?, ?, ?, ?)", (z, x, (1 << z) - 1 - y, photo_bytes("street")))
    db.close()
    return path


def test_tianditu_is_kept_only_with_a_key(phone: Make) -> None:
    one = opened(phone)
    one.tap("天地图", exact=True)
    one.tap("保存并试一试")
    assert one.sees("密钥只有字母和数字")
    assert not chosen(one)
    one.field.tiles._fetched = lambda place: b""  # type: ignore[method-assign,assignment]
    one.type(one.app.page.key, TOKEN)
    one.tap("保存并试一试")
    one.wait(lambda: one.sees("这次没有取到底图"), "the trial")
    assert (chosen(one)["kind"], chosen(one)["token"], chosen(one)["crs"]) == ("tianditu", TOKEN, "cgcs2000")
    one.back()
    assert one.sees("底图：天地图")


def test_the_offices_own_tiles_are_offered_only_where_there_are_some(phone: Make) -> None:
    one = opened(phone)
    one.tap("单位服务器的底图")
    assert one.sees("单位服务器没有放底图")
    assert not chosen(one)


def test_a_file_on_the_phone_lies_below_the_map_in_its_own_system_without_a_network(phone: Make) -> None:
    one = opened(phone)
    one.tap("手机里的底图文件")
    assert one.sees("手机里没有底图文件")
    path = mbtiles(one.device.shared_folder())
    one.tap("不用底图")
    one.offline()
    one.tap("手机里的底图文件")
    one.tap("yuancheng")
    one.wait(lambda: one.sees("已改用：手机里的底图文件"), "the trial")
    assert chosen(one) == {"kind": "mbtiles", "file": str(path), "crs": "cgcs2000"}
    one.tap("这个文件是高德")
    assert chosen(one)["crs"] == "gcj02"
    one.app.turn_to("map")
    one.run_for(0.3)
    surface = one.app.page.surface
    assert surface.tiles is not None
    assert one.field.tiles.crs == "gcj02"


def test_no_tiles_again_and_the_map_goes_on(phone: Make) -> None:
    one = opened(phone)
    one.field.choose_tiles({"kind": "mbtiles", "file": "/lost.mbtiles", "crs": "cgcs2000"})
    one.tap("不用底图")
    assert not chosen(one)
    one.app.turn_to("map")
    one.run_for(0.3)
    assert one.app.page.surface.tiles is None
    assert one.app.page.surface.ground.built
