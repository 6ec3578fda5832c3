"""Figures are shown as the specification's vectors say (spec 11)."""

import pytest

from server.figures.ratio import NOTHING, Ratio, change

VECTORS = [
    ("KV01 K01", 16652, 16800, "99.12 %"),
    ("KV02 K08A", 1130, 1130, "100.00 %"),
    ("KV03 K11A", 1832, 1908, "96.02 %"),
    ("KV04 K13", 759, 1637, "46.37 %"),
    ("KV05 K16", 500, 3400, "14.71 %"),
    ("KV06 K10", 1130, 16800, "6.73 %"),
    ("KV08 K25A", 13, 14, "92.86 %"),
    ("KV09 K25A", 14, 14, "100.00 %"),
    ("KV11 K03 Tianmen", 911, 972, "93.72 %"),
    ("KV12 K03 on time", 737, 972, "75.82 %"),
    ("KV13 K03 events", 902, 956, "94.35 %"),
    ("KV14 K03 components", 9, 16, "56.25 %"),
]


@pytest.mark.parametrize(("name", "numerator", "denominator", "text"), VECTORS)
def test_a_figure_reads_as_published(name: str, numerator: int, denominator: int, text: str) -> None:
    assert Ratio(numerator, denominator).text == text


def test_nothing_due_is_a_dash_and_never_a_hundred_percent() -> None:
    assert Ratio(0, 0).text == NOTHING
    assert Ratio(0, 0, "complement").text == NOTHING
    assert Ratio(0, 0).value is None


def test_accuracy_is_what_is_left_after_upheld_objections() -> None:
    assert Ratio(3, 200, "complement").text == "98.50 %"


def test_a_change_shows_its_sign() -> None:
    assert change(8709, 10000) == "-12.91 %"
    assert change(1, 0) == NOTHING
