"""Forms as JSON Schema (draft 2020-12): every field with Chinese title, order, limits, choices and means of entry.

Job: read a marshmallow form; ``x-order`` is the order of the visible fields, ``x-widget`` how each is entered.
Never: know a kind of item; decide whether an act is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import marshmallow as ma

from server import policy
from server.catalogue.words import CHOICES, TITLES, WIDGETS
from server.flow.forms import CodeOf, ReasonOf

HIDDEN = frozenset({"hidden"})
OF_TYPE = {"minLength": "string", "maxLength": "string", "minItems": "array", "maxItems": "array"}
"""Limits that are said of one type alone."""
EXPLAINED = "reason"
"""The words that explain what was chosen from a list of reasons."""
LINE_MAX = 100
"""Texts that may be longer are entered in several lines."""
F = ma.fields
TYPES: tuple[tuple[Any, dict[str, Any], str], ...] = (
    (F.Boolean, {"type": "boolean"}, "switch"),
    (F.Integer, {"type": "integer"}, "number"),
    (F.Float, {"type": "number"}, "number"),
    (F.UUID, {"type": "string", "format": "uuid"}, "item"),
    (F.DateTime, {"type": "string", "format": "date-time"}, "moment"),
    (F.Date, {"type": "string", "format": "date"}, "date"),
    (F.String, {"type": "string"}, "line"),
    (F.Dict, {"type": "object"}, "hidden"),
)
"""Kind of field → its schema and its usual means of entry; the first that fits."""


def form(shape: type[ma.Schema], key: str, title: str) -> dict[str, Any]:
    """Return the JSON Schema of ``shape`` under the id ``key``; unknown fields are refused only where the form does.

    ``description`` says what follows from the act, where its name does not.
    """
    means = str(getattr(shape, "means", ""))
    return {"$id": key, "title": title} | ({"description": means} if means else {}) | _object(shape())


def _object(schema: ma.Schema) -> dict[str, Any]:
    fields = {field.data_key or name: field for name, field in schema.load_fields.items()}
    described = {name: _field(name, field) for name, field in fields.items()}
    if spoken := str(getattr(schema, "spoken", "")):
        described[spoken]["x-spoken"] = "voices"
    return {
        "type": "object",
        "required": [name for name, field in fields.items() if field.required],
        "x-order": _order({name: told for name, told in described.items() if told["x-widget"] not in HIDDEN}),
        "properties": described,
        "additionalProperties": schema.unknown == ma.INCLUDE,
    }


def _order(shown: Mapping[str, dict[str, Any]]) -> list[str]:
    """Return the fields as declared; a reason is chosen from its list before it is put into words."""
    chosen = [name for name, told in shown.items() if told["x-widget"] == "reason"]
    order = [name for name in shown if EXPLAINED not in shown or name not in chosen]
    if EXPLAINED in shown:
        at = order.index(EXPLAINED)
        order[at:at] = chosen
    return order


def _field(name: str, field: F.Field[Any]) -> dict[str, Any]:
    told = _typed(field)
    for check in _checks(field):
        told |= {word: said for word, said in _limit(check).items() if OF_TYPE.get(word, told["type"]) == told["type"]}
    if "maxLength" in told and told["maxLength"] > LINE_MAX and told["x-widget"] == "line":
        told["x-widget"] = "text"
    told["x-widget"] = field.metadata.get("widget") or WIDGETS.get(name, told["x-widget"])
    told |= {f"x-{word}": field.metadata[word] for word in ("among", "until") if word in field.metadata}
    told["title"] = field.metadata.get("description") or TITLES.get(name, name)
    if isinstance(field.load_default, str | int | float | bool) and field.load_default != "":
        told["default"] = field.load_default
    if field.allow_none:
        told["x-optional"] = True
    return told


def _typed(field: F.Field[Any]) -> dict[str, Any]:
    if isinstance(field, F.List):
        inner = field.inner
        items = _object(inner.schema) if isinstance(inner, F.Nested) else _field("", inner)
        return {"type": "array", "items": items, "x-widget": "list"}
    if isinstance(field, F.Nested):
        return {**_object(field.schema), "x-widget": "group"}
    kind, widget = next(
        (kind, widget) for cls, kind, widget in (*TYPES, (F.Field, {}, "line")) if isinstance(field, cls)
    )
    return {**kind, "x-widget": widget}


def _checks(field: F.Field[Any]) -> Iterator[Any]:
    for check in field.validators:
        yield from check.validators if isinstance(check, ma.validate.And) else (check,)


def _limit(check: Any) -> dict[str, Any]:
    """Return what a validator says, as JSON Schema says it; nothing where it cannot be told."""
    for kind, tell in LIMITS.items():
        if isinstance(check, kind):
            return {name: value for name, value in tell(check).items() if value is not None}
    return {}


def _length(check: ma.validate.Length) -> dict[str, Any]:
    return {
        "minLength": check.min or None,
        "maxLength": check.max,
        "minItems": check.min or None,
        "maxItems": check.max,
    }


def _one_of(check: ma.validate.OneOf) -> dict[str, Any]:
    return {
        "oneOf": [_choice(value, CHOICES.get(str(value), str(value))) for value in check.choices],
        "x-widget": "choice",
    }


def _reason(check: ReasonOf) -> dict[str, Any]:
    listed = policy.current().reasons.get(check.name, {}).values()
    told = [_choice(one.code, one.zh) | {"x-en": one.en, "x-needs-text": one.needs_text} for one in listed]
    return {"oneOf": told, "x-widget": "reason", "x-list": check.name}


def _code(check: CodeOf) -> dict[str, Any]:
    table = getattr(policy.current(), check.table)
    if check.table in BIG:
        return {"x-list": check.table, "x-widget": BIG[check.table]}
    told = [_choice(code, getattr(one, "zh", code)) | {"x-en": getattr(one, "en", code)} for code, one in table.items()]
    return {"oneOf": told, "x-widget": "choice", "x-list": check.table}


def _choice(value: Any, title: str) -> dict[str, Any]:
    return {"const": value, "title": title}


BIG = {"categories": "category", "units": "unit"}
"""Tables of the policy too long to repeat in a form: ``GET /catalogue`` lists them."""
LIMITS: dict[type, Any] = {
    ma.validate.Length: _length,
    ma.validate.Range: lambda check: {"minimum": check.min, "maximum": check.max},
    ma.validate.OneOf: _one_of,
    ma.validate.Regexp: lambda check: {"pattern": check.regex.pattern},
    ReasonOf: _reason,
    CodeOf: _code,
}
