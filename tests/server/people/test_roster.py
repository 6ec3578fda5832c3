"""A roster of staff: read as people write it, all or nothing, the second time nothing."""

import csv
import os
import stat
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from server.db import db, now
from server.grids.models import Edition, Grid
from server.people import cli, desks, sign_in
from server.people.models import Appointment, OneTimeCode, Person, Post
from server.people.roster import sheet

from .conftest import GRID, TOWN, VILLAGE
from .test_devices import enrol

HEAD = ["姓名", "账号", "手机", "角色", "单位", "网格", "起", "止"]
SECOND = "441602001003002"
Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def grids(units: None) -> None:
    """Two grids of the village, in force."""
    edition = Edition(name="2026", layer="base", source_crs="EPSG:4490", file_name="", file_sha256="", report={})
    edition.imported_at, edition.imported_by = now(), "00000000-0000-0000-0000-000000000000"
    db.session.add(edition)
    db.session.flush()
    for n, code in enumerate((GRID, SECOND)):
        ring = f"{114 + n} 23, {115 + n} 23, {115 + n} 24, {114 + n} 24, {114 + n} 23"
        grid = Grid(edition_id=edition.id, code=code, village_code=VILLAGE, township_code=TOWN)
        grid.geom = f"SRID=4490;MULTIPOLYGON((({ring})))"
        db.session.add(grid)
    db.session.flush()
    edition.status = "published"
    db.session.flush()


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """``table(row, ...)``: a CSV file with these rows under the usual headings."""

    def make(*rows: list[str], head: list[str] = HEAD, encoding: str = "utf-8") -> Path:
        file = tmp_path / f"roster{len(list(tmp_path.iterdir()))}.csv"
        with file.open("w", newline="", encoding=encoding) as out:
            csv.writer(out).writerows([head, *rows])
        return file

    return make


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """``run(file, ...)``: the import command."""

    def call(file: Path, *options: str) -> Result:
        return CliRunner().invoke(cli.people, ["import", str(file), *options])

    return call


LIN = ["林志强", "lin", "13800001234", "专职网格员", "", GRID, "2026-01-01", ""]
MEI = ["陈玉梅", "mei", "", "VIL", "中山社区", "", "2026/1/1", "2030.12.31"]
HE = ["何伟", "he", "", "镇街调度员", "上城街道", "", "", ""]


def standing() -> set[tuple[str, str, str, str | None]]:
    query = (
        sa.select(Person.username, Post.role, Post.unit_code, Post.grid_code)
        .join(Appointment, Appointment.person_id == Person.id)
        .join(Post, Post.id == Appointment.post_id)
    )
    return {tuple(row) for row in db.session.execute(query)}


def report_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def test_rows_become_accounts_posts_and_appointments(run: Run, table: Any) -> None:
    done = run(table(LIN, MEI, HE))
    assert done.exit_code == 0, done.output
    assert "新建账号并任职：3 行" in done.output
    assert standing() == {
        ("lin", "GWF", VILLAGE, GRID),
        ("mei", "VIL", VILLAGE, None),
        ("he", "TWD", TOWN, None),
    }
    ends = db.session.scalars(
        sa.select(Appointment.valid_to).join(Person, Person.id == Appointment.person_id).where(Person.username == "mei")
    ).one()
    assert ends == date(2030, 12, 31)


def test_the_same_file_twice_changes_nothing(run: Run, table: Any, statements: list[str], clock: Any) -> None:
    file = table(LIN, MEI, HE)
    run(file)
    clock.advance(timedelta(days=40))
    statements.clear()
    again = run(file)
    assert "无变化：3 行" in again.output
    changes = [s for s in statements if s.startswith(("INSERT", "UPDATE", "DELETE")) and " units " not in s]
    assert changes == []


def test_a_changed_name_phone_or_end_is_brought_up_to_date(run: Run, table: Any) -> None:
    run(table(LIN))
    done = run(table(["林志强（大）", "LIN", "13900005678", "GWF", "", GRID, "2026-01-01", "2027-06-30"]))
    assert "更新：1 行" in done.output
    person = db.session.scalars(sa.select(Person)).one()
    assert (person.name, person.phone) == ("林志强（大）", "13900005678")
    assert db.session.scalars(sa.select(Appointment.valid_to)).one() == date(2027, 6, 30)


