"""The way in to a roster (人员名册导入): a file comes in, a report per row goes out.

Job: shape and permission; codes of new accounts are in this answer and nowhere else.
Never: show a code twice, or keep the file.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import marshmallow as ma

from server.access import Actor
from server.errors import Invalid
from server.grids import roster
from server.http import API, Room
from server.people import codes
from server.people.roster import report, sheet, writing
from server.people.roster.plan import Someone, Step

room = Room("roster", __name__, url_prefix=API, description="人员名册")
FILE_MAX = 8 * 2**20
SHOWN_MAX = 2000


class RosterUnreadable(Invalid):
    """The file is no table of staff; see detail.
    文件无法识别为人员名册，请按提示修改后重新上传。
    """


class RosterIn(ma.Schema):
    """A CSV or XLSX in base64; ``check_only`` stores nothing, ``partial`` stores the rows without a fault."""

    name = ma.fields.String(required=True, validate=ma.validate.Length(1, 200))
    content = ma.fields.String(required=True, validate=ma.validate.Length(1, FILE_MAX))
    check_only = ma.fields.Boolean(load_default=True)
    partial = ma.fields.Boolean(load_default=False)


class RosterOut(ma.Schema):
    """What became of each row, faults first; the codes of new accounts, shown this once."""

    counts = ma.fields.Dict(required=True)
    rows = ma.fields.List(ma.fields.Dict(), required=True)
    faulty = ma.fields.Integer(required=True)
    stored = ma.fields.Boolean(required=True)
    codes = ma.fields.List(ma.fields.Dict(), required=True)
    expires_at = ma.fields.DateTime(required=True, allow_none=True)


@room.post(
    "/persons/import", may="account.manage", takes=RosterIn, gives=RosterOut, body_max=FILE_MAX + 2**20, alone=True,
    zh="导入人员名册",
)  # fmt: skip
def import_roster(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Examine a roster and, when nothing is wrong (or ``partial``), store it: all or nothing."""
    raw = _bytes(data["content"])
    with _file(data["name"], raw) as file:
        try:
            steps = roster.examined(file)
        except sheet.SheetError as problem:
            raise RosterUnreadable(detail=str(problem)) from None
    faulty = sum(bool(step.faults) for step in steps)
    stores = not data["check_only"] and (not faulty or data["partial"])
    new = writing.write(steps, by, file=data["name"], sha256=hashlib.sha256(raw).hexdigest()) if stores else []
    return {"counts": report.counts(steps), "rows": _rows(steps), "faulty": faulty, "stored": stores} | _codes(new, by)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise RosterUnreadable(detail="content must be base64") from None


@contextmanager
def _file(name: str, raw: bytes) -> Iterator[Path]:
    """Yield the bytes as a file of that kind, gone afterwards."""
    kind = ".xlsx" if Path(name).suffix.lower() == ".xlsx" else ".csv"
    with tempfile.TemporaryDirectory(prefix="roster-") as folder:
        path = Path(folder) / f"roster{kind}"
        path.write_bytes(raw)
        yield path


def _rows(steps: Sequence[Step]) -> list[dict[str, Any]]:
    ordered = sorted(steps, key=lambda step: (not step.faults, step.number))[:SHOWN_MAX]
    return [
        {
            "number": step.number,
            "username": step.username,
            "name": step.name,
            "result": step.result,
            "faults": [fault._asdict() for fault in step.faults],
        }
        for step in ordered
    ]


def _codes(new: Sequence[Someone], by: Actor) -> dict[str, Any]:
    if not new:
        return {"codes": [], "expires_at": None}
    made, expires_at = codes.made_for([person.id for person in new], by.person_id)
    rows = [{"username": one.username, "name": one.name, "code": code} for one, code in zip(new, made, strict=True)]
    return {"codes": rows, "expires_at": expires_at}
