"""A phone as a program of its own, so that it can be killed: enrol, work a shift without network, send in the evening.

python -m tests.stories.shift_phone MODE FOLDER URL JSON — ``moment`` is the true time in seconds, ``error_s`` what the
phone's own clock shows more, ``boot_s`` when it was switched on.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from mobile.core.clock import Ticks
from mobile.core.courier import Pace
from mobile.core.field import Field
from mobile.core.opening import open_field
from mobile.core.shapes import Fix
from mobile.device.desktop import DesktopDevice

PACE = Pace(first=0.02, longest=0.3, longest_in_front=0.3)


class Shift:
    """The phone, and the true time that the test lets pass."""

    def __init__(self, folder: str, url: str, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.moment: Callable[[], float] = lambda: time.time() + plan["offset_s"]
        device = DesktopDevice(Path(folder))
        device.boot = lambda: "one boot"  # type: ignore[method-assign]
        ticks = Ticks(
            wall=lambda: self.moment() + plan["error_s"],
            since_boot=lambda: self.moment() - plan["boot_s"],
            boot=device.boot,
        )
        self.field: Field = open_field(device, url, ticks=ticks, pace=PACE)

    def say(self, word: str) -> None:
        print(word, flush=True)  # noqa: T201

    def enrol(self) -> None:
        """In the morning, with a network: enrol, fetch everything, and the cards of the whistles."""
        answer = self.field.enrol(self.plan["code"])
        if not answer.ok:
            raise SystemExit(answer.sentence)
        self.field.courier.want("refresh")
        for id in self.plan["check_ins"]:
            self.field.card("check_in", id)
        self.field.courier.turn()
        for id in self.plan["check_ins"]:
            if not (self.field.card("check_in", id) or {}).get("nonce"):
                raise SystemExit(f"no card of {id}: {self.field.outbox}")
        self.say("ready")

    def shift(self) -> None:
        """Eight hours in airplane mode: save what is not saved yet, each at its moment."""
        self.field.start()
        known = {row["id"] for row in self.field.store.rows("select id from sendings")}
        done = {self.field.letters.contents(row)["title"] for row in self.field.letters.open_rows()} if known else set()
        for step in self.plan["steps"]:
            self.moment = lambda at=step["at"]: at  # type: ignore[misc]
            if step["text"] in done or (step["do"] == "check_in" and self._has_checked_in(step["id"])):
                continue
            getattr(self, f"do_{step['do']}")(step)
            self.say(f"saved {step['text']}")
        self.say("done")

    def _has_checked_in(self, id: str) -> bool:
        return {row["act"] for row in self.field.letters.of_item(id)} >= {"check_in", "work"}

    def do_report(self, step: dict[str, Any]) -> None:
        field = self.field
        facts = {"category": "B03", "text": step["text"]}
        draft = field.new_draft("event", "report", facts)
        field.report(replace(draft, photos=(field.keep_photo(picture(step["text"])),)), self.fix(step))

    def do_check_in(self, step: dict[str, Any]) -> None:
        field = self.field
        card = field.card("check_in", step["id"]) or {}
        acts = {row["act"] for row in field.letters.of_item(step["id"])}
        if "check_in" not in acts:
            field.check_in(card, step["how"], fix=self.fix(step), code=step.get("code"))
            card = field.card("check_in", step["id"]) or {}
        field.act(card, "work")

    def fix(self, step: dict[str, Any]) -> Fix:
        return Fix(step["lon"], step["lat"], 8.0, datetime.fromtimestamp(step["at"], UTC))

    def send(self) -> None:
        """In the evening: send until nothing is left."""
        self.field.start()
        self.field.sync_now()
        while True:
            view = self.field.outbox
            if not view.unsent and not view.photos_left and self.field.grids.edition == self.plan["edition"]:
                break
            time.sleep(0.05)
        self.field.stop()
        told = {"rejected": view.rejected, "conflicts": view.conflicts, "sentence": view.sentence}
        self.say(json.dumps(told | {"edition": self.field.grids.edition}))


def picture(text: str) -> bytes:
    """A photo that only this text gives."""
    image = Image.effect_noise((320, 240), 20).convert("RGB")
    ImageDraw.Draw(image).text((10, 10), str(abs(hash(text)) % 10_000), fill=(255, 0, 0))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()


if __name__ == "__main__":
    mode, folder, url, plan = sys.argv[1:]
    getattr(Shift(folder, url, json.loads(Path(plan).read_text(encoding="utf-8"))), mode)()
