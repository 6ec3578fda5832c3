"""The kit: Chinese lines, colours, glyphs, and that the checks of the screens can fail."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from mobile.widgets import icons, moments, pictures, wrap
from mobile.widgets.boxes import Column, Press
from mobile.widgets.buttons import Push
from mobile.widgets.fonts import BOLD, PICTURES, REGULAR
from mobile.widgets.text import Words
from mobile.widgets.theme import PALETTES, TONES, Palette, contrast
from tests.mobile.screens import looks
from tests.mobile.screens.phone import Phone
from tests.mobile.screens.town import Town

ROOT = Path(__file__).resolve().parents[3]
CHINESE = st.text(alphabet=st.sampled_from("网格哨，。、（）“”《》 a1·垃圾桶%"), max_size=60)


def texts(path: Path) -> Iterator[str]:
    """The strings of a module that are not its documentation."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def one_each(text: str) -> float:
    return float(len(text))


@given(CHINESE.map(lambda text: text.replace(" ", "")), st.integers(4, 20))
def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one(text: str, width: int) -> None:
    lines = wrap.lines(text, width, one_each)
    for before, after in pairwise(lines):
        if after and len(pieces := wrap.PIECE.findall(before)) > 1:
            assert after[0] not in wrap.CLOSING or all(piece[0] in wrap.CLOSING for piece in pieces[1:])


@given(CHINESE, st.integers(4, 20))
def test_breaking_lines_loses_nothing_but_blanks(text: str, width: int) -> None:
    kept = re.sub(r"[\s·]", "", "".join(wrap.lines(text, width, one_each)))
    assert kept == re.sub(r"[\s·]", "", text)


def test_figures_and_units_stay_whole() -> None:
    assert wrap.lines("文汇路 128 号北面", 6, one_each) == ["文汇路", "128 号", "北面"]
    assert wrap.lines("现场在正北方向 665 米", 10, one_each) == ["现场在正北方向", "665 米"]


def test_no_last_line_holds_a_single_character() -> None:
    assert wrap.lines("需要停水封路和抢修。", 8, one_each) == ["需要停水封路和", "抢修。"]


def test_a_line_rather_ends_between_two_things() -> None:
    said = "有 1 条被退回 · 上次成功 01:47"
    assert wrap.lines(said, 14, one_each) == ["有 1 条被退回", "上次成功 01:47"]


def test_a_line_rather_ends_with_a_clause_when_that_costs_no_line() -> None:
    said = "有三件待办，其中一件已超时"
    assert wrap.lines(said, 10, one_each) == ["有三件待办，", "其中一件已超时"]
    assert wrap.lines(said, 10, one_each, is_full=True) == ["有三件待办，其中一件", "已超时"]
    assert wrap.lines("先到现场，再看情况决定叫谁", 7, one_each) == ["先到现场，再看", "情况决定叫谁"]


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_every_pair_of_words_and_ground_has_seven_to_one(palette: Palette) -> None:
    pairs = [(palette.ink, palette.paper), (palette.ink2, palette.paper), (palette.ink, palette.sheet)]
    pairs += [(palette.ink2, palette.sheet), (palette.on_main, palette.main), (palette.on_soft, palette.soft)]
    pairs += [(palette.on_bar, palette.bar)]
    pairs += [(getattr(palette, tone), palette.ground(tone)) for tone in TONES]
    pairs += [(getattr(palette, tone), palette.sheet) for tone in TONES]
    assert min(contrast(*pair) for pair in pairs) >= 7.0


def test_every_character_in_the_code_and_in_names_of_people_has_a_glyph() -> None:
    shown = {c for path in (ROOT / "mobile").rglob("*.py") for text in texts(path) for c in text if ord(c) > 0x7F}
    shown |= set("喆堃燚旻甯垚犇骉淼焱赟颢翀")
    for path in (REGULAR, BOLD):
        have = TTFont(path).getBestCmap()
        assert not {c for c in shown if ord(c) not in have} - {"\u200b"}


def test_every_picture_is_in_the_font_and_every_leaf_has_one() -> None:
    have = TTFont(PICTURES).getBestCmap()
    assert not {name for name, code in icons.ICONS.items() if code not in have}
    drawn = {*pictures.KINDS.values(), *pictures.GROUPS.values(), *pictures.LEAVES.values()}
    assert drawn <= icons.ICONS.keys()


def test_pictures_named_in_the_screens_exist() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "mobile" / "screens").glob("*.py"))
    named = set(re.findall(r'Icon\("([a-z0-9-]+)"', text)) | set(re.findall(r'IconButton\("([a-z0-9-]+)"', text))
    assert named <= icons.ICONS.keys()


def test_moments_are_said_as_people_say_them() -> None:
    now = moments.read("2026-11-28T10:00:00+08:00")
    assert now is not None
    assert moments.due("2026-11-28T10:25:30+08:00", now) == ("还剩 25 分钟", "amber")
    assert moments.due("2026-11-28T08:00:00+08:00", now) == ("已超时 2 小时", "red")
    assert moments.due("2026-11-29T18:00:00+08:00", now) == ("明天 18:00 前", "blue")
    assert moments.due("2027-01-05T18:00:00+08:00", now)[0] == "2027年1月5日 18:00 前"
    assert moments.at("2026-11-27T23:30:00Z", now) == "今天 07:30"


def test_every_box_to_write_in_takes_chinese_input_methods(phone: Callable[..., Phone]) -> None:
    from kivy.uix.textinput import TextInput

    p = phone(Town())
    p.app.go("report")
    p.settle()
    boxes = [w for w in p.walk() if isinstance(w, TextInput)]
    assert boxes
    assert {box.input_type for box in boxes} == {"text"}


def test_the_checks_see_what_is_cut_covered_small_pale_and_missing(phone: Callable[..., Phone]) -> None:
    p = phone(Town())
    page = p.app.page
    page.clear_widgets()
    cut = Words("这一行字比它的框高得多", size_hint_x=None)
    column = Column(cut, pad=20)
    page.add_widget(column)
    p.settle()
    cut.funbind("width", cut._lay)
    cut.size = (60, 10)
    small = Push("小", lambda: None)
    small._words.funbind("height", small._grow)
    small.size_hint, small.size = (None, None), (30, 30)
    over = Words("盖在上面的字")
    pale = Words("看不清的字")
    pale.color = (0.8, 0.82, 0.85, 1)
    tofu = Words("𡎚")
    for one in (small, pale, tofu):
        column.add_widget(one)
    p.settle()
    page.add_widget(over)
    p.settle()
    page.remove_widget(over)
    p.app.ground.add_widget(over)
    over.pos_hint = {}
    found = [
        *looks.cut(p),
        *looks.small_targets(p),
        *looks.missing_glyphs(p),
        *looks.weak(p, p.picture()),
    ]
    for kind in ("cut", "small target", "no glyph", "weak"):
        assert any(fault.startswith(kind) for fault in found), (kind, found)
    assert isinstance(small, Press)


def test_what_is_due_at_midnight_is_due_at_the_end_of_the_day_before() -> None:
    from datetime import datetime

    from mobile.core.clock import end_shown, shown
    from mobile.widgets import moments

    now = datetime.fromisoformat("2026-11-28T10:00:00+08:00")
    assert moments.due("2026-12-06T00:00:00+08:00", now)[0] == "12月5日 24:00 前"
    assert moments.due("2026-11-29T00:00:00+08:00", now)[0] == "今天 24:00 前"
    assert end_shown("2020-12-01T00:00:00+08:00") == "11月30日 24:00"
    assert shown("2020-12-01T00:00:00+08:00") == "12月1日 00:00"
