"""How the outbox is shown (待发箱的话): one line per saved thing, one true sentence for all of them.

Job: read the queue into ``OutboxView``.
Never: change anything.
"""

from __future__ import annotations

from typing import Any

from mobile.core import telling
from mobile.core.account import Account
from mobile.core.attachments import counted
from mobile.core.clock import Clock, shown
from mobile.core.shapes import OutboxView, Outgoing
from mobile.core.store import Row, Store

ABANDONED = ("前面的一步已放弃，这一步没有发送", "内容在草稿中；请确认是否还需要提交")
SENT_SHOWN = 50
SILENT = ("positions", "read")
"""Acts nobody needs to see in the outbox unless they are refused."""
STANDING = """
select s.*, (select count(*) from photos p where p.sending = s.id) as photos,
  (select count(*) from photos p where p.sending = s.id and p.state = 'queued') as photos_left,
  (select count(*) from photos p where p.sending = s.id and p.state = 'queued' and p.kind = 'voice') as voices_left,
  (select coalesce(sum(p.size - p.sent), 0) from photos p where p.sending = s.id and p.state = 'queued') as bytes_left,
  (select p.trouble from photos p where p.sending = s.id and p.state = 'rejected' limit 1) as lost,
  (select d.id from drafts d where d.sending = s.id) as draft_id,
  exists (select 1 from sendings e where e.state in ('queued', 'rejected')
          and e.person = s.person and e.item_kind not in ('duty', 'inbox')
          and ((e.item_id = s.item_id and e.n < s.n) or e.id = s.waits_for)) as held
from sendings s where s.person = ?
"""


def view(store: Store, account: Account, clock: Clock, link: str) -> OutboxView:
    """Return the outbox of the person enrolled: open things oldest first, then the last sent ones."""
    person = account.person_id
    waiting = store.rows(f"{STANDING} and s.state in ('queued', 'rejected') order by s.n", person)
    sent = store.rows(
        f"{STANDING} and s.state in ('done', 'conflict') and s.act not in (?, ?) order by s.sent_at desc limit ?",
        *(person, *SILENT, SENT_SHOWN),
    )
    told = [row for row in waiting if row["act"] not in SILENT or row["state"] == "rejected"]
    items = tuple(_outgoing(store, row) for row in (*told, *sent))
    numbers = _numbers(store, person, told)
    sentence, advice = _sentence(account.state, link, numbers)
    others = _others(store, person)
    return OutboxView(
        **numbers,
        link=link,
        sentence=sentence,
        advice=f"{advice}{'；' if advice and others else ''}{others}",
        items=items,
    )


def _numbers(store: Store, person: str, waiting: list[Row]) -> dict[str, Any]:
    photos = store.row(
        "select count(*) as n, coalesce(sum(p.kind = 'voice'), 0) as voices from photos p"
        " join sendings s on s.id = p.sending where p.state = 'queued'"
        " and s.person = ? and s.state <> 'dropped'",
        person,
    )
    last = store.row("select max(sent_at) as at from sendings where person = ? and state = 'done'", person)
    conflicts = store.row("select count(*) as n from sendings where person = ? and state = 'conflict'", person)
    return {
        "unsent": sum(row["state"] == "queued" for row in waiting),
        "rejected": sum(row["state"] == "rejected" for row in waiting),
        "conflicts": conflicts["n"] if conflicts else 0,
        "photos_left": photos["n"] if photos else 0,
        "voices_left": photos["voices"] if photos else 0,
        "last_success": last["at"] if last else None,
    }


def _sentence(state: str, link: str, numbers: dict[str, Any]) -> tuple[str, str]:
    """Return the first sentence that holds, with its advice."""
    unsent, rejected, attached = numbers["unsent"], numbers["rejected"], counted(**_attached(numbers))
    waits = f"{unsent} 条已存本机" if unsent else "没有待发送的内容"
    last = f"最近一次 {shown(numbers['last_success'])}"
    cases: tuple[tuple[bool, str, str], ...] = (
        (state == "wiped", *telling.WIPED),
        (state == "signed_out", f"{telling.SIGNED_OUT[0]}，{waits}", telling.SIGNED_OUT[1]),
        (rejected > 0, f"{rejected} 条被退回，需要修改", "点开可看原因；改好后重新提交，内容都还在"),
        (
            unsent > 0 and link == "blocked",
            f"{unsent} 条已存本机，{telling.NOT_REACHED['portal'][0]}",
            telling.NOT_REACHED["portal"][1],
        ),
        (unsent > 0 and link == "offline", f"{unsent} 条已存本机，等待网络", "可以继续工作，恢复网络后自动发送"),
        (unsent > 0, f"正在发送，还有 {unsent} 条", "请保持网络，不必停留在此页"),
        (bool(attached), f"内容已送达，还有 {attached}在上传", "有 Wi-Fi 时更快；可以继续工作"),
        (numbers["last_success"] is None, "还没有发送过内容", ""),
    )
    return next(((sentence, advice) for holds, sentence, advice in cases if holds), (f"全部已送达，{last}", ""))


def _attached(row: Any) -> dict[str, int]:
    return {"attached": row["photos_left"], "voices": row["voices_left"]}


def _others(store: Store, person: str) -> str:
    row = store.row("select count(*) as n from sendings where person <> ? and state = 'queued'", person)
    return f"本机另有 {row['n']} 条属于之前登录的人员，待其登录后发送" if row and row["n"] else ""


def _outgoing(store: Store, row: Row) -> Outgoing:
    told = store.unpack(row["sealed"])
    state, sentence, advice = _standing(row)
    names = ("id", "act", "item_kind", "item_id", "made_at", "sent_at", "tries", "photos", "photos_left")
    return Outgoing(
        kind=f"{row['item_kind']}.{row['act']}",
        act_zh=told["act_zh"],
        title=told["title"],
        state=state,
        sentence=sentence,
        advice=advice,
        draft_id=row["draft_id"],
        **{name: row[name] for name in (*names, "voices_left", "bytes_left")},
    )


def _standing(row: Row) -> tuple[str, str, str]:
    if row["state"] == "done":
        left = f"，还有 {counted(**_attached(row))}在上传" if row["photos_left"] else ""
        lost = ("，有附件没有被接受", row["lost"]) if row["lost"] else ("", "")
        return "done", f"已送达 {shown(row['sent_at'])}{left}{lost[0]}", lost[1]
    if row["state"] != "queued":
        return row["state"], row["trouble"], row["advice"]
    if row["held"]:
        return "held", *telling.HELD
    if row["tries"]:
        return "retrying", row["trouble"], row["advice"]
    return "waiting", "已存本机，等待发送", "有网络时自动发送"
