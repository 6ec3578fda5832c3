"""The file of single values, `settings.toml`: each value with its source and its Chinese name, each key with its line.

A value is written ``edge_m = { value = 50, zh = "…", source = "spec 14.2" }``; the dataclasses of `settings` say which
keys there are and what type they have. Never fills in a value that is missing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any, get_type_hints

from server.policy.findings import Findings, Place
from server.policy.limit import Limit, LimitTextError
from server.policy.settings import Settings

FILE = "settings.toml"
PARTS = ("value", "zh", "source")
_TABLE = re.compile(r"\s*\[\s*([A-Za-z0-9_.-]+)\s*\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")
_ERROR_LINE = re.compile(r"at line (\d+)")
_MISSING = object()


@dataclass(slots=True)
class Values:
    """What the file says: the settings (None when it cannot be used) and, per ``table.key``, source, name and place."""

    settings: Settings | None = None
    sources: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)


def read(text: str, findings: Findings) -> Values:
    """Read the settings; every missing, unknown or unfit value is added to `findings`."""
    found = Values(places=lines_of(text))
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = _ERROR_LINE.search(str(error))
        place = Place(FILE, int(line[1]) if line else text.count("\n") + 1)
        findings.add(place, "不是合法的 TOML", f"not valid TOML: {error}")
        return found
    before = len(findings.found)
    reader = _Reader(tables, found, findings)
    parts = {name: reader.table(name, kind) for name, kind in get_type_hints(Settings).items()}
    reader.refuse_unknown("", tables, parts)
    if len(findings.found) == before:
        found.settings = Settings(**{name: kind(**parts[name]) for name, kind in get_type_hints(Settings).items()})
    return found


def lines_of(text: str) -> dict[str, Place]:
    """Where each table and each ``table.key`` stands: tables and keys are written one per line."""
    places: dict[str, Place] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if head := _TABLE.match(line):
            table = head[1]
            places[table] = Place(FILE, number)
        elif key := _KEY.match(line):
            places[f"{table}.{key[1]}" if table else key[1]] = Place(FILE, number)
    return places


def _times(value: Any) -> time:
    if not isinstance(value, time):
        raise TypeError("a time of day such as 08:30:00, without quotes")
    return value


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(word, str) for word in value):
        raise TypeError('a list of texts such as ["U1", "U2"]')
    return tuple(value)


def _limit(value: Any) -> Limit:
    if not isinstance(value, str):
        raise TypeError("a limit with its unit in quotes, such as '30 ND'")
    return Limit.parse(value)


def _exactly(kind: type, says: str) -> Callable[[Any], Any]:
    def read_as(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(says)
        return value

    return read_as


def _counted(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError("a whole number, not below 0, without quotes")
    return value


def _measured(value: Any) -> float:
    if type(value) not in (int, float) or value < 0:
        raise TypeError("a number, not below 0, without quotes")
    return float(value)


READERS: Mapping[Any, Callable[[Any], Any]] = {
    bool: _exactly(bool, "true or false, without quotes"),
    str: _exactly(str, "a text in quotes"),
    int: _counted,
    float: _measured,
    time: _times,
    Limit: _limit,
    tuple[str, ...]: _words,
}


@dataclass(slots=True)
class _Reader:
    tables: Mapping[str, Any]
    values: Values
    findings: Findings

    def table(self, name: str, group: type) -> dict[str, Any]:
        """The values of one table as arguments of its dataclass `group`."""
        table = self.tables.get(name, {})
        if not isinstance(table, dict):
            self.findings.add(self._place(name), f"“{name}”应为一节 [{name}]", f"'{name}' must be a table [{name}]")
            return {}
        hints = get_type_hints(group)
        self.refuse_unknown(name, table, hints)
        return {key: self._value(name, key, table.get(key, _MISSING), kind) for key, kind in hints.items()}

    def refuse_unknown(self, table: str, keys: Mapping[str, Any], known: Mapping[str, Any]) -> None:
        """Note every key that means nothing here: probably a slip of the pen."""
        for key in keys.keys() - known.keys():
            self.findings.unknown(self._place(f"{table}.{key}" if table else key), "key", key, known)

    def _value(self, table: str, key: str, entry: Any, kind: Any) -> Any:
        name = f"{table}.{key}"
        place = self._place(name, table)
        if entry is _MISSING:
            self.findings.add(place, f"缺少参数 {name}", f"missing value {name}: add it below [{table}]")
            return None
        if not isinstance(entry, dict) or set(entry) != set(PARTS) or not entry["source"] or not entry["zh"]:
            form = '{ value = …, zh = "…", source = "…" }'
            en = f"write {name} as {form}, none empty; a value the district decides has the source 'default'"
            self.findings.add(place, f"{name} 应写成 {form}，均不得为空；自定的值 source 写 default", en)
            return None
        self.values.sources[name], self.values.labels[name] = str(entry["source"]), str(entry["zh"])
        return self._typed(place, name, entry["value"], kind)

    def _typed(self, place: Place, name: str, value: Any, kind: Any) -> Any:
        try:
            found = READERS[kind](value)
        except (TypeError, LimitTextError) as error:
            self.findings.add(place, f"{name} 的值 {value!r} 类型或单位不对", f"{name} must be {error}, not {value!r}")
            return None
        if name.endswith("_pct") and not 0 <= found <= 100:
            self.findings.add(place, f"{name} 应为 0 至 100 的百分数", f"{name} must be a percentage from 0 to 100")
        return found

    def _place(self, name: str, table: str = "") -> Place:
        return self.values.places.get(name) or self.values.places.get(table) or Place(FILE, 1)
