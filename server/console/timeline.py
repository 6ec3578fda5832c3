"""What happened to an item (办理经过), as people read it: each line of its card in words, equal lines told once.

Job: tell arrows of one act apart by where the item stood; fold what the system said several times in one moment.
Never: fetch a line, or leave one out without saying how many it stands for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from flask_babel import lazy_gettext as _

from server.catalogue import ways
from server.console import audit_words, language
from server.flow.moves import MACHINES

Line = dict[str, Any]
OTHER_ACTIONS = {
    "check_in.open": _("被呼叫"),
    "notice.put_aside": _("看到警报，暂时放一放"),
    "photo.received": _("收到照片"),
    "photo.opened": _("打开封存内容"),
    "voice.received": _("收到语音留言"),
    "voice.opened": _("打开封存的录音"),
    "voice.words": _("记下语音内容"),
    "subtask.set": _("布置子任务"),
    "subtask.done": _("完成子任务"),
    "subtask.named": _("指定子任务经办人"),
    "event.void_asked": _("申请作废"),
    "event.second_look_asked": _("申请复核"),
    "clock.rang": _("时限提醒"),
    "move.conflicted": _("离线操作冲突"),
    "check_in.contested": _("对评价提出申诉"),
    "objection.open": _("提出异议"),
    "supervision.proposed": _("提请督办"),
}
"""Lines that no arrow wrote → how people read them."""


def action_words(action: str, before: str | None = None) -> str:
    """Return how people read a journal action such as ``event.file``; ``before`` is the state the item was in."""
    if action in OTHER_ACTIONS:
        return str(OTHER_ACTIONS[action])
    kind, _dot, act = action.partition(".")
    machine = MACHINES.get(kind)
    listed = (*machine.moves, *ways.ways(machine)) if machine else ()
    known = sorted((one for one in listed if one.act == act), key=lambda one: getattr(one, "source", "") != before)
    return language.named(known[0]) if known else audit_words.action_words(action)


def timeline(card: Mapping[str, Any]) -> list[Line]:
    """Return the lines of a card, newest first, each with its ``words`` and how many ``times`` it was said at once."""
    lines = list(card.get("timeline", ()))
    told = [line | {"words": action_words(line["action"], _stood(lines[n + 1 :]))} for n, line in enumerate(lines)]
    return list(_folded(told))


def _stood(older: list[Line]) -> str | None:
    return next((line["state"] for line in older if line["state"]), None)


def _folded(lines: list[Line]) -> Iterator[Line]:
    for _key, same in groupby(lines, lambda one: (one["words"], one["at"][:19], one["unit_code"], one["reason"])):
        first, *more = same
        yield first | {"times": 1 + len(more)}