def test_an_xlsx_says_the_same_as_a_csv(run: Run, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.append(["name", "username", "phone", "role", "unit", "grid_code", "valid_from", "valid_to"])
    page.append(["林志强", "lin", 13800001234, "GWF", None, int(GRID), date(2026, 1, 1), None])
    page.append([None] * 8)
    page.append(["陈玉梅", "mei", None, "VIL", VILLAGE, None, None, None])
    book.save(tmp_path / "roster.xlsx")
    done = run(tmp_path / "roster.xlsx")
    assert done.exit_code == 0, done.output
    assert standing() == {("lin", "GWF", VILLAGE, GRID), ("mei", "VIL", VILLAGE, None)}
    assert db.session.scalars(sa.select(Person.phone).where(Person.username == "lin")).one() == "13800001234"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_is_read_however_the_office_program_saved_it(run: Run, table: Any, encoding: str) -> None:
    assert run(table(LIN, encoding=encoding)).exit_code == 0
    assert db.session.scalars(sa.select(Person.name)).one() == "林志强"


@pytest.mark.parametrize(
    ("column", "text", "says"),
    [
        (0, "", "姓名"),
        (1, "a b", "账号"),
        (2, "12345", "手机"),
        (3, "厨师", "角色"),
        (3, "RES", "角色"),
        (3, "TWD", "网格"),
        (4, "火星局", "单位"),
        (4, "DEP28", "单位"),
        (5, "441602001003999", "网格"),
        (5, "", "网格"),
        (6, "昨天", "起"),
        (7, "2025-12-31", "止"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_what_is_wrong_and_what_to_do(
    run: Run, table: Any, tmp_path: Path, column: int, text: str, says: str
) -> None:
    wrong = [*LIN]
    wrong[column] = text
    report = tmp_path / "report.csv"
    done = run(table(MEI, wrong), "--report", str(report))
    assert done.exit_code == 1
    assert standing() == set()
    told = [line for line in report_of(report) if line["问题"]]
    assert {line["行号"] for line in told} == {"3"}
    assert says in {line["列"] for line in told}
    assert all(line["处理建议"] for line in told)


def test_all_faults_of_a_row_are_told_at_once(run: Run, table: Any, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    run(table(["", "!", "1", "厨师", "火星局", "", "x", "y"]), "--report", str(report))
    assert {line["列"] for line in report_of(report)} == {"姓名", "账号", "手机", "角色", "单位", "起", "止"}


def test_nothing_is_stored_when_one_row_is_wrong_unless_the_rest_is_asked_for(run: Run, table: Any) -> None:
    file = table(LIN, ["谁", "?", "", "GWF", "", SECOND, "", ""], MEI)
    assert run(file).exit_code == 1
    assert standing() == set()
    kept = run(file, "--partial")
    assert kept.exit_code == 0
    assert {who for who, *_ in standing()} == {"lin", "mei"}


def test_a_check_stores_nothing(run: Run, table: Any) -> None:
    done = run(table(LIN, MEI), "--check-only")
    assert done.exit_code == 0
    assert standing() == set()


def test_rows_are_held_against_the_rows_before_them(run: Run, table: Any, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    rows = [
        LIN,
        LIN,
        ["林小强", "lin", "", "GWP", "", SECOND, "", ""],
        ["另一人", "other", "", "GWF", "", GRID, "2026-01-01", ""],
        ["林志强", "lin", "", "AUD", "441602", "", "2026-01-01", ""],
        ["林志强", "lin", "", "GWP", "", SECOND, "2026-01-01", ""],
    ]
    run(table(*rows), "--report", str(report), "--partial")
    told = {line["行号"]: line["问题"] for line in report_of(report)}
    assert "重复" in told["3"]
    assert "姓名不同" in told["4"]
    assert "已有人任职" in told["5"]
    assert "三人分设" in told["6"]
    assert told["7"] == ""
    assert standing() == {("lin", "GWF", VILLAGE, GRID), ("lin", "GWP", VILLAGE, SECOND)}


def test_a_roster_cannot_seat_somebody_in_a_taken_place_or_a_closed_account(run: Run, table: Any, hire: Any) -> None:
    hire("present", ("GWF", VILLAGE, GRID))
    closed = hire("mei")
    closed.disabled_at = now()
    db.session.flush()
    done = run(table(LIN, MEI))
    assert "已有人任职" in done.output
    assert "已停用" in done.output


def test_a_vacant_post_is_filled_before_a_new_one_is_made(run: Run, table: Any) -> None:
    run(table([*LIN[:6], "2025-01-01", "2025-12-31"]))
    run(table(["何伟", "he", "", "GWF", "", GRID, "2026-01-01", ""]))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Post)) == 1
    assert desks.of_grid(GRID, ("GWF",), TOWN).person_id is not None


def test_a_successor_in_the_same_file_takes_over_the_post(run: Run, table: Any) -> None:
    after, before = [*LIN], ["何伟", "he", "", "GWF", "", GRID, "2025-01-01", "2025-12-31"]
    assert run(table(after, before)).exit_code == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Post)) == 1


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (["姓名", "账号"], "缺少列：角色"),
        (["姓名", "账号", "角色", "身份证号"], "不认识的列：身份证号"),
        (["姓名", "name", "账号", "角色"], "出现了 2 次"),
        ([], "缺少列"),
    ],
)
def test_a_strange_heading_is_refused_before_any_row(run: Run, table: Any, head: list[str], says: str) -> None:
    done = run(table(head=head))
    assert done.exit_code == 1
    assert says in str(done.exception) + done.output


