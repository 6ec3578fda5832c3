"""Check the rules: nightly by the worker, on demand, in tests.

Job: run the queries and name what breaks them; write one line when something does.
Never: mend anything.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server import journal, policy
from server.access import SYSTEM
from server.db import db
from server.invariants.queries import INVARIANTS
from server.journal import Line

MOST = 100
BROKEN = "invariant.broken"


def broken() -> list[dict[str, Any]]:
    """Return what breaks a rule, at most 100 records per rule: rule, sentence, item, what is wrong."""
    duties = sorted({leaf for book in policy.books() for leaf, townships in book.duty_list.items() if townships})
    found: list[dict[str, Any]] = []
    for rule in INVARIANTS:
        query = sa.text(f"select id, wrong from ({rule.sql}) broken limit {MOST}")
        asked = {"town_duties": duties} if ":town_duties" in rule.sql else {}
        rows = db.session.execute(query, asked)
        found += [{"rule": rule.code, "zh": rule.zh, "item": str(id), "wrong": wrong} for id, wrong in rows]
    return found


def check() -> int:
    """Run all rules, write one line per broken rule, and return how many records break one."""
    found = broken()
    for code in sorted({one["rule"] for one in found}):
        items = [one["item"] for one in found if one["rule"] == code]
        journal.write(Line(BROKEN, SYSTEM, facts={"rule": code, "items": items}, audience={"a"}))
    return len(found)
