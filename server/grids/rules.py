"""What a grid's code says of where it belongs (网格编码, spec 3.1).

Job: fifteen digits are the village's twelve and three of its own; the village's first nine are its township's.
Never: import flask or sqlalchemy, or look a code up.
"""

from __future__ import annotations

import re
from typing import NamedTuple

NATIONAL = re.compile(r"\d{15}")
VILLAGE_DIGITS = 12
TOWNSHIP_DIGITS = 9


class Home(NamedTuple):
    """The village and the township of a grid; None where its code does not follow the national form."""

    village: str | None
    township: str | None


def home(code: str) -> Home:
    """Return where the grid of this code belongs; codes of other sets (say four digits) belong nowhere."""
    if not NATIONAL.fullmatch(code):
        return Home(None, None)
    return Home(code[:VILLAGE_DIGITS], code[:TOWNSHIP_DIGITS])
