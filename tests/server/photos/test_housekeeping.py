"""The hourly sweep forgets uploads nobody goes on with, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from server.photos import housekeeping
from server.photos.store import DRAFTS, PARTIAL
from tests.server.photos.camera import sha, shot
from tests.server.town import Town


def test_stale_uploads_and_drafts_go_photos_stay(town: Town, send: Any, declared: Any, clock: Any) -> None:
    whole, begun = shot(seed=5), shot(seed=6)
    card = declared(whole, begun)
    send("mei", card, whole)
    send("mei", card, begun[:100], name=sha(begun), Content_Range=f"bytes 0-99/{len(begun)}")
    draft = town.app.config["GRIDWHISTLE"].photos / PARTIAL / DRAFTS / ".left.by.a.killed.process"
    draft.write_bytes(b"half")
    assert housekeeping.tidy() == 0
    clock.advance(timedelta(days=3))
    assert housekeeping.tidy() >= 2
    assert not draft.exists()
    path = f"/events/{card['id']}/photos"
    assert town.get("mei", f"{path}/{sha(begun)}/upload").json["offset"] == 0
    assert town.get("mei", f"{path}/{sha(whole)}").status_code == 200
