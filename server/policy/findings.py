"""What is wrong with policy files: every finding with its file, its line and what to do about it.

Never decides what is wrong; `reading` and `checks` do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

# What a finding calls the words of closed lists; other words are called by the column they stand in.
NAMES_ZH = {
    "basis": "依据",
    "bound": "约束方式",
    "calendar": "计时方式",
    "category": "案由",
    "circumstance": "情形",
    "clock": "时钟",
    "column": "列",
    "does": "动作",
    "evidence": "材料",
    "group": "大类",
    "key": "参数",
    "kind": "类型",
    "ladder": "阶梯",
    "lamp": "灯色",
    "level": "层级",
    "policy file": "政策文件",
    "role": "角色",
    "scope letter": "数据范围字母",
    "status": "状态",
    "township": "镇街",
    "unit": "单位",
    "urgency": "紧急程度",
}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a policy file."""

    file: str
    line: int

    def __str__(self) -> str:
        """Write it the way editors jump to."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Places:
    """Where each thing and each setting was read."""

    things: Mapping[tuple[str, str], Place]
    settings: Mapping[str, Place]

    def of(self, kind: str, key: str) -> Place:
        """The line of a thing, such as ("category", "A01")."""
        return self.things[kind, key]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to put right, told in Chinese and in English."""

    place: Place
    zh: str
    en: str

    def __str__(self) -> str:
        """One line of the report."""
        return f"{self.place}: {self.zh} · {self.en}"


class PolicyError(Exception):
    """The policy files are not fit for use; `findings` lists everything at once, in the order of the files.

    政策文件有误，系统拒绝启动；请按所列文件和行号逐条改正。
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Sort the findings and make them the message."""
        self.findings = tuple(sorted(set(findings)))
        count = len(self.findings)
        head = f"政策文件有 {count} 处错误，请逐条改正 · {count} findings in the policy files, put each right:"
        super().__init__("\n".join([head, *map(str, self.findings)]))


@dataclass(slots=True)
class Findings:
    """Collects findings while files are read and checked."""

    found: list[Finding] = field(default_factory=list)

    def add(self, place: Place, zh: str, en: str) -> None:
        """Note one finding."""
        self.found.append(Finding(place, zh, en))

    def unknown(self, place: Place, what: str, word: str, known: Iterable[str]) -> None:
        """Note a word that is not on a closed list, with the nearest one that is."""
        near = get_close_matches(word, choices := sorted(known), 1, 0.5)
        some = ", ".join(choices[:12]) + (" …" if len(choices) > 12 else "")
        zh = f"是否为“{near[0]}”？" if near else f"可用：{some}"
        en = f"did you mean '{near[0]}'?" if near else f"use one of: {some}"
        self.add(place, f"未知的{NAMES_ZH.get(what, what)}“{word}”，{zh}", f"unknown {what} '{word}', {en}")
