"""The bodies of acts: what every act may carry, and reusable fields.

Job: one base form with the revision (g3) and the moment of capture (g5).
Never: know a kind of item.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import marshmallow as ma

from server import policy

TEXT_MAX = 2000
SPOKEN = "见语音留言"


@dataclass(frozen=True, slots=True)
class CodeOf:
    """A validator: the value is a code of this table of the policy; the documents list the codes."""

    table: str

    @property
    def choices(self) -> Collection[str]:
        """Return the codes known now."""
        return list(getattr(policy.current(), self.table))

    def __call__(self, value: str) -> None:
        """Raise ValidationError when there is no such code."""
        if value not in self.choices:
            raise ma.ValidationError(f"没有这个代码 (unknown code): {value[:40]}")


def of_category(value: str) -> None:
    """Raise ValidationError when no leaf of the policy has this code or begins with it; empty asks for all."""
    if not any(code.startswith(value) for code in policy.current().categories):
        raise ma.ValidationError(f"没有这个事项类别 (unknown category): {value[:40]}")


@dataclass(frozen=True, slots=True)
class ReasonOf:
    """A validator: the value is one of the policy's reasons of this name, such as ``event.reject``."""

    name: str

    @property
    def choices(self) -> Collection[str]:
        """Return the codes known now."""
        return list(policy.current().reasons.get(self.name, ()))

    def __call__(self, value: str) -> None:
        """Raise ValidationError when it is none of them."""
        if value not in self.choices:
            raise ma.ValidationError(f"请从列表中选择 (choose one of): {', '.join(self.choices)}")


class Act(ma.Schema):
    """What every act carries: the revision acted on, and for offline acts the moment of capture.

    ``means`` tells who fills the form in what follows from the act, where its name does not say it.
    """

    means = ""

    class Meta:
        unknown = ma.RAISE

    revision = ma.fields.Integer(load_default=None, metadata={"description": "版本号：所见卡片的 revision"})
    captured_at = ma.fields.AwareDateTime(
        load_default=None, allow_none=True, metadata={"description": "离线操作发生的时刻（带时区）"}
    )


def words(description: str, *, required: bool = True, max_length: int = TEXT_MAX, **more: Any) -> ma.fields.String:
    """Return a text field with a Chinese label; empty or blank text counts as missing when required."""
    checks = [ma.validate.Length(min=1 if required else 0, max=max_length), _not_blank(required)]
    extra: dict[str, Any] = {} if required else {"load_default": ""}
    return ma.fields.String(required=required, validate=checks, metadata={"description": description}, **extra, **more)


def _not_blank(required: bool) -> Any:
    def check(value: str) -> None:
        if "\x00" in value or (required and not value.strip()):
            raise ma.ValidationError("请填写内容 (must not be blank)")

    return check


class Spoken(ma.Schema):
    """Mixed into a form whose words may be spoken: where a voice note comes without them, words that say so stand in.

    ``spoken`` is the field the voice note may stand for; the form has ``voices`` besides.
    """

    spoken = ""

    @ma.pre_load
    def _stand_in(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, Mapping) or not data.get("voices"):
            return data
        words = data.get(self.spoken)
        is_blank = words is None or (isinstance(words, str) and not words.strip())
        return {**data, self.spoken: self.stand_in(data)} if is_blank else data

    def stand_in(self, data: Mapping[str, Any]) -> str:
        """Return the words that stand where nothing was written."""
        return SPOKEN


class Reasoned(Act):
    """An act that needs a reason."""

    reason = words("理由")


class Explained(Reasoned):
    """An act whose reason is chosen from a list (原因) and explained in words (说明)."""

    reason = words("说明")
