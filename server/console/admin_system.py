"""The system administrator's desk (系统运行): health, jobs with their errors, webhooks with their log.

Job: show what stands still and let it be tried again.
Never: show what a case is about.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from flask import render_template, request
from flask_babel import lazy_gettext as _

from server.access import Actor
from server.console import admin, asking, tables, wording
from server.console.admin import SYSTEM
from server.console.asking import ask
from server.console.frame import room
from server.console.tables import Table
from server.errors import Refusal


@room.page("/admin/health", may=SYSTEM, name="admin_health")
def show_health(by: Actor) -> str:
    """Show whether all is well."""
    found, jobs, calendar = (
        ask("system.show_health", by),
        ask("jobs.list_jobs", by),
        ask("amendments.show_calendar", by),
    )
    return render_template("admin/health.html", found=found, jobs=jobs, calendar=calendar)


@room.page("/admin/jobs", may=SYSTEM, name="admin_jobs")
def show_jobs(by: Actor, **more: Any) -> str:
    """Show what waits and what failed."""
    return render_template("admin/jobs.html", found=ask("jobs.list_jobs", by), **more)


@room.page("/admin/jobs/<int:id>/retry", may=SYSTEM, methods=("POST",), name="admin_retry")
def retry_job(by: Actor, id: int) -> Any:
    """Put a failed job back into the queue."""
    show = lambda **more: show_jobs(by, **more)  # noqa: E731
    return admin.act(by, "jobs.retry_job", {}, show, back="/admin/jobs", path={"job": id})


@room.page("/admin/webhooks", may=SYSTEM, name="admin_webhooks")
def webhooks(by: Actor, **more: Any) -> str:
    """List the webhooks."""
    return render_template(
        "admin/webhooks.html", rows=ask("webhooks.list_webhooks", by)["items"], given=request.form, **more
    )


@room.page("/admin/webhooks", may=SYSTEM, methods=("POST",), name="admin_add_webhook")
def add_webhook(by: Actor) -> Any:
    """Add a webhook and show its secret this once."""
    body: dict[str, Any] = {name: request.form.get(name, "").strip() for name in ("url", "digest", "note")}
    body |= {name: request.form.get(name, "").split() for name in ("actions", "tags")}
    try:
        made = asking.do("webhooks.add_webhook", by, {name: value for name, value in body.items() if value}).body
    except Refusal as refusal:
        return webhooks(by, wrong=admin.told(refusal)), refusal.status
    return webhooks(by, made=made)


@room.page("/admin/webhooks/<uuid:id>", may=SYSTEM, name="admin_webhook")
def webhook(by: Actor, id: uuid.UUID, **more: Any) -> str:
    """Show what was sent to a webhook and what came of it."""
    hook = next((one for one in ask("webhooks.list_webhooks", by)["items"] if one["id"] == str(id)), None)
    found = ask("webhooks.list_deliveries", by, {"id": id}, cursor=request.args.get("cursor"))
    return render_template("admin/webhook.html", hook=hook, rows=found["items"], next=tables.onward(found), **more)


DELIVERIES: tuple[tables.Cell, ...] = (
    (_("封印号"), lambda row: row["n"]),
    (_("生成"), lambda row: wording.full(row["created_at"])),
    (_("次数"), lambda row: row["tries"]),
    (_("最近一次"), lambda row: wording.full(row["last_try_at"])),
    (_("对方应答"), lambda row: row["last_answer"]),
    (_("已送达"), lambda row: wording.full(row["delivered_at"])),
    (_("已放弃"), lambda row: wording.full(row["given_up_at"])),
)
JOBS: tuple[tables.Cell, ...] = (
    (_("编号"), lambda row: row["id"]),
    (_("任务"), lambda row: row["task"]),
    (_("参数"), lambda row: row["args"]),
    (_("状态"), lambda row: STATES.get(row["status"], row["status"])),
    (_("次数"), lambda row: row["attempts"]),
    (_("入队"), lambda row: wording.full(row["since"])),
    (_("下次或最近"), lambda row: wording.full(row["scheduled_at"] or row["last_at"])),
)
STATES = {"failed": _("失败"), "todo": _("等待"), "doing": _("执行中")}


def _deliveries(by: Actor, id: uuid.UUID) -> Iterable[tables.Row]:
    return asking.all_of("webhooks.list_deliveries", by, {"id": id}, most=tables.EXPORT_MAX)


tables.declare(
    "/admin/webhooks/<uuid:id>/export.<sort>",
    Table("deliveries", _("推送记录"), SYSTEM, lambda: DELIVERIES, _deliveries),
)
tables.declare(
    "/admin/jobs/export.<sort>",
    Table("jobs", _("后台任务"), SYSTEM, lambda: JOBS, lambda by: ask("jobs.list_jobs", by)["jobs"]),
)


@room.page("/admin/webhooks/<uuid:id>/end", may=SYSTEM, methods=("POST",), name="admin_end_webhook")
def end_webhook(by: Actor, id: uuid.UUID) -> Any:
    """End a webhook."""
    show = lambda **more: webhook(by, id, **more)  # noqa: E731
    return admin.act(by, "webhooks.end_webhook", {}, show, back=f"/admin/webhooks/{id}", path={"id": id})


@room.page("/admin/webhooks/<uuid:id>/again/<uuid:delivery>", may=SYSTEM, methods=("POST",), name="admin_again")
def deliver_again(by: Actor, id: uuid.UUID, delivery: uuid.UUID) -> Any:
    """Try a delivery once more."""
    show = lambda **more: webhook(by, id, **more)  # noqa: E731
    back, path = f"/admin/webhooks/{id}", {"id": delivery}
    return admin.act(by, "webhooks.deliver_again", {}, show, back=back, path=path)
