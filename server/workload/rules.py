"""Whose work a superior may see (直接主管).

Job: one table: role → the roles it leads directly.
Never: rank, score or compare persons.
"""

from __future__ import annotations

LEADS: dict[str, frozenset[str]] = {
    "GLD": frozenset({"GWF", "GWP"}),
    "TWL": frozenset({"GLD", "TWD", "VIL"}),
    "DPL": frozenset({"DPD", "DPH"}),
}
"""A grid leader leads the workers of the grid, a township's leader its dispatchers, villages and grid leaders, …"""
