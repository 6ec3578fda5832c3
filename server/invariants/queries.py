"""R1 to R15 as SQL: each names the records that break it; run nightly, on demand and in tests.

Job: one query per rule, returning (item id, what is wrong).
Never: mend anything.

What the database already forbids (one lead, one custodian, shares, how an assignment may end) is asked again here: a
constraint that somebody dropped must not go unnoticed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule and the query that finds what breaks it: columns ``id`` and ``wrong``."""

    code: str
    zh: str
    sql: str


KINDS = {"event": "events", "whistle": "whistles", "check_in": "check_ins", "objection": "objections"}
_ITEMS = " union all ".join(
    f"select id, '{kind}' kind, state, created_at, closed_at, moved_at from {table}" for kind, table in KINDS.items()
)
_ASSIGNED = "('dispatched', 'accepted', 'handling', 'suspended', 'handled')"

INVARIANTS = (
    Invariant(
        "R1",
        "首接负责：交办只能以法定方式结束，占比1–100%",
        """select item_id id, 'assignment ended by ' || coalesce(ended_by, '?') wrong from assignments
           where ended_by not in ('finished', 'objection_upheld', 'unit_abolished', 'lead_changed')
              or share_pct not between 1 and 100
           union all select item_id, 'two first recipients' from assignments where first_recipient
           group by item_id having count(*) > 1""",
    ),
    Invariant(
        "R2",
        "牵头抓总：已派遣未结事件有且仅有一个牵头单位",
        f"""select e.id, 'leads: ' || count(a.id) wrong from events e
            left join assignments a on a.item_id = e.id and a.role = 'lead' and a.until is null
            where e.state in {_ASSIGNED} group by e.id having count(a.id) <> 1
            union all select s.item_id, 'sub-task due after the item' from subtasks s
            join clocks c on c.item_id = s.item_id and c.code = 'HANDLE' and c.stopped_at is null
            where s.due_at > c.due_at and s.done_at is null and s.item_kind = 'event'""",
    ),
    Invariant(
        "R4",
        "责任倒查：责任区间自登记至办结连续、无空档、无重叠",
        f"""with items as ({_ITEMS}), spans as (
              select c.*, lead(since) over w following, row_number() over w place,
                     count(*) over (partition by item_id) many
              from custody c window w as (partition by item_id order by since, until nulls last))
            select item_id id, 'gap or overlap in custody' wrong from spans
            where place < many and until is distinct from following
            union all select i.id, 'no custody at the start' from items i
            left join spans s on s.item_id = i.id and s.place = 1
            where s.item_id is null or s.since <> i.created_at
            union all select i.id, 'custody does not end with the item' from items i
            join spans s on s.item_id = i.id and s.place = s.many
            where (i.closed_at is null) <> (s.until is null) or s.until <> i.closed_at""",
    ),
    Invariant(
        "R5",
        "凡交必接：每个牵头交办均已签收、改派或在签收时限内",
        """select a.item_id id, 'lead assignment neither accepted nor on the clock' wrong from assignments a
           where a.role = 'lead' and a.until is null and a.received_at is null and a.item_kind = 'event'
             and not exists (select from clocks c where c.item_id = a.item_id and c.code = 'ACCEPT'
                             and c.stopped_at is null)
           union all select c.item_id, 'overdue acceptance without a breach record' from clocks c
           where c.code = 'ACCEPT' and c.result = 'breached_open'
             and not exists (select from breaches b where b.clock_id = c.id)""",
    ),
    Invariant(
        "R6",
        "件件有回应：办结事件有结果代码和答复",
        """select id, 'closed without a result' wrong from events
           where state in ('closed', 'rejected', 'merged', 'converted')
             and (result_code is null or result_text is null)""",
    ),
    Invariant(
        "R7",
        "凡办必督：核查人不是处置人",
        """select v.item_id id, 'verified by whoever handled it' wrong from journal v
           where v.move in ('EV-16', 'EV-18') and exists (
             select from journal h where h.item_id = v.item_id and h.person_id = v.person_id
             and h.move in ('EV-03', 'EV-09', 'EV-11', 'EV-12', 'EV-13', 'EV-14', 'EV-15'))""",
    ),
    Invariant(
        "R9",
        "评价独立：部门评分由吹哨方作出",
        """select j.item_id id, 'evaluated by the department itself' wrong from journal j
           join check_ins c on c.id = j.item_id
           where j.move in ('CI-09', 'CI-10') and j.unit_code = c.unit_code""",
    ),
    Invariant(
        "R10",
        "杜绝推诿：两次以上改派须有督办提议",
        """select e.id, 're-routed twice without a proposal of supervision' wrong from events e
           where e.reassignments >= 2 and not exists (
             select from journal j where j.item_id = e.id and j.action = 'supervision.proposed')""",
    ),
    Invariant(
        "R11",
        "为基层减负：镇街只牵头职责清单内事项",
        """select a.item_id id, 'township leads outside its duty list' wrong from assignments a
           join units u on u.code = a.unit_code and u.kind = 'township'
           join events e on e.id = a.item_id
           where a.role = 'lead' and not (e.category = any(:town_duties))""",
    ),
    Invariant(
        "R15",
        "时间真实：流程时间依次不倒",
        f"""with items as ({_ITEMS}), moves as (
              select item_id, revision, at, lag(at) over (partition by item_id order by revision) before
              from journal where move is not null)
            select item_id id, 'a move before the one before' wrong from moves where at < before
            union all select id, 'closed before created' from items where closed_at < created_at
            union all select id, 'captured after receipt' from events
            where captured_at - make_interval(secs => coalesce(clock_error_s, 0)) > created_at + interval '5 minutes'
              and not ('clock_error' = any(flags))""",
    ),
)
"""All rules of the main job; a later slice adds its own."""
