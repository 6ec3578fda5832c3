"""The bodies of objections.

Never: ask the database.
"""

from __future__ import annotations

import marshmallow as ma

from server.events.forms import UnitShare
from server.flow.forms import Act, Reasoned, words


class ObjectionIn(ma.Schema):
    """An objection to one's own assignment or call; reasons and the article of the duty list are compulsory."""

    kind = ma.fields.String(
        required=True, validate=ma.validate.OneOf(("event", "check_in")), metadata={"description": "事项类型"}
    )
    item_id = ma.fields.UUID(required=True, metadata={"description": "事项"})
    aim = ma.fields.String(load_default="leave", validate=ma.validate.OneOf(("leave", "change_lead")))
    claimed_share_pct = ma.fields.Integer(
        load_default=0, validate=ma.validate.Range(0, 100), metadata={"description": "本单位认为的职责占比（%）"}
    )
    basis = words("职责清单（三定方案）条款", max_length=300)
    reason = words("详细理由")


class Uphold(Reasoned):
    """Upheld: share 0 %, legal basis, and the new units."""

    share_pct = ma.fields.Integer(required=True, validate=ma.validate.Range(0, 100))
    legal_basis = words("法律依据", max_length=300)
    units = ma.fields.List(ma.fields.Nested(UnitShare), load_default=list, validate=ma.validate.Length(max=20))


class Dismiss(Reasoned):
    """Dismissed; with ``new_lead`` the lead changes and the old one stays as co-unit."""

    share_pct = ma.fields.Integer(required=True, validate=ma.validate.Range(0, 100))
    new_lead = ma.fields.String(load_default=None, allow_none=True, validate=ma.validate.Length(max=32))


class Late(Act):
    """Out of time; only the system says so."""
