"""How work items move: arrows as data, one function that walks them, custody, the card (流转)."""

from server.flow import scopes as scopes
from server.flow.case import Case
from server.flow.creation import Draft, create
from server.flow.models import Assignment, Custody, Item, MoveConflict
from server.flow.moves import ALL, MACHINES, Holder, Machine, Move, Start, State, register
from server.flow.walk import by_time, consequence, holder_of, lock, move, named, reach

__all__ = [
    "ALL",
    "MACHINES",
    "Assignment",
    "Case",
    "Custody",
    "Draft",
    "Holder",
    "Item",
    "Machine",
    "Move",
    "MoveConflict",
    "Start",
    "State",
    "by_time",
    "consequence",
    "create",
    "holder_of",
    "lock",
    "move",
    "named",
    "reach",
    "register",
]
