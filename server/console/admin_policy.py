"""The policy as administrators read it (政策参数): which files and values are in force, since when, from which source.

Job: show what differs from what was shipped, line by line.
Never: change anything: the directory and the calendar are amended by who keeps the rules.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import render_template
from flask_babel import lazy_gettext as _

from server.access import Actor
from server.console.admin import SECURITY
from server.console.asking import ask
from server.console.frame import room

GROUPS = {
    "district": _("辖区"),
    "work": _("工作时间"),
    "grids": _("网格与定位"),
    "events": _("网格事件"),
    "whistles": _("吹哨"),
    "check_in": _("报到"),
    "objections": _("异议"),
    "people": _("账号安全"),
    "privacy": _("隐私与保存"),
    "notices": _("通知"),
    "appeals": _("信访"),
    "letters": _("来信"),
    "disputes": _("调解"),
    "bulletins": _("日报"),
    "seven_haves": _("七有"),
    "areas": _("包联"),
    "figures": _("指标"),
    "public": _("公开信息"),
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
