"""The bodies of acts: what every act may carry, and reusable fields.

Job: one base form with the revision (g3) and the moment of capture (g5).
Never: know a kind of item.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma

TEXT_MAX = 2000


class Act(ma.Schema):
    """What every act carries: the revision acted on, and for offline acts the moment of capture."""

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


class Reasoned(Act):
    """An act that needs a reason."""

    reason = words("理由")
