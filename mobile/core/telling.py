"""Failures in plain sentences (故障说明): what happened and what to do, for every way a sending can end.

Job: tables from what went wrong to a Chinese sentence and an advice.
Never: blame the worker, or show a number or a word of the machine where a sentence will do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mobile.core.shapes import Trouble

NOT_REACHED: dict[str, tuple[str, str]] = {
    "no_network": ("目前没有网络", "已存在本机，恢复网络后会自动发送，可以继续工作"),
    "timeout": ("网络太慢，服务器没有及时答复", "已存在本机，稍后会自动重试"),
    "insecure": ("无法确认服务器的身份", "请不要连接来历不明的 Wi-Fi；换用手机流量后会自动重试"),
    "portal": ("当前 Wi-Fi 需要先登录认证", "请在系统设置中完成 Wi-Fi 登录，或改用手机流量"),
    "busy": ("服务器暂时忙", "已存在本机，稍后会自动重试"),
}
"""Why no answer of the server came → sentence, advice."""

REFUSED: dict[str, tuple[str, str]] = {
    "other_bytes": ("这个编号已用不同的内容提交过", "请核对服务器上已存的内容；确需改动，请作为新的事件重新上报"),
    "key_taken": ("这个编号已被其他提交占用", "请在草稿中修改后重新提交"),
    "revision_moved": ("事项刚刚被他人更新", "请查看最新情况后再决定是否提交"),
    "illegal_move": ("事项已进入别的环节，不能再做此操作", "请查看最新情况；确有需要请联系镇街调度"),
    "not_found": ("没有找到该事项，或它已不在您的管辖范围", "请向镇街调度核实；内容仍保存在草稿中"),
    "not_your_move": ("此操作由其他岗位办理", "请联系对应岗位；内容仍保存在草稿中"),
    "conflict_of_interest": ("您已申报回避该事项", "请由他人办理"),
    "captured_in_future": ("操作时间晚于服务器时间", "请联网校时后重新提交"),
    "arrival_is_proven": ("未能确认到场", "请靠近现场、等待定位更准，或向吹哨人索要报到码"),
    "wrong_shape": ("有内容填写不完整或格式不对", "请按红字提示补充后重新提交"),
}
"""Code of the server's refusal → sentence, advice, where its own title does not say what to do."""

FILE_MISSING = ("照片文件在本机已找不到，请重新拍照", "语音文件在本机已找不到，请重新录音")
"""What is said when the bytes of a photo, of a voice note, are gone from this phone."""

ADVICE = {
    403: "请联系镇街管理员核实岗位权限；内容仍保存在草稿中",
    404: "请向镇街调度核实；内容仍保存在草稿中",
    409: "请查看最新情况，修改后可重新提交",
    413: "请减少内容或照片后重新提交",
    422: "请按提示修改后重新提交",
}
"""Status → advice, where the code is none of the above."""
SIGNED_OUT = ("登录已失效，发送已暂停", "请重新登录（一次性码或账号密码）；未发送的内容都还在，登录后自动发送")
PASSWORD_FIRST = ("首次登录须先修改初始密码", "请在“我的”中修改密码；未发送的内容都还在")
WIPED = ("这部手机已挂失或账号已停用，本机数据已清除", "如需继续使用，请向管理员索取新的一次性码")
HELD = ("等待前一步先送达", "前一步送达后会自动发送")
CONFLICT = ("到达时事项已变化，已转镇街作为冲突任务处理", "无需操作；镇街处理后会通知您")


def not_reached(kind: str) -> tuple[str, str]:
    """Return sentence and advice for a failed connection."""
    return NOT_REACHED.get(kind, NOT_REACHED["no_network"])


def refused(status: int, body: Any) -> tuple[str, str, str, dict[str, str]]:
    """Return (sentence, advice, code, field → sentence) of a refusal as the server told it."""
    problem: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    code = str(problem.get("code") or f"http_{status}")
    known = REFUSED.get(code)
    sentence = str(problem.get("title") or "") if known is None or code == "arrival_is_proven" else known[0]
    advice = known[1] if known else ADVICE.get(status, "内容仍保存在草稿中，可修改后重新提交")
    return sentence or "服务器没有接受这次提交", advice, code, flat(problem.get("errors"))


def flat(errors: Any, before: str = "") -> dict[str, str]:
    """Return nested field errors as path → first sentence."""
    if isinstance(errors, Mapping):
        found: dict[str, str] = {}
        for name, inner in errors.items():
            path = before if str(name) == "_schema" else f"{before}.{name}".strip(".")
            found |= flat(inner, path)
        return found
    if isinstance(errors, list | tuple):
        return flat(errors[0], before) if errors else {}
    return {before: str(errors)} if errors else {}


def trouble(status: int, body: Any) -> Trouble:
    """Return a refusal as an exception."""
    sentence, advice, code, errors = refused(status, body)
    return Trouble(sentence, advice, code, errors)
