"""The ways in to amendments: the dispatch directory with its versions, the calendar, the policy as a whole.

Job: shapes and permissions; everybody in the house may read what applies, who keeps the rules may amend.
Never: decide.
"""

from __future__ import annotations

import uuid
from typing import Any

from server import policy
from server.access import Actor
from server.amendments import book, directory, forms, notice, showing, trial, versions
from server.amendments.models import Amendment
from server.amendments.refusals import NoDraft
from server.amendments.subjects import CALENDAR, DIRECTORY, SUBJECTS
from server.clocks.audit import calendar_warning
from server.db import db
from server.errors import NotFound
from server.http import API, SIGNED_IN, Room
from server.journal import plain
from server.people.desks import today

MAY = "config.rules"
room = Room("amendments", __name__, url_prefix=API, description="政策版本")


def _directory_of(version: uuid.UUID | None) -> policy.Policy:
    return versions.with_files(versions.find(version).files) if version else policy.current()


@room.get("/directory", may=SIGNED_IN, asks=forms.DirectoryAsk, gives=forms.Listed, zh="派单目录")
def show_directory(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return what the directory in force, or another version, says of the leaves."""
    return {"items": directory.leaves(_directory_of(data["version"]), q=data["q"], unit=data["unit"])}


@room.get("/directory/leaves/<leaf>", may=SIGNED_IN, gives=forms.Told, zh="派单目录：单个案由")
def show_leaf(leaf: str, by: Actor) -> dict[str, Any]:
    """Return what the directory in force says of one leaf, and the draft, when there is one."""
    in_force, draft = policy.current(), versions.draft(DIRECTORY)
    if leaf not in in_force.categories:
        raise NotFound
    base = draft.files if draft else versions.files_at(DIRECTORY)
    drafted = directory.leaf(versions.with_files(base), leaf)
    words = directory.duty_words(base, leaf)
    told = {"in_force": directory.leaf(in_force, leaf), "drafted": drafted | {"townships": words}}
    return told | {"revision": draft.revision if draft else None}


@room.get("/directory/draft", may=MAY, gives=forms.Told, zh="派单目录修订草稿")
def show_draft(by: Actor) -> dict[str, Any]:
    """Return the draft with what it changes and the first day it may begin; absent when there is none."""
    found = versions.draft(DIRECTORY)
    if found is None:
        raise NoDraft
    return _told(plain(showing.full(found))) | {"earliest": versions.earliest_day(DIRECTORY).isoformat()}


def _told(made: Any) -> dict[str, Any]:
    return dict(made)


@room.post("/directory/draft", may=MAY, gives=forms.Told, status=201, zh="新建派单目录修订")
def begin_draft(by: Actor) -> dict[str, Any]:
    """Begin a draft, or return the one there is."""
    return _told(plain(showing.full(versions.begin(DIRECTORY, by))))


@room.post("/directory/draft/leaves/<leaf>", may=MAY, takes=forms.LeafIn, gives=forms.Told, zh="修订一个案由")
def change_leaf(leaf: str, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Say anew who answers for a leaf, in the draft; refused with all findings when the policy would not fit."""
    if leaf not in policy.current().categories:
        raise NotFound
    found = versions.held(DIRECTORY, data["revision"])
    versions.write(found, directory.rewritten(found.files, leaf, data["units"], data["townships"]))
    return _told(plain(showing.full(found)))


@room.post("/directory/draft/discard", may=MAY, takes=forms.Revised, gives=forms.Told, zh="放弃修订草稿")
def discard_draft(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Throw the draft away."""
    versions.discard(DIRECTORY, data["revision"], by)
    return {"discarded": True}


@room.post("/directory/draft/adopt", may=MAY, takes=forms.AdoptIn, gives=forms.Told, zh="发布派单目录新版本")
def adopt_draft(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Let the draft hold from a day on; events reported before keep the version they were reported under."""
    made = versions.adopt(DIRECTORY, data["revision"], data["begins_on"], data["reason"].strip(), by)
    return _told(plain(showing.full(made)))


@room.get("/directory/trial", may=MAY, asks=forms.TrialAsk, gives=forms.Told, zh="派单目录试运行")
def try_draft(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return how the events of the last days would have been proposed by the draft, or by another version."""
    found: Amendment | None = versions.find(data["version"]) if data["version"] else versions.draft(DIRECTORY)
    if found is None or found.subject != DIRECTORY.code:
        raise NoDraft
    return _told(plain(trial.run(*showing.books(found), data["days"], by)))


@room.get("/policy/versions", may=SIGNED_IN, asks=forms.VersionsAsk, gives=forms.Listed, zh="政策版本列表")
def list_versions(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return the adopted versions of a subject, the latest beginning first, at most 200."""
    return {"items": plain(showing.listed(versions.adopted(SUBJECTS[data["subject"]])))}


@room.get("/policy/versions/<uuid:id>", may=SIGNED_IN, gives=forms.Told, zh="政策版本")
def show_version(id: uuid.UUID, by: Actor) -> dict[str, Any]:
    """Return one adopted version with what it changed."""
    found = versions.find(id)
    if found.begins_at is None:
        raise NotFound
    return _told(plain(showing.full(found)))


@room.post("/policy/versions/<uuid:id>/withdraw", may=MAY, takes=forms.WithdrawIn, gives=forms.Told, zh="撤回版本")
def withdraw_version(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Take back a version that has not begun."""
    made = versions.withdraw(id, data["reason"], by)
    db.session.flush()
    return _told(plain(showing.full(made)))


@room.get("/policy/files", may=SIGNED_IN, gives=forms.Told, zh="生效政策文件")
def show_policy(by: Actor) -> dict[str, Any]:
    """Return the files in force with their origin, and every single value with its source."""
    told = {"version": policy.current().version, "files": book.files(), "settings": book.settings()}
    return _told(plain(told))


@room.get("/policy/files/<name>", may=SIGNED_IN, gives=forms.Told, zh="政策文件")
def show_file(name: str, by: Actor) -> dict[str, Any]:
    """Return one policy file as it holds now, and the lines by which it differs from the shipped one."""
    found = book.one_file(name)
    if found is None:
        raise NotFound
    return _told(plain(found))


@room.get("/calendar", may=SIGNED_IN, asks=forms.CalendarAsk, gives=forms.Told, zh="工作日历")
def show_calendar(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return the years, the days of one that are not what their weekday says, the warning, and coming versions."""
    current = policy.current()
    year = data["year"] or today().year
    days = [
        {"date": day, "kind": row.kind, "name": row.name, "source": row.source}
        for day, row in sorted(current.calendar.items())
        if day.year == year
    ]
    coming = [one for one in showing.listed(versions.adopted(CALENDAR)) if one["state"] == "coming"]
    told = {"year": year, "years": notice.years(current), "days": days, "warning": calendar_warning(), "coming": coming}
    return _told(plain(told))


@room.post("/calendar/notices", may=MAY, takes=forms.NoticeIn, gives=forms.Told, zh="载入放假安排")
def load_notice(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Read a year's notice; say what it would move, or put it in force: open deadlines are then counted anew."""
    days = notice.read(data["year"], data["text"])
    new = notice.files(data["year"], days, data["source"])
    told = {"days": days, "effect": notice.effect(versions.with_files(new)), "version": None}
    if not data["check_only"]:
        made = notice.adopt(data["year"], new, data["reason"], data["source"], by)
        told["version"] = showing.listed([made])[0]
    return _told(plain(told))
