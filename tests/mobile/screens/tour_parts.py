"""The stops of the tour at what belongs to an item: voice notes, sub-tasks, the objection that asks for another lead."""

from __future__ import annotations

from tests.mobile.screens.district import Body
from tests.mobile.screens.phone import Phone
from tests.server.photos.camera import sha
from tests.server.photos.recorder import SPOKEN


def event(phone: Phone, n: int) -> Body:
    """The n-th event of the town."""
    return list(phone.town.cards.values())[n - 1]


def report(phone: Phone) -> None:
    """Open a report with a photo and a category, on a phone with a microphone."""
    phone.device.voices = [SPOKEN]
    phone.tap("拍照上报")
    phone.wait(lambda: phone.app.page.draft.photos, "the photo")
    phone.app.page.choose("A01")
    phone.settle()


def report_spoken(phone: Phone) -> None:
    """Open a report in which one note was spoken and another is being spoken."""
    report(phone)
    page = phone.app.page
    page.add_photo(phone.field.keep_voice(SPOKEN, 23.0))
    phone.settle()
    page.voice.mic.on_press()
    phone.run_for(14)
    phone.scroll_to(page.voice)
    phone.settle()


def report_microphone(phone: Phone) -> None:
    """Open a report on a phone with a microphone."""
    report(phone)
    phone.scroll_to(phone.app.page.voice)


def voice(phone: Phone, sha256: str, seconds: float | None, words: str = "") -> Body:
    """A voice note as a card tells it: one that came may be written down, or is."""
    href = f"/api/v1/voices/{sha256[:8]}/words"
    act = {"act": "words", "zh": "更正语音内容" if words else "记下语音内容", "method": "POST", "href": href}
    writer = {"at": phone.town.iso(hours=-1), "unit_code": "441602001", "role": "TWD"}
    return {
        "id": sha256[:8], "sha256": sha256, "kind": "voice", "taken_at": phone.town.iso(hours=-3), "seconds": seconds,
        "received": seconds is not None, "words": {"text": words} | writer if words else None,
        "actions": [act | {"form": "voice.words"}] if seconds is not None else [],
    }  # fmt: skip


def card_spoken(phone: Phone) -> None:
    """Open the card of an event that was spoken, by one note that came and one that did not."""
    from mobile.widgets.voice import VoiceLine

    one = event(phone, 2)
    phone.town.photos[sha(SPOKEN)] = SPOKEN
    one["voices"] = [
        voice(phone, sha(SPOKEN), 23.4, "解放路十二号门口三盏路灯不亮，晚上学生走路看不见。"),
        voice(phone, "1" * 64, 8.0),
        voice(phone, "0" * 64, None),
    ]
    phone.field.cards.keep(one | {"revision": 50}, phone.town.iso())
    phone.app.go("card", kind="event", id=one["id"])
    phone.wait(lambda: phone.field.voice(sha(SPOKEN), one), "the note")
    phone.settle()
    phone.scroll_to([w for w in phone.walk() if isinstance(w, VoiceLine)][1])


def voice_words(phone: Phone) -> None:
    """Open the form on which the words of a voice note are corrected."""
    card_spoken(phone)
    phone.tap("更正语音内容")


def shared(phone: Phone) -> Body:
    """An event two units answer for, with a sub-task that is open, one that is done and the way to set another."""
    one = event(phone, 2)
    mine, other = {"code": "DEP12", "role": "lead"}, {"code": "DEP37", "role": "co"}
    one["units"] = [
        part | {"zh": phone.field.catalogue.unit_zh(part["code"]), "share_pct": 50, "person": None}
        for part in (mine, other)
    ]
    told = {"text": "先关闭主阀门，再抢修破裂的供水管", "mandatory": True, "done_text": None}
    done = {
        "act": "done",
        "zh": "完成子任务",
        "weight": "main",
        "method": "POST",
        "href": "/api/v1/subtasks/2/done",
        "form": "subtask.done",
    }
    one["subtasks"] = [
        told | {"id": "1", "unit_code": "DEP37", "due_at": phone.town.iso(hours=3), "done_at": None, "actions": []},
        told | {"id": "2", "unit_code": "DEP12", "text": "围挡并疏导交通", "due_at": phone.town.iso(hours=1), "done_at": None, "actions": [done]},
        told | {"id": "3", "unit_code": "DEP37", "text": "通知停水居民", "due_at": phone.town.iso(hours=-1), "mandatory": False,
                "done_at": phone.town.iso(hours=-2), "done_text": "已通知 62 户", "actions": []},
    ]  # fmt: skip
    one["revision"] += 1
    phone.field.card("event", one["id"])
    phone.wait(lambda: (phone.field.card("event", one["id"]) or {}).get("subtasks"), "the card")
    return one


def card_subtasks(phone: Phone) -> None:
    """Open the card of a shared event at its sub-tasks."""
    phone.app.go("card", kind="event", id=shared(phone)["id"])
    phone.settle()
    phone.scroll_to(next(w for w in phone.walk() if getattr(w, "said", "") == "围挡并疏导交通"))


def line(card: Body, task: Body, whose: dict[str, str]) -> Body:
    """A sub-task of a card as the server's lists and the worklist tell it; ``whose``: point of view → words."""
    names = ("no", "urgency", "grid_code", "township_code", "created_at", "moved_at")
    is_done = bool(task["done_at"])
    state = (
        {"code": "done", "zh": "已完成", "type": "final"}
        if is_done
        else {"code": "open", "zh": "待完成", "type": "normal"}
    )
    return task | {name: card[name] for name in names} | {
        "kind": "subtask", "kind_zh": "子任务", "title": task["text"], "category": None, "revision": 0, "state": state,
        "item": {name: card[name] for name in ("kind", "id", "no")}, "acts": task["actions"],
        "whose": [{"code": code, "zh": zh} for code, zh in whose.items()],
    }  # fmt: skip


def subtasks(phone: Phone) -> None:
    """Open the list of sub-tasks: mine to finish, one I set with another unit, one that is over."""
    one = shared(phone)
    other, mine, done = one["subtasks"]
    told = [
        line(one, other, {"set": "我布置的"}),
        line(one, mine, {"unit": "本单位的", "me": "派给我的"}),
        line(one, done, {"set": "我布置的"}),
    ]
    phone.town.more["/subtasks"] = {"items": told, "next_cursor": None}
    phone.app.go("list", kind="subtask")
    phone.wait(lambda: phone.sees("围挡并疏导交通"), "the list")


def subtask(phone: Phone) -> None:
    """Open the form of a sub-task."""
    from mobile.screens.opening import begin

    begin(phone.app, phone.field.card("event", shared(phone)["id"]), "subtask", "set")


def another_lead(phone: Phone) -> None:
    """Open an objection that asks for another lead."""
    phone.app.go("objection", kind="event", id=shared(phone)["id"])
    phone.settle()
    phone.tap("更换牵头单位")


PARTS = (
    ("report-microphone", "GWF", report_microphone),
    ("report-spoken", "GWF", report_spoken),
    ("card-spoken", "GWF", card_spoken),
    ("voice-words", "GWF", voice_words),
    ("card-subtasks", "DPH", card_subtasks),
    ("subtasks", "DPH", subtasks),
    ("subtask", "DPH", subtask),
    ("objection-lead", "DPH", another_lead),
)
"""Name, role, way: as ``tour.Stop`` has them."""
