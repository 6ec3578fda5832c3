"""The voice notes of a card (语音留言): each to be played, beneath it what it says as far as somebody wrote it down.

Job: notes with their words and the writer's post, those still on this phone included; the way to write or correct them.
Never: turn sound into words: people do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kivy.uix.widget import Widget

from mobile.core.shapes import Card
from mobile.screens.opening import open_part
from mobile.screens.voice import Player, lines_of
from mobile.widgets import moments
from mobile.widgets.boxes import Column
from mobile.widgets.buttons import Push
from mobile.widgets.rows import Pill
from mobile.widgets.text import Words

if TYPE_CHECKING:
    from mobile.page import Page

WAITS = {"queued": ("等待发送", "amber", "cloud-upload-outline")}
REFUSED = ("被退回，需要修改", "red", "cloud-alert")


def notes_of(page: Page, card: Card, player: Player) -> list[Widget]:
    """Return the voice notes of a card, each above its words."""
    pairs = zip(lines_of(page, card, player), card.get("voices") or (), strict=True)
    return [Column(line, *_words(page, card, voice), gap=8) for line, voice in pairs]


def _words(page: Page, card: Card, voice: Mapping[str, Any]) -> list[Widget]:
    parts = [one for one in card.get("pending") or () if one.get("part")]
    waiting = [one for one in parts if one["part"]["id"] == voice.get("id")]
    if waiting:
        text, state = waiting[-1]["part"]["facts"]["text"], waiting[-1]["state"]
        return [Words(text), Pill(*WAITS.get(state, REFUSED))]
    words = voice.get("words")
    said: list[Widget] = [Words(words["text"]), Words(_writer(page, words), "small", "ink2")] if words else []
    first = {"text": words["text"]} if words else {}
    return said + [_offer(page, card, voice, one, first) for one in voice.get("actions") or ()]


def _offer(page: Page, card: Card, voice: Mapping[str, Any], told: dict[str, Any], first: dict[str, str]) -> Push:
    return Push(told["zh"], lambda: open_part(page.app, card, told, voice["id"], **first), "pencil-outline", "soft")


def _writer(page: Page, words: Mapping[str, Any]) -> str:
    """Return when and in which post something was written down."""
    catalogue = page.field.catalogue
    who = (catalogue.unit_zh(words["unit_code"]), catalogue.role_zh(words["role"]))
    return " · ".join(("记录", *filter(None, who), moments.at(words["at"], page.field.clock.now())))
