"""``gridwhistle grids``: import editions, put them in force, locate points of a file, list, export (网格命令).

Job: options in, findings and tables out; a progress bar while it takes long; exit code 1 and nothing stored on errors.
Never: decide what is wrong with a file, or commit: the command line's frame does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from gis.files import Declaration
from gis.findings import Finding, GridFileError
from server import policy
from server.access import SYSTEM
from server.db import CN, db, now
from server.grids import acts, editions, export, residents, staff, survey, table
from server.grids.models import BASE, LAYERS, STATUSES, Edition, Grid
from server.grids.options import Bars, ControlPoint, Kinds, Moment
from server.grids.survey import Examined, Fields

SIGNS = {"error": "✗ 错误", "warning": "! 提示"}
SYSTEMS = {"wgs84": "EPSG:4326", "cgcs2000": "EPSG:4490"}
"""Names people use for systems that have a number."""


@click.group()
def grids() -> None:
    """网格：导入、启用、定位、导出 · import, put in force, locate, export grids."""


@grids.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--edition", "name", required=True, help="版本名称 · name of the new edition")
@click.option("--code", required=True, metavar="FIELD", help="编码字段 · field that holds the code")
@click.option("--crs", metavar="EPSG:n|gcj02|bd09", help="坐标系（文件未说明时必填）· coordinate system of the file")
@click.option("--override-crs", is_flag=True, help="以 --crs 为准，即使文件另有说明 · --crs wins over the file's own")
@click.option("--layer", type=click.Choice(list(LAYERS)), default=BASE, show_default=True, help="图层 · layer")
@click.option("--repair", is_flag=True, help="修复无效边界 · mend invalid rings")
@click.option("--check-only", is_flag=True, help="只检查，不导入 · check and store nothing")
@click.option(
    "--control", "controls", type=ControlPoint(), multiple=True, help="控制点，可多次 · place known to lie in a grid"
)
@click.option("--accept", type=Kinds(), default=(), help="接受的图形缺陷 · defects somebody answers for")
@click.option("--code-pattern", metavar="REGEX", help="编码规则 · rule every code must follow")
@click.option("--name-field", default="", metavar="FIELD", help="名称字段 · field that holds the name")
@click.option(
    "--categories-field", default="", metavar="FIELD", help="案由字段（专属网格）· categories of a special grid"
)
@click.option("--parents-field", default="", metavar="FIELD", help="来源网格字段 · codes the grid was made of")
@click.option("--valid-from", type=Moment(), help="启用时刻 · moment from which it is in force")
@click.option("--file-layer", metavar="NAME", help="文件内的图层 · layer inside the file")
@click.option("--encoding", help="属性编码，如 GBK · encoding of the attributes")
def import_(file: Path, name: str, **given: Any) -> None:
    """导入一个网格版本，有错误则什么也不存 · import an edition: all or nothing.

    图层的第一个版本立即启用；以后的版本导入后用 `grids activate` 启用（或给出 --valid-from）。
    """
    acts.check_name(name)
    with Bars() as bars:
        try:
            examined = _examine(file, given, bars)
        except GridFileError as refused:
            tell(refused.findings)
            raise SystemExit(1) from None
    tell(examined.findings, examined.accepted)
    click.echo(f"{len(examined.survey.codes)} 个网格，坐标系 {examined.survey.source_crs} · {file.name}")
    if examined.blocking:
        click.echo(
            f"有 {len(examined.blocking)} 处错误，未导入 · {len(examined.blocking)} errors, nothing stored", err=True
        )
        raise SystemExit(1)
    if given["check_only"]:
        click.echo("只作检查，未导入 · checked only, nothing stored")
        return
    edition = acts.import_edition(name, examined, by=SYSTEM, valid_from=given["valid_from"])
    click.echo(f"已导入版本 {edition.name}（{_state(edition)}）· imported")


def _examine(file: Path, given: dict[str, Any], bars: Bars) -> Examined:
    crs = SYSTEMS.get((given["crs"] or "").lower(), given["crs"])
    declared = Declaration(given["code"], crs, given["override_crs"], given["encoding"], given["file_layer"])
    fields = Fields(given["name_field"], given["categories_field"], given["parents_field"])
    read = survey.from_file(file, declared, fields=fields, repair=given["repair"], progress=bars)
    return survey.examine(
        read,
        layer=given["layer"],
        code_pattern=given["code_pattern"],
        controls=given["controls"],
        accept=given["accept"],
        progress=bars,
    )


def tell(findings: Sequence[Finding], accepted: frozenset[str] = frozenset()) -> None:
    """Print each finding in Chinese and English, errors first, with its place."""
    for found in findings:
        sign = "~ 已接受" if found.kind in accepted else SIGNS[found.severity]
        at = f" @ {found.at[0]:.6f},{found.at[1]:.6f}" if found.at else ""
        click.echo(f"{sign} [{found.kind}] {found.zh} · {found.en}{at}")


def _state(edition: Edition) -> str:
    if edition.valid_from is None:
        return f"{STATUSES[edition.status]}{'，自始有效' if edition.status == 'published' else ''}"
    return f"{STATUSES[edition.status]}，{_local(edition.valid_from)} 起"


def _local(moment: datetime | None) -> str:
    return moment.astimezone(CN).strftime("%Y-%m-%d %H:%M") if moment else "—"


@grids.command()
@click.argument("name")
@click.option("--at", type=Moment(), help="启用时刻，默认次日零点 · default: the next midnight in Beijing")
def activate(name: str, at: datetime | None) -> None:
    """启用一个已导入的版本 · put a loaded edition in force."""
    edition = editions.publish(editions.named(name), by=SYSTEM, at=at)
    click.echo(f"版本 {edition.name}：{_state(edition)}")


@grids.command()
@click.argument("name")
def withdraw(name: str) -> None:
    """撤回尚未生效的启用 · take back an edition that has not begun."""
    edition = editions.withdraw(editions.named(name), by=SYSTEM)
    click.echo(f"版本 {edition.name}：{_state(edition)}")


@grids.command()
@click.argument("name")
def drop(name: str) -> None:
    """删除从未启用的版本 · delete an edition that was never in force."""
    editions.drop(editions.named(name), by=SYSTEM)
    click.echo(f"已删除版本 {name} · dropped")


@grids.command("list")
def list_() -> None:
    """列出网格版本 · list the editions."""
    query = (
        sa.select(Edition, sa.func.count(Grid.id)).join(Grid, isouter=True).group_by(Edition.id).order_by(Edition.id)
    )
    for edition, count in db.session.execute(query):
        span = f"{_local(edition.valid_from)} – {_local(edition.valid_to)}"
        words = (edition.name, LAYERS[edition.layer], STATUSES[edition.status], span, f"{count} 格", edition.source_crs)
        click.echo("\t".join(words))


@grids.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--lon", required=True, metavar="COL", help="经度（或东坐标）列 · column of longitude or easting")
@click.option("--lat", required=True, metavar="COL", help="纬度（或北坐标）列 · column of latitude or northing")
@click.option("--crs", default="wgs84", show_default=True, metavar="wgs84|cgcs2000|gcj02|bd09|EPSG:n", help="坐标系")
@click.option("--edition", "name", help="网格版本，默认现行版本 · default: the edition in force")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="输出 · output file")
def locate(source: Path, lon: str, lat: str, crs: str, name: str | None, out: Path) -> None:
    """给 CSV 的每一行加上所在网格 · add grid_code, n_hits and distance_m to each row of a CSV file."""
    edition = editions.span(editions.named(name)) if name else editions.in_force(editions.published(), BASE, now())
    if edition is None:
        raise click.ClickException("没有现行的网格版本，请用 --edition 指定 · no edition in force")
    try:
        told = table.locate(source, out, columns=(lon, lat), crs=crs, edition=edition)
    except table.Unreadable as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(
        f"{told.rows} 行：{told.inside} 行在网格内，{told.outside} 行在网格外，{told.placeless} 行没有可用坐标 → {out}"
    )


@grids.command("staff")
@click.option("--township", help="镇街代码 · only this township")
def staff_(township: str | None) -> None:
    """列出缺网格长或专职网格员的网格 · grids whose leader or full-time worker is missing."""
    edition = editions.in_force(editions.published(), BASE, now())
    query = (
        sa.select(Grid.code)
        .where(Grid.edition_id == (edition.id if edition else None))
        .order_by(Grid.code.collate("C"))
    )
    codes = list(db.session.scalars(query.where(Grid.township_code == township) if township else query))
    vacant = staff.vacancies(codes)
    seats = policy.current().roles
    for code, roles in vacant.items():
        click.echo(f"{code}\t缺 {'、'.join(seats[role].zh for role in roles)}")
    click.echo(f"{len(codes)} 个网格，{len(vacant)} 个人员不齐 · {len(vacant)} of {len(codes)} grids lack people")


@grids.command("export")
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_(name: str, file: Path) -> None:
    """导出一个版本（.gpkg .shp .geojson，CGCS2000）· write an edition to a file."""
    try:
        count = export.write(editions.named(name), file)
    except GridFileError as refused:
        tell(refused.findings)
        raise SystemExit(1) from None
    click.echo(f"{count} 个网格 → {file}")


@grids.command("residents")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), required=True, help="统计日期 · day of the count")
@click.option("--source", required=True, help="来源，如“七人普” · who counted")
def residents_(file: Path, as_of: datetime, source: str) -> None:
    """导入各网格常住人口（CSV：code,residents）· take the number of residents per grid."""
    numbers = residents.read(file)
    count = residents.store(numbers, as_of=as_of.date(), source=source, by=SYSTEM)
    click.echo(f"{count} 个网格，共 {sum(numbers.values())} 人 · residents of {count} grids")
