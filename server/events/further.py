"""What may be offered with an event besides its arrows.

Never: code; the questions are those of ``flow.further``.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from server.flow.further import When, has_part, in_states, is_open, leads

FURTHER: Final = MappingProxyType[str, tuple[str, When]](
    {
        "whistle.blow": ("whistle.blow", is_open),
        "subtask.set": ("event.view", leads),
        "objection.file": ("objection.file", has_part),
        "event.ask_void": ("event.file_dispatch", in_states("filed", "dispatched")),
        "event.second_look": ("event.create", in_states("rejected")),
    }
)
"""Form → the permission needed, and when it makes sense."""
