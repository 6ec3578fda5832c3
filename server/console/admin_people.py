"""The security administrator's people (人员账号): find, create, appoint, relieve, leave, codes, second factor, close.

Job: forms around the routes of accounts; a code is shown in the one answer that made it.
Never: show a code twice, or a password at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from flask import render_template, request
from flask_babel import lazy_gettext as _

from server import policy
from server.access import Actor
from server.console import admin, asking, tables, wording
from server.console.admin import SECURITY
from server.console.asking import ask
from server.console.doorway import picture
from server.console.frame import room
from server.console.tables import Table
from server.db import new_id
from server.errors import NotFound, Refusal
from server.people import units
from server.people.desks import today
from server.people.masking import mask_phone
from server.people.rules import GRID_ROLES, NO_POST

PAGE = 50
CODES = {"code": "accounts.enrolment", "reset": "accounts.reset_password"}
"""Acts that answer with a one-time code."""
PLAIN = {
    "unlock": "accounts.unlock",
    "unfactor": "accounts.remove_second_factor",
    "disable": "accounts.disable",
}
"""Acts without a body."""
FORMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "appoint": ("accounts.appoint", ("role", "unit", "valid_from", "valid_to")),
    "relieve": ("accounts.relieve", ("appointment", "last_day")),
    "leave": ("accounts.leave", ("first_day", "last_day")),
}
"""Acts with a form: the route and its fields."""


PEOPLE_ASKED, DEVICES_ASKED = ("q", "role", "unit"), ("q", "state")
"""The filters of an address."""
LABELS = {"q": _("查找词"), "role": _("角色"), "unit": _("单位"), "state": _("状态")}


def _roles() -> list[Any]:
    return [role for code, role in policy.current().roles.items() if code not in NO_POST]


@room.page("/admin/people", may=SECURITY, name="admin_people")
def people(by: Actor) -> str:
    """List the accounts."""
    kept = tables.kept(*PEOPLE_ASKED)
    asked = partial(ask, "accounts.persons", by, **kept, cursor=request.args.get("cursor"), limit=PAGE)
    found, wrong = tables.read(asked, LABELS)
    shown = {"rows": found["items"], "next": tables.onward(found), "kept": kept, "wrong": wrong}
    return render_template("admin/people.html", **shown, roles=_roles(), units=units.known())


def _posts(name: str, said: Callable[[str], str] = str) -> Callable[[tables.Row], str]:
    return lambda row: "、".join(said(post[name]) for post in row["posts"] if post[name])


PEOPLE: tuple[tables.Cell, ...] = (
    (_("账号"), lambda row: row["username"]),
    (_("姓名"), lambda row: row["name"]),
    (_("岗位"), _posts("role", wording.role)),
    (_("单位"), _posts("unit", wording.unit)),
    (_("网格"), _posts("grid")),
    (_("手机"), lambda row: mask_phone(row["phone"])),
    (_("状态"), lambda row: _("已停用") if row["disabled_at"] else _("正常") if row["has_password"] else _("未设密码")),
)
DEVICES: tuple[tables.Cell, ...] = (
    (_("设备"), lambda row: row["id"]),
    (_("姓名"), lambda row: row["name"]),
    (_("账号"), lambda row: row["username"]),
    (_("绑定时间"), lambda row: wording.full(row["enrolled_at"])),
    (_("最近联网"), lambda row: wording.full(row["seen_at"])),
    (_("签名密钥"), lambda row: _("有") if row["has_key"] else _("无")),
    (_("状态"), lambda row: f"{_('已挂失')} {wording.full(row['revoked_at'])}" if row["revoked_at"] else _("在用")),
    (_("已要求清除"), lambda row: _("是") if row["wipes"] else ""),
)


def _all(route: str, fields: tuple[str, ...]) -> Callable[[Actor], Iterable[tables.Row]]:
    return lambda by: asking.all_of(route, by, most=tables.EXPORT_MAX, **tables.kept(*fields))


tables.declare(
    "/admin/people/export.<sort>",
    Table("people", _("人员账号"), SECURITY, lambda: PEOPLE, _all("accounts.persons", PEOPLE_ASKED)),
)
tables.declare(
    "/admin/devices/export.<sort>",
    Table("devices", _("设备"), SECURITY, lambda: DEVICES, _all("accounts.list_devices", DEVICES_ASKED)),
)


@room.page("/admin/people/new", may=SECURITY, name="admin_new_person")
def new_person(by: Actor, **more: Any) -> str:
    """Show the form of a new account."""
    given = {"id": request.form.get("id") or str(new_id()), "given": request.form}
    return render_template("admin/person_new.html", **given, **more)


@room.page("/admin/people/new", may=SECURITY, methods=("POST",), name="admin_create_person")
def create_person(by: Actor) -> Any:
    """Create an account and go to its page, where it gets its post and code."""
    body = {name: text for name in ("username", "name", "phone") if (text := request.form.get(name, "").strip())}
    id = _uuid(request.form.get("id", ""))
    show = lambda **more: new_person(by, **more)  # noqa: E731
    return admin.act(by, "accounts.create", body, show, back=f"/admin/people/{id}?new=1", path={"id": id})


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound from None


@room.page("/admin/people/<uuid:id>", may=SECURITY, name="admin_person")
def person(by: Actor, id: uuid.UUID, **more: Any) -> str:
    """Show one account."""
    card = ask("accounts.person_card", by, {"id": id})
    day = today()
    for one in card["appointments"]:
        one["stage"] = (
            "coming" if one["valid_from"] > day else "past" if one["valid_to"] and one["valid_to"] < day else "now"
        )
    shown = {"person": card, "roles": [role for role in _roles() if role.code not in GRID_ROLES], "today": day}
    return render_template("admin/person.html", **shown, units=units.known(), **more)


@room.page("/admin/people/<uuid:id>/<act>", may=SECURITY, methods=("POST",), name="admin_person_act")
def act_on_person(by: Actor, id: uuid.UUID, act: str) -> Any:
    """Do something to an account."""
    if act in CODES:
        return _code(by, id, CODES[act])
    here = {"page": lambda **more: person(by, id, **more), "back": f"/admin/people/{id}", "path": {"id": id}}
    if act in PLAIN:
        return admin.act(by, PLAIN[act], {}, **here)
    if act not in FORMS:
        raise NotFound
    route, fields = FORMS[act]
    body: dict[str, Any] = {name: text for name in fields if (text := request.form.get(name, "").strip())}
    if act == "appoint":
        body["deputy"] = "deputy" in request.form
    return admin.act(by, route, body, **here)


def _code(by: Actor, id: uuid.UUID, route: str) -> Any:
    try:
        made = asking.do(route, by, {}, path={"id": id}).body
    except Refusal as refusal:
        return person(by, id, wrong=admin.told(refusal)), refusal.status
    return person(by, id, code=made, qr=picture(made["qr"]))


@room.page("/admin/devices", may=SECURITY, name="admin_devices")
def devices(by: Actor, **more: Any) -> str:
    """List the devices."""
    kept = tables.kept(*DEVICES_ASKED)
    asked = partial(ask, "accounts.list_devices", by, **kept, cursor=request.args.get("cursor"), limit=PAGE)
    found, wrong = tables.read(asked, LABELS)
    shown = {"rows": found["items"], "next": tables.onward(found), "kept": kept, "wrong": wrong}
    return render_template("admin/devices.html", **shown | more)


@room.page("/admin/devices/revoke", may=SECURITY, methods=("POST",), name="admin_revoke")
def revoke(by: Actor) -> Any:
    """Report a device lost."""
    back = forward_address(request.form.get("back", ""))
    show = lambda **more: devices(by, **more)  # noqa: E731
    return admin.act(by, "accounts.revoke_device", {}, show, back=back, path={"id": request.form.get("device", "")})


def forward_address(text: str) -> str:
    """Return where to go back to: a page of the security administrator."""
    return text if text.startswith("/admin/") else "/admin/devices"


@room.page("/admin/roles", may=SECURITY, name="admin_roles")
def roles(by: Actor) -> str:
    """Show who may do what, and how far."""
    book = policy.current()
    shown = [role for code, role in book.roles.items() if code != "SYS"]
    return render_template("admin/roles.html", roles=shown, permissions=book.permissions.values(), letters=_letters())


def _letters() -> list[tuple[str, str]]:
    return [
        ("o", _("本人的")), ("g", _("本网格")), ("v", _("本村（社区）")), ("t", _("本镇街")), ("d", _("本部门")),
        ("c", _("交办给本人的")), ("a", _("全区")), ("m", _("脱敏")), ("*", _("附条件")),
    ]  # fmt: skip
