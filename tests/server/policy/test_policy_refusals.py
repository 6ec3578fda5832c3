"""A policy that makes no sense does not start: each slip is named with its file and line, and all of them at once."""

import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.policy import PolicyError, load
from server.policy.load import SHIPPED

Deploy = Callable[[str, str, str], Path]
SLIPS = tomllib.loads((Path(__file__).parent / "data" / "slips.toml").read_text("utf-8"))


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS.keys())
def test_a_slip_of_the_pen_is_found_with_its_line(deploy: Deploy, tmp_path: Path, slip: dict[str, str]) -> None:
    with pytest.raises(PolicyError) as raised:
        load(deploy(slip["file"], slip["old"], slip["new"]))
    findings = raised.value.findings
    told = [finding for finding in findings if slip["says"] in finding.en]
    assert told, "\n".join(map(str, findings))
    place = told[0].place
    written = tmp_path / place.file
    lines = (written if written.exists() else SHIPPED / place.file).read_text("utf-8").splitlines()
    assert slip["at"] in lines[place.line - 1], f"{told[0]} names the line {lines[place.line - 1]!r}"
    assert told[0].zh


def test_everything_wrong_is_told_at_once_in_the_order_of_the_files(deploy: Deploy) -> None:
    deploy("directory.csv", "B03,DEP36,co,40", "B03,DEP36,co,0")
    deploy("limits.csv", "REG,,15 ND roll", "REG,,20 ND roll")
    folder = deploy("categories.csv", "light fault,component,U4,0,2 WD,", "light fault,component,U4,0,2,")
    with pytest.raises(PolicyError) as raised:
        load(folder)
    assert [finding.place.file for finding in raised.value.findings] == [
        "categories.csv",
        "directory.csv",
        "limits.csv",
    ]
    told = str(raised.value)
    assert "政策文件有 3 处错误" in told
    assert all(f"{finding.place.file}:{finding.place.line}: " in told for finding in raised.value.findings)


def test_a_sound_deployment_replaces_the_shipped_file(deploy: Deploy) -> None:
    folder = deploy("limits.csv", "FILE,,2 WH", "FILE,,1 WH")
    (folder / "README.txt").write_text("why we are stricter")
    local = load(folder)
    assert str(local.limit("FILE", urgency="U4")) == "1 WH"
    assert local.version != load().version


def test_the_variable_names_the_deployment(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDWHISTLE_POLICY_DIR", str(deploy("limits.csv", "FILE,,2 WH", "FILE,,1 WH")))
    assert str(load().limit("FILE")) == "1 WH"


def test_a_deployment_that_is_not_there_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="no such folder"):
        load(tmp_path / "nowhere")


def test_a_deployment_cannot_replace_the_law(deploy: Deploy) -> None:
    with pytest.raises(PolicyError, match="the law is not a setting"):
        load(deploy("law.csv", "assigns,15,ND", "assigns,60,ND"))


def test_a_file_of_a_strange_name_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "calender.csv").write_text("date,kind,name,source\n")
    with pytest.raises(PolicyError, match=r"did you mean 'calendar\.csv'"):
        load(tmp_path)


def test_a_deployment_cannot_drop_what_the_program_relies_on(deploy: Deploy) -> None:
    folder = deploy(
        "reasons.csv",
        "event.void,test,测试数据,Test,0,default\nevent.void,mistaken,误建,Created by mistake,1,default\n",
        "",
    )
    with pytest.raises(PolicyError, match=r"'event\.void' is missing"):
        load(folder)


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "grid_work.csv").write_bytes((SHIPPED / "grid_work.csv").read_text("utf-8").encode("gb18030"))
    with pytest.raises(PolicyError, match="save the file as UTF-8"):
        load(tmp_path)


def test_a_file_saved_by_a_spreadsheet_is_read(tmp_path: Path) -> None:
    text = (SHIPPED / "grid_work.csv").read_text("utf-8").replace("\n", "\r\n")
    (tmp_path / "grid_work.csv").write_bytes(text.encode("utf-8-sig"))
    assert load(tmp_path).grid_work == load().grid_work


@given(data=st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_torn_out_of_a_file_the_policy_loads_or_says_what_is_wrong(
    tmp_path: Path, data: st.DataObject
) -> None:
    path = SHIPPED / data.draw(st.sampled_from(sorted(path.name for path in SHIPPED.iterdir() if path.suffix != ".md")))
    text = path.read_text("utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 60, len(text))))
    put = data.draw(st.sampled_from(["", ",", "\n", "9", "x", '"', "=", " "]))
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        (Path(folder) / path.name).write_text(text[:start] + put + text[end:], "utf-8")
        told = _told(Path(folder))
    assert told is None or told.findings


def _told(folder: Path) -> PolicyError | None:
    try:
        load(folder)
    except PolicyError as error:
        return error
    return None
