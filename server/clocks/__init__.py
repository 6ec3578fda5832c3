"""Clocks (时限): promises for any item — started, paused, extended, stopped, rung — and recomputable from the journal.

A clock knows what it promises and when it speaks up, never what ringing means: ``ring`` records ``clock.rang``.
"""

from server.clocks.acts import agree, cancel, extend, finish, pause, resume, stop, waive
from server.clocks.models import Breach, Clock
from server.clocks.reading import next_due, shown, told_fresh
from server.clocks.starting import Order, start

__all__ = [
    "Breach",
    "Clock",
    "Order",
    "agree",
    "cancel",
    "extend",
    "finish",
    "next_due",
    "pause",
    "resume",
    "shown",
    "start",
    "stop",
    "told_fresh",
    "waive",
]
