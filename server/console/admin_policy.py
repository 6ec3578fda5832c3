"""The policy as administrators read it (政策参数): which files and values are in force, since when, from which source.

Job: show what differs from what was shipped, line by line.
Never: change anything: the directory and the calendar are amended by who keeps the rules.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import render_template

from server.access import Actor
from server.console.admin import SECURITY
from server.console.asking import ask
from server.console.frame import room

GROUPS = {
    "district": "辖区",
    "work": "工作时间",
    "grids": "网格与定位",
    "events": "网格事件",
    "whistles": "吹哨",
    "check_in": "报到",
    "objections": "异议",
    "people": "账号安全",
    "privacy": "隐私与保存",
    "notices": "通知",
    "appeals": "信访",
    "letters": "来信",
    "disputes": "调解",
    "bulletins": "日报",
    "seven_haves": "七有",
    "areas": "包联",
    "figures": "指标",
}
"""What the parts of the settings are called."""


@room.page("/admin/policy", may=SECURITY, name="admin_policy")
def show_policy(by: Actor) -> str:
    """Show the files and values in force."""
    found = ask("amendments.show_policy", by)
    versions = [
        one
        for subject in ("directory", "calendar")
        for one in ask("amendments.list_versions", by, subject=subject)["items"]
    ]
    return render_template("admin/policy.html", found=found, groups=_grouped(found["settings"]), versions=versions)


def _grouped(settings: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    by_group = groupby(settings, key=lambda one: one["key"].partition(".")[0])
    return [(GROUPS.get(name, name), list(values)) for name, values in by_group]


@room.page("/admin/policy/<name>", may=SECURITY, name="admin_policy_file")
def show_policy_file(by: Actor, name: str) -> str:
    """Show one file and how it differs from the shipped one."""
    return render_template("admin/policy_file.html", file=ask("amendments.show_file", by, {"name": name}))
