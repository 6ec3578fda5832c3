"""From a filled-in form to the body of an act (表单取值): read by the same schema from which the form was drawn.

Job: one reader per means of entry; what is empty is left out, what is no number is passed on for the room to refuse.
Never: judge a value, or know an act.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from werkzeug.datastructures import FileStorage, MultiDict

from server.access import Actor
from server.db import CN, db
from server.flow.moves import MACHINES
from server.flow.walk import reach

Schema = Mapping[str, Any]
Read = Callable[[MultiDict[str, Any], str, Schema], Any]
NUMBERS: dict[str, Callable[[str], Any]] = {"integer": int, "number": float}


def body(schema: Schema, given: MultiDict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the fields of ``schema`` that were filled in, named below ``prefix``."""
    read = {name: _read(schema["properties"][name], given, prefix + name) for name in schema["x-order"]}
    return {name: value for name, value in read.items() if value is not None}


def _read(field: Schema, given: MultiDict[str, Any], name: str) -> Any:
    return READERS.get(field["x-widget"], _words)(given, name, field)


def _words(given: MultiDict[str, Any], name: str, field: Schema) -> Any:
    text = given.get(name, "").strip()
    if not text:
        return None
    make = NUMBERS.get(field.get("type", ""))
    try:
        return make(text) if make else text
    except ValueError:
        return text


def _switch(given: MultiDict[str, Any], name: str, field: Schema) -> bool | None:
    return name in given if f"{name}.asked" in given else None


def _moment(given: MultiDict[str, Any], name: str, field: Schema) -> str | None:
    text = given.get(name, "").strip()
    try:
        return datetime.fromisoformat(text).replace(tzinfo=CN).isoformat() if text else None
    except ValueError:
        return text


def _many(given: MultiDict[str, Any], name: str, field: Schema) -> list[str] | None:
    return [text for text in given.getlist(name) if text] or None


def _rows(given: MultiDict[str, Any], name: str, field: Schema) -> list[dict[str, Any]] | None:
    """Return rows of a table whose columns repeat; a row counts when its first column is filled in."""
    columns = field["items"]["x-order"]
    told = {column: given.getlist(f"{name}.{column}") for column in columns}
    rows = [MultiDict({column: _at(told[column], n) for column in columns}) for n in range(len(told[columns[0]]))]
    found = [body(field["items"], row) for row in rows if row[columns[0]]]
    return found or None


def _at(values: list[str], n: int) -> str:
    return values[n] if n < len(values) else ""


def _place(given: MultiDict[str, Any], name: str, field: Schema) -> Any:
    """Return a whole point where the field is one, else the single number; only a place that was entered counts."""
    if field.get("type") != "object":
        return _words(given, name, field)
    parts = {part: _words(given, f"{name}.{part}", field["properties"][part]) for part in field["properties"]}
    point = {part: value for part, value in parts.items() if value is not None}
    return point if {"lon", "lat"} <= point.keys() else None


READERS: dict[str, Read] = {
    "switch": _switch,
    "moment": _moment,
    "units": _many,
    "shares": _rows,
    "list": _rows,
    "place": _place,
    "photos": lambda given, name, field: None,
    "voices": lambda given, name, field: None,
    "group": lambda given, name, field: body(field, given, f"{name}.") or None,
}
"""Means of entry → how it is read; every other one is a single text or number."""


def photos(files: MultiDict[str, FileStorage], name: str = "photos") -> dict[str, tuple[str, FileStorage]]:
    """Return SHA-256 → (kind, file) of the photos sent in fields such as ``photos.after``."""
    found = {}
    for field, file in files.items(multi=True):
        if field.startswith(f"{name}.") and file.filename:
            digest = hashlib.file_digest(file.stream, "sha256").hexdigest()  # type: ignore[arg-type]
            file.stream.seek(0)
            found[digest] = (field.removeprefix(f"{name}."), file)
    return found


def numbers_to_ids(schema: Schema, values: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return ``values`` with the numbers people say (E2611…) replaced by ids, where the reader may see the item."""
    named = {name for name, field in schema["properties"].items() if field["x-widget"] == "item"}
    return values | {name: _id_of(values[name], by) for name in named & values.keys()}


def _id_of(text: str, by: Actor) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        found = find(text, by)
        return str(found[1]) if found else text


def find(number: str, by: Actor) -> tuple[str, uuid.UUID] | None:
    """Return kind and id of the item with this number, where ``by`` may see it."""
    for kind, machine in MACHINES.items():
        model = machine.model
        id = db.session.scalar(sa.select(model.id).where(model.no == number.strip().upper(), reach(machine, by)))
        if id:
            return kind, id
    return None
