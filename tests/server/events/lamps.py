"""A street lamp that is out: whom it is dispatched to, and which promises run."""

from __future__ import annotations

from typing import Any

LAMP = [{"unit": "DEP28", "role": "lead", "share_pct": 60}, {"unit": "DEP36", "role": "co", "share_pct": 40}]


def running(card: dict[str, Any]) -> set[str]:
    return {clock["code"] for clock in card["clocks"] if clock["stopped_at"] is None}
