"""``gridwhistle people``: import a roster, list, hand out codes, lock out lost phones (人员命令).

Job: options in, tables and files out; exit code 1 and nothing stored on errors.
Never: decide what is wrong, show a password, or commit: the command line's frame does.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import click
import sqlalchemy as sa
from flask import current_app

from server.access import SYSTEM
from server.db import CN, db, now
from server.grids import roster
from server.people import acts, codes, desks, devices, second_factor, tries
from server.people.models import Appointment, Person, Post, Unit
from server.people.roster import report, sheet, writing
from server.people.roster.plan import Someone, Step
from server.people.sign_in import normal

LIST_MAX = 10_000
WHAT_NEXT = "改正报告所列的行后重新导入，或加 --partial 只导入无误的行 · mend the rows in the report, or use --partial"


@click.group()
def people() -> None:
    """人员：批量导入、一次性码、设备挂失 · import staff, hand out codes, lock out lost phones."""


@people.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check-only", is_flag=True, help="只检查，不导入 · check and store nothing")
@click.option("--partial", is_flag=True, help="跳过有误的行，导入其余 · keep the good rows")
@click.option(
    "--report", "report_file", type=click.Path(dir_okay=False, path_type=Path), help="逐行报告 CSV · report per row"
)
@click.option(
    "--codes", "codes_file", type=click.Path(dir_okay=False, path_type=Path), help="一次性码文件 · one-time codes"
)
def import_(file: Path, check_only: bool, partial: bool, report_file: Path | None, codes_file: Path | None) -> None:
    """导入人员名册（CSV 或 XLSX）；有误则什么也不存 · import a roster: all or nothing.

    表头：姓名、账号、手机、角色、单位、网格、起、止。新账号没有密码：凭一次性码绑定手机或首次登录。
    """
    try:
        steps = roster.examined(file)
    except sheet.SheetError as problem:
        raise SystemExit(f"{file.name}：{problem}") from None
    if report_file:
        report.write(report_file, steps)
    for result, number in report.counts(steps).items():
        click.echo(f"{result}：{number} 行")
    faulty = [step for step in steps if step.faults]
    show_faults(faulty)
    if faulty and not partial:
        click.echo(f"有 {len(faulty)} 行有误，未导入。{WHAT_NEXT}", err=True)
        raise SystemExit(1)
    if check_only:
        click.echo("只作检查，未导入 · checked only, nothing stored")
        return
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    hand_out(writing.write(steps, SYSTEM, file=file.name, sha256=digest), codes_file)


def show_faults(faulty: list[Step], most: int = 20) -> None:
    """Print the first faults; the report holds them all."""
    for step in faulty[:most]:
        for fault in step.faults:
            click.echo(
                f"✗ 第 {step.number} 行 {step.username} [{fault.column}] {fault.problem}；{fault.advice}", err=True
            )
    if len(faulty) > most:
        click.echo(f"……其余 {len(faulty) - most} 行见报告（--report）", err=True)


def hand_out(new: list[Someone], file: Path | None) -> None:
    """Make a one-time code for each new person and write them into a file only its owner reads."""
    if not new:
        return
    if file is None:
        file = current_app.config["GRIDWHISTLE"].var / f"codes-{now().astimezone(CN):%Y%m%d-%H%M%S-%f}.csv"
    made, expires_at = codes.made_for([person.id for person in new], SYSTEM.person_id)
    try:
        report.write_codes(file, new, made, expires_at)
    except OSError as problem:
        raise SystemExit(f"一次性码文件无法写入，未导入：{problem}") from None
    click.echo(f"{len(new)} 个一次性码：{file}（仅本人可读，发放后请删除）")


@people.command("list")
@click.option("--unit", help="单位编码 · unit code")
@click.option("--role", help="角色编码 · role code")
def list_(unit: str | None, role: str | None) -> None:
    """列出在岗人员 · list who fills which post today."""
    query = (
        sa.select(Person.username, Person.name, Post.role, Unit.zh, Post.grid_code)
        .join(Appointment, Appointment.person_id == Person.id)
        .join(Post, Post.id == Appointment.post_id)
        .join(Unit, Unit.code == Post.unit_code)
        .where(
            desks.filled(desks.today()),
            *([Post.unit_code == unit] if unit else []),
            *([Post.role == role] if role else []),
        )
        .order_by(Unit.code, Post.role, Person.username)
        .limit(LIST_MAX)
    )
    for row in db.session.execute(query):
        click.echo("\t".join(cell or "" for cell in row))


def _person(username: str) -> Person:
    query = sa.select(Person).where(Person.username == normal(username))
    person: Person | None = db.session.scalar(query.with_for_update())
    if person is None:
        raise SystemExit(f"没有账号 {username} · no such account")
    return person


@people.command()
@click.argument("username")
def code(username: str) -> None:
    """发放一次性码 · hand out a one-time code."""
    made, expires_at = acts.give_code(_person(username), SYSTEM)
    click.echo(f"{made}\t有效期至 {expires_at.astimezone(CN):%Y-%m-%d %H:%M}")


@people.command("reset-password")
@click.argument("username")
@click.option("--second-factor", "both", is_flag=True, help="同时解除动态口令 · remove the second factor too")
def reset_password(username: str, both: bool) -> None:
    """重置密码、结束全部登录、解除锁定，输出一次性码 · forget the password, hand out a one-time code."""
    person = _person(username)
    made, expires_at = acts.reset_password(person, SYSTEM)
    tries.unlock(person.username)
    if both:
        second_factor.remove(person.id, SYSTEM)
    click.echo(f"{made}\t有效期至 {expires_at.astimezone(CN):%Y-%m-%d %H:%M}")


@people.command()
@click.argument("username")
def unlock(username: str) -> None:
    """解除登录锁定 · forget the failed sign-ins of an account."""
    tries.unlock(_person(username).username)
    click.echo("已解除锁定 · unlocked")


@people.command("revoke-device")
@click.argument("device_id")
def revoke_device(device_id: str) -> None:
    """设备挂失：下次连接时清除本机数据 · a lost phone erases itself at its next contact."""
    found = devices.revoke(device_id, sa.true(), SYSTEM)
    click.echo(f"已挂失，涉及 {len(found)} 人 · revoked")
