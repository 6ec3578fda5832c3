"""What the variants of a figure are called (指标口径), where a figure has several.

Job: a name per variant, Chinese and English, that cannot be taken for another's.
Never: count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Variant(NamedTuple):
    """The two names of a variant."""

    zh: str
    en: str


NAMES: Mapping[tuple[str, str], Variant] = {
    ("K02", "E"): Variant("因延期而按期", "On time only by an extension"),
    ("K03", "A"): Variant("结案率", "Closing rate"),
    ("K03", "B"): Variant("按期结案率", "On-time closing rate"),
    ("K05", "A"): Variant("超期未处置率", "Overdue and not handled"),
    ("K05", "B"): Variant("延期率", "Extension rate"),
    ("K07", "S"): Variant("自行处置现场抽查率", "Self-handled, checked on site"),
    ("K08", "A"): Variant("吹哨响应率（按哨）", "Whistle response (by whistle)"),
    ("K08", "B"): Variant("吹哨响应率（按部门）", "Whistle response (by department)"),
    ("K28", "A"): Variant("异议率", "Objection rate"),
    ("K28", "B"): Variant("驳回率", "Dismissal rate"),
    ("K28", "C"): Variant("每百件改派数", "Re-routed per 100"),
}
"""Code and variant → names; a figure of one variant is called as the policy calls it."""
