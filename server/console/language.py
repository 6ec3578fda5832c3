"""The language of a page (界面语言): Chinese first, English by a switch.

Job: read the English words from ``translations/en.po`` once, choose by cookie, name coded things in that language.
Never: guess the language from the browser: an office speaks Chinese until somebody asks otherwise.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, request
from flask_babel import Babel, get_locale
from flask_babel import Domain as StoredDomain

COOKIE = "gridwhistle_language"
LANGUAGES = {"zh": ("zh_Hans_CN", "zh-CN", "中文"), "en": ("en", "en", "English")}
"""Code → Babel's locale, the page's ``lang``, the name of the language in itself."""
FOLDER = Path(__file__).parent / "translations"


@cache
def catalogue(language: str) -> NullTranslations:
    """Return the words of ``language``, compiled in memory; Chinese needs none."""
    source = FOLDER / f"{language}.po"
    if not source.exists():
        return NullTranslations()
    with source.open("rb") as file:
        words = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, words)
    compiled.seek(0)
    return Translations(fp=compiled)


class Domain(StoredDomain):
    """Flask-Babel's domain over catalogues that are read from their sources."""

    def get_translations(self) -> NullTranslations:
        """Return the words of the present language."""
        return catalogue(code())


class Words(Babel):
    """Flask-Babel with that domain."""

    domain_instance = Domain()


def code() -> str:
    """Return the code of this page's language."""
    locale = get_locale()
    return "en" if locale and locale.language == "en" else "zh"


def chosen() -> str:
    """Return the locale that the cookie asks for."""
    return LANGUAGES.get(request.cookies.get(COOKIE, ""), LANGUAGES["zh"])[0]


def init_app(app: Flask) -> None:
    """Give ``app`` the two languages and Beijing time."""
    Words().init_app(app, default_locale="zh_Hans_CN", default_timezone="Asia/Shanghai", locale_selector=chosen)


def named(thing: Any) -> str:
    """Return the name of what has ``zh`` and maybe ``en``, in the page's language, English with a capital."""
    if thing is None:
        return ""
    names: Mapping[str, Any] = (
        thing if isinstance(thing, Mapping) else {n: getattr(thing, n, None) for n in ("zh", "en")}
    )
    english = str((names.get("en") if code() == "en" else None) or "")
    return english[:1].upper() + english[1:] or str(names.get("zh") or "")
