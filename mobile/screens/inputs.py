"""Inputs (控件): how each field of a form is entered, chosen by its ``x-widget`` (docs/api.md).

Job: one class per means of entry; ``value`` is what goes into the act. An unknown means is entered as a line of text.
Never: judge a value: `Catalogue.faults` helps, the server decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kivy.metrics import dp

from mobile.core.attachments import Photo, heard, seen
from mobile.screens import senses
from mobile.screens.voice import VoicePart, can_record
from mobile.widgets.boxes import Column
from mobile.widgets.buttons import Choices, OnOff, Push
from mobile.widgets.fields import Named, TextBox
from mobile.widgets.flow import Flow
from mobile.widgets.photos import KINDS, Thumb

if TYPE_CHECKING:
    from mobile.screens.form import Form

LINES = 4


class Input:
    """A field of a form. ``named`` is the widget with its title; ``value`` what was entered (None: nothing)."""

    is_photos = False
    names_itself = False

    def __init__(self, page: Any, name: str, told: dict[str, Any], value: Any, is_needed: bool) -> None:
        self.page, self.name, self.told, self.is_needed = page, name, told, is_needed
        self.start = value if value is not None else told.get("default")
        self.named = Named(
            "" if self.names_itself else told["title"], self.draw(), needed=is_needed or self.names_itself
        )

    def draw(self) -> Any:
        """Return the widget."""
        raise NotImplementedError  # each input brings its own

    @property
    def value(self) -> Any:
        """Return what was entered."""
        raise NotImplementedError  # each input brings its own

    @property
    def options(self) -> list[tuple[str, ...]]:
        """Return the choices the schema gives."""
        return [(one["const"], one["title"]) for one in self.told.get("oneOf", ())]


class LineInput(Input):
    """A line of text."""

    lines = 1

    def draw(self) -> TextBox:
        """Return a box."""
        self.box = TextBox(str(self.start or ""), self.told.get("description", ""), self.lines)
        return self.box

    @property
    def value(self) -> str | None:
        """Return the text."""
        return self.box.typed or None


class TextInput(LineInput):
    """Several lines of text, typed or spoken."""

    lines = LINES

    def draw(self) -> Any:
        """Return a box, with a button to speak where the device can listen."""
        box = super().draw()
        if not senses.can_dictate(self.page.app):
            return box
        return Column(box, Push("说出来，自动变成文字", self._speak, "account-voice", "plain"), gap=8)

    def _speak(self) -> None:
        senses.dictate(self.page, self._heard)

    def _heard(self, text: str) -> None:
        self.box.input.text = f"{self.box.typed}{text}"


class NumberInput(LineInput):
    """A number."""

    def draw(self) -> TextBox:
        """Return a box for digits."""
        whole = self.told.get("type") == "integer"
        least, most = self.told.get("minimum"), self.told.get("maximum")
        hint = f"{least} 至 {most}" if least is not None and most is not None else ""
        start = "" if self.start is None else str(self.start)
        self.box = TextBox(start, hint, input_type="number", input_filter="int" if whole else "float")
        return self.box

    @property
    def value(self) -> Any:
        """Return the number."""
        kind = int if self.told.get("type") == "integer" else float
        return kind(self.box.typed) if self.box.typed else None


class SwitchInput(Input):
    """Yes or no."""

    names_itself = True

    def draw(self) -> OnOff:
        """Return the switch; its title stands in it."""
        self.switch = OnOff(self.told["title"], bool(self.start), lambda _: None)
        return self.switch

    @property
    def value(self) -> bool:
        """Return whether it is on."""
        return self.switch.is_on


class ChoiceInput(Input):
    """One of a short list."""

    many = False

    def draw(self) -> Any:
        """Return the answers to choose from."""
        chosen = self.start if isinstance(self.start, list) else [self.start]
        self.choices = Choices(self.options, [one for one in chosen if one], many=self.many)
        return self.choices

    @property
    def value(self) -> Any:
        """Return the value chosen."""
        return next(iter(self.choices.chosen), None)


class UrgencyInput(ChoiceInput):
    """An urgency with its meaning."""

    @property
    def options(self) -> list[tuple[str, ...]]:
        """Return the urgencies of the server's list."""
        return [(one["code"], one["zh"], one["meaning_zh"]) for one in self.page.field.catalogue.urgencies]


class PhotosInput(Input):
    """Photos: taken now, each with its kind."""

    is_photos = True

    def draw(self) -> Column:
        """Return the photos taken so far and a button for one more."""
        self.taken: list[Photo] = list(seen(self.page.draft.photos)) if self.page.draft else []
        self.column = Column(gap=8)
        self._show()
        return self.column

    def _show(self) -> None:
        thumbs = [
            Thumb(
                self.page.field.photo(one.sha256, size="thumb"),
                KINDS.get(one.kind, "照片"),
                lambda one=one: self._open(one),
            )
            for one in self.taken
        ]
        take = Push("再拍一张" if thumbs else "拍照", self._take, "camera-plus", "soft")
        self.column.refill(*([Flow(*thumbs, gap=dp(8))] if thumbs else []), take)

    def _take(self) -> None:
        senses.take_photo(self.page, self.photo_kind(), self._add)

    def photo_kind(self) -> str:
        """Return what a photo of this act shows: the result of work, or a check."""
        kinds = {"verify": "check", "send_back": "check"}
        return kinds.get(self.page.act, "after")

    def _add(self, photo: Photo) -> None:
        self.taken.append(photo)
        self._show()

    def _open(self, photo: Photo) -> None:
        def drop() -> None:
            self.taken.remove(photo)
            self._show()

        self.page.app.go("photo", sha256=photo.sha256, drop=drop)

    @property
    def value(self) -> list[Photo]:
        """Return the photos."""
        return list(self.taken)


class VoicesInput(Input):
    """Voice notes: spoken now."""

    is_photos = True

    def draw(self) -> VoicePart:
        """Return the notes spoken so far and the microphone."""
        self.spoken: list[Photo] = list(heard(self.page.draft.photos)) if self.page.draft else []
        may = can_record(self.page, self.page.kind, self.page.act)
        part = VoicePart(self.page, lambda: self.spoken, self.spoken.append, self.spoken.remove, may_record=may)
        self.page.voice = part
        return part

    @property
    def value(self) -> list[Photo]:
        """Return the notes."""
        return list(self.spoken)


def made(page: Form, name: str, told: dict[str, Any], value: Any, is_needed: bool) -> Input:
    """Return the input for a field of a form."""
    from mobile.screens.pickers import PICKERS

    plain: dict[str, type[Input]] = {
        "text": TextInput, "number": NumberInput, "switch": SwitchInput, "choice": ChoiceInput, "reason": ChoiceInput,
        "urgency": UrgencyInput, "photos": PhotosInput, "voices": VoicesInput,
    }  # fmt: skip
    kinds = plain | PICKERS
    means = "among" if "x-among" in told else told["x-widget"]
    return kinds.get(means, LineInput)(page, name, told, value, is_needed)
