"""Pictures below the map come from a file, from the cache, or from where the office said; the token stays with our server."""

from __future__ import annotations

import http.server
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mobile.core.hearers import Hearers
from mobile.core.tiles import OWN_TEMPLATE, Tiles

PNG = b"\x89PNG\r\n\x1a\n-tile"


class Own:
    """The client of our server, as far as tiles need it."""

    base, verify = "https://grid.example", True

    def headers(self) -> dict[str, str]:
        return {"Authorization": "Bearer secret"}


def tiles(folder: Path, **source: Any) -> Tiles:
    return Tiles(folder, Own(), Hearers(), lambda: source)  # type: ignore[arg-type]


def test_without_a_source_there_is_no_tile(tmp_path: Path) -> None:
    assert Tiles(tmp_path, Own(), Hearers(), lambda: None).tile(12, 1, 1) is None  # type: ignore[arg-type]


def test_a_file_of_tiles_counts_its_rows_from_the_south(tmp_path: Path) -> None:
    path = tmp_path / "base.mbtiles"
    with sqlite3.connect(path) as db:
        db.execute("create table tiles (zoom_level int, tile_column int, tile_row int, tile_data blob)")
        db.execute("insert into tiles values (3, 6, 4, ?)", (PNG,))
    db.close()
    found = tiles(tmp_path, kind="mbtiles", file=str(path))
    assert found.tile(3, 6, 3) == PNG
    assert found.tile(3, 6, 4) is None
    assert tiles(tmp_path, kind="mbtiles", file=str(tmp_path / "lost")).tile(3, 6, 3) is None


def test_the_token_of_the_bearer_goes_to_our_own_server_alone(tmp_path: Path) -> None:
    own = tiles(tmp_path, kind="xyz", template="/basemap/{z}/{x}/{y}.png").address(3, 6, 2)
    assert own == ("https://grid.example/api/v1/basemap/3/6/2.png", {"Authorization": "Bearer secret"})
    assert tiles(tmp_path, kind="xyz", template="https://t.example/{z}/{x}/{y}").address(3, 6, 2)[1] == {}
    address, headers = tiles(tmp_path, kind="tianditu", token="tk1").address(12, 3344, 1770)
    assert headers == {}
    assert "TILEMATRIX=12&TILEROW=1770&TILECOL=3344&tk=tk1" in address


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            good = "/1/1" in self.path
            self.send_response(200 if good else 404)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(PNG)))
            self.end_headers()
            self.wfile.write(PNG)

        def log_message(self, *_: Any) -> None:
            """Be quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_tile_is_fetched_aside_once_and_kept(tmp_path: Path, elsewhere: tuple[str, list[str]]) -> None:
    base, asked = elsewhere
    came = threading.Event()
    hearers = Hearers()
    hearers.add(lambda topics: came.set() if "tiles" in topics else None)
    source = {"kind": "xyz", "template": base + "/{z}/{x}/{y}"}
    found = Tiles(tmp_path, Own(), hearers, lambda: source)  # type: ignore[arg-type]
    assert found.tile(5, 1, 1) is None
    assert came.wait(60)
    assert found.tile(5, 1, 1) == PNG
    assert Tiles(tmp_path, Own(), hearers, lambda: source).tile(5, 1, 1) == PNG  # type: ignore[arg-type]
    assert asked == ["/5/1/1"]


def test_a_tile_that_is_not_there_is_not_asked_for_again_at_once(
    tmp_path: Path, elsewhere: tuple[str, list[str]]
) -> None:
    base, asked = elsewhere
    found = tiles(tmp_path, kind="xyz", template=base + "/{z}/{x}/{y}")
    found.tile(5, 2, 2)
    while found._workers:
        threading.Event().wait(0.01)
    found.tile(5, 2, 2)
    assert asked == ["/5/2/2"]


def test_a_trial_says_whether_there_is_a_picture_about_a_place(tmp_path: Path) -> None:
    path = tmp_path / "maps" / "base.mbtiles"
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute("create table tiles (zoom_level int, tile_column int, tile_row int, tile_data blob)")
        db.execute("insert into tiles values (14, 13411, 9304, ?)", (PNG,))
    db.close()
    file = tiles(tmp_path, kind="mbtiles", file=str(path))
    assert file.trial(114.69, 23.74)
    assert not file.trial(116.40, 39.90)
    assert not tiles(tmp_path).trial(114.69, 23.74)
    assert file.files(tmp_path) == [path]


def test_the_base_map_of_the_office_comes_from_its_own_server_with_the_bearers_token(tmp_path: Path) -> None:
    address, headers = tiles(tmp_path, kind="xyz", template=OWN_TEMPLATE).address(14, 13411, 7081)
    assert address == "https://grid.example/api/v1/maps/base/14/13411/7081"
    assert headers["Authorization"]
