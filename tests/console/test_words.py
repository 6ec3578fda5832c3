"""Chinese first, English complete: every word a page may say has its English."""

from __future__ import annotations

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from server.config import ROOT
from server.console.navigation import WAYS

CONSOLE = ROOT / "server" / "console"
METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}


def said() -> set[str]:
    """Return every word the pages say."""
    found = extract_from_dir(
        str(CONSOLE), METHODS, keywords=KEYWORDS, options_map={"**/templates/**.html": {"encoding": "utf-8"}}
    )
    return {message for _, _, message, _, _ in found if isinstance(message, str)} | {way.zh for way in WAYS}


def test_every_word_has_its_english() -> None:
    with (CONSOLE / "translations" / "en.po").open("rb") as file:
        known = {str(one.id): str(one.string) for one in read_po(file, locale="en") if one.id}
    assert sorted(word for word in said() if not known.get(word)) == []


def test_no_english_word_is_kept_that_nobody_says() -> None:
    with (CONSOLE / "translations" / "en.po").open("rb") as file:
        known = {str(one.id) for one in read_po(file, locale="en") if one.id}
    assert sorted(known - said()) == []


def test_places_for_values_are_the_same_in_both_languages() -> None:
    with (CONSOLE / "translations" / "en.po").open("rb") as file:
        for one in read_po(file, locale="en"):
            if one.id:
                assert sorted(places(str(one.id))) == sorted(places(str(one.string))), one.id


def places(text: str) -> list[str]:
    return [part.partition(")")[0] for part in text.split("%(")[1:]]
