"""What a policy says: categories, units, roles, promises, ladders, whistles, calendar, law — all frozen.

Never reads a file (that is `load`) and never judges what it holds (that is `checks`).
"""

from server.policy.model.bodies import Permission, Role, Unit
from server.policy.model.policy import Policy
from server.policy.model.rules import Condition, EscalationLevel, EscalationRule, WhistleKind
from server.policy.model.time import (
    CIRCUMSTANCES,
    CLOSED,
    ITEMS,
    CalendarDay,
    CalendarYear,
    Ladder,
    LegalDeadline,
    LimitRow,
    Promise,
    Rung,
    SensitivePeriod,
)
from server.policy.model.work import (
    TOWN,
    Category,
    CategoryGroup,
    DirectoryEntry,
    Figure,
    GridDuty,
    Reason,
    Urgency,
)

__all__ = [
    "CIRCUMSTANCES",
    "CLOSED",
    "ITEMS",
    "TOWN",
    "CalendarDay",
    "CalendarYear",
    "Category",
    "CategoryGroup",
    "Condition",
    "DirectoryEntry",
    "EscalationLevel",
    "EscalationRule",
    "Figure",
    "GridDuty",
    "Ladder",
    "LegalDeadline",
    "LimitRow",
    "Permission",
    "Policy",
    "Promise",
    "Reason",
    "Role",
    "Rung",
    "SensitivePeriod",
    "Unit",
    "Urgency",
    "WhistleKind",
]