@pytest.mark.parametrize("content", [b"PK\x03\x04 not really", b"", b"\x89PNG"])
def test_what_is_no_spreadsheet_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "roster.xlsx"
    file.write_bytes(content)
    with pytest.raises(sheet.SheetError):
        sheet.rows(file)


def test_new_people_get_codes_in_a_file_only_its_owner_reads(
    run: Run, table: Any, tmp_path: Path, client: FlaskClient
) -> None:
    codes = tmp_path / "codes.csv"
    run(table(LIN, MEI), "--codes", str(codes))
    assert stat.S_IMODE(os.stat(codes).st_mode) == 0o600
    given = {line["账号"]: line["一次性码"] for line in report_of(codes)}
    assert set(given) == {"lin", "mei"}
    assert enrol(client, given["lin"]).json["person"]["username"] == "lin"
    assert sign_in.by_password("mei", given["mei"], digits=None, address=None).must_change_password is True


def test_codes_are_never_written_over_others(run: Run, table: Any, tmp_path: Path) -> None:
    codes = tmp_path / "codes.csv"
    codes.write_text("of yesterday")
    assert run(table(LIN), "--codes", str(codes)).exit_code == 1
    assert codes.read_text() == "of yesterday"


def test_who_is_known_already_gets_no_new_code(run: Run, table: Any, tmp_path: Path) -> None:
    run(table(LIN), "--codes", str(tmp_path / "first.csv"))
    run(table(LIN, ["林志强", "lin", "", "GWP", "", SECOND, "", ""]), "--codes", str(tmp_path / "second.csv"))
    assert not (tmp_path / "second.csv").exists()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OneTimeCode)) == 1


def test_no_cell_of_the_report_is_a_formula(run: Run, table: Any, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    run(table(["=HYPERLINK(1)", "@x", "", "GWF", "", GRID, "", ""]), "--report", str(report))
    assert report_of(report)[0]["姓名"] == "'=HYPERLINK(1)"


def test_five_thousand_workers_are_in_within_a_minute(run: Run, table: Any, tmp_path: Path) -> None:
    rows = [[f"工{n}", f"worker{n}", "", "GWP", "", (GRID, SECOND)[n % 2], "2026-01-01", ""] for n in range(5000)]
    file, codes = table(*rows), tmp_path / "codes.csv"
    began = time.monotonic()
    done = run(file, "--codes", str(codes))
    took = time.monotonic() - began
    assert "新建账号并任职：5000 行" in done.output
    assert len(report_of(codes)) == 5000
    assert took < 60
    assert "无变化：5000 行" in run(file).output


def test_the_office_prints_who_stands_where_and_hands_out_a_code(run: Run, table: Any, tmp_path: Path) -> None:
    run(table(LIN, HE), "--codes", str(tmp_path / "codes.csv"))
    listed = CliRunner().invoke(cli.people, ["list", "--role", "GWF"]).output
    assert listed == f"lin\t林志强\tGWF\t中山社区\t{GRID}\n"
    made = CliRunner().invoke(cli.people, ["reset-password", "lin"]).output.split("\t")[0]
    assert len(made) == 8
    assert CliRunner().invoke(cli.people, ["unlock", "nobody"]).exit_code == 1
