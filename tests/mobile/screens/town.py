"""A server for the screens: it holds a few people and items and answers as the real one, in this process.

What it says of forms, lists, categories and kinds is what the real server would say (``district``).
"""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from mobile.core.client import NotReached, Reply
from tests.mobile.screens import district
from tests.mobile.screens.district import VILLAGES, Body, grid_code, grids, middle, told


class Town:
    """The server's memory. ``is_down``: nothing gets through. ``refuse``: {act or "report": (status, problem)}."""

    def __init__(self, role: str = "GWF", now: datetime | None = None) -> None:
        self.role = role
        self.now, self.began = now or datetime.now(UTC), time.monotonic()
        self.is_down = False
        self.refuse: dict[str, tuple[int, Body]] = {}
        self.cards: dict[str, Body] = {}
        self.inbox: list[Body] = []
        self.asked: list[tuple[str, str, Any]] = []
        self.photos: dict[str, bytes] = {}
        self.shift: Body = {"on_duty": False, "started_at": None, "ended_at": None, "ends_by": None}
        self.more: dict[str, Any] = {}
        """Path → body, for what a test wants to add."""

    # --- what there is --------------------------------------------------------------------------------------------------

    def iso(self, **apart: float) -> str:
        """A moment so far from now."""
        return (self.now + timedelta(**apart)).isoformat()

    def me(self) -> Body:
        name, role_zh, unit_zh, grids_of = district.PEOPLE[self.role]
        post = {
            "role": self.role,
            "role_zh": role_zh,
            "unit": district.UNITS[self.role],
            "unit_zh": unit_zh,
            "township": "441602001",
        }
        posts = [post | {"grid": code} for code in grids_of] or [post | {"grid": None}]
        return {
            "id": f"00000000-0000-7000-8000-0000000000{list(district.PEOPLE).index(self.role):02d}", "username": self.role.lower(),
            "name": name, "roles": [self.role], "unit": district.UNITS[self.role], "unit_zh": unit_zh, "township": "441602001",
            "grids": list(grids_of), "posts": posts, "permissions": district.permissions(self.role), "must_change_password": False,
            "device_id": "test", "server_time": self.now.isoformat(),
        }  # fmt: skip

    def add_photo(self, words: str, kind: str) -> Body:
        """Keep a picture and return how a card names it."""
        content = district.photo_bytes(words)
        sha256 = hashlib.sha256(content + kind.encode()).hexdigest()
        self.photos[sha256] = content
        return {"sha256": sha256, "kind": kind, "taken_at": self.iso(hours=-3), "received": True}

    def event(
        self, n: int, category: str, text: str, state: str = "handled", due_h: float | None = 5, **more: Any
    ) -> Body:
        """Add an event."""
        leaf = next(one for one in told()[0]["categories"] if one["code"] == category)
        column, row = more.pop("at", (0, 0))
        lon, lat = middle(column, row)
        clock = {
            "code": "VERIFY", "zh": "核查", "due_at": self.iso(hours=due_h or 0), "started_at": self.iso(hours=-2),
            "stopped_at": None, "lamp": "green", "unit_code": None, "original_due_at": self.iso(hours=due_h or 0), "paused": False,
        }  # fmt: skip
        card = self._card("event", n, state) | {
            "category": {"code": leaf["code"], "zh": leaf["zh"], "en": leaf["en"], "group_zh": leaf["group_zh"]},
            "text": text, "address": "中山路 128 号北侧", "urgency": leaf["urgency"], "grid_code": grid_code(column, row),
            "village_code": VILLAGES[column], "township_code": "441602001",
            "place": {
                "lon": lon, "lat": lat, "crs": "cgcs2000", "accuracy_m": 8.0, "is_mock": False, "quality": "inside",
                "candidates": [], "grid_choice": None,
            },
            "captured_at": self.iso(hours=-26), "received_at": self.iso(hours=-26), "flags": [], "self_handled": False,
            "clocks": [clock] if due_h is not None else [], "parent": None, "parent_id": None, "merged_count": 0,
            "result": None, "reworks": 0, "suspended_until": None, "reassignments": 0, "recurrence_of": None,
            "clock_error_s": 0.0, "happened_at": self.iso(hours=-26),
        } | more  # fmt: skip
        self.cards[card["id"]] = card
        return card

    def _card(self, kind: str, n: int, state: str) -> Body:
        catalogue, _ = told()
        machine = next(one for one in catalogue["kinds"] if one["kind"] == kind)
        stood = next(one for one in machine["states"] if one["code"] == state)
        id = f"01900000-0000-7000-8000-{n:012d}"
        return {
            "kind": kind, "kind_zh": machine["zh"], "id": id, "no": f"{kind[0].upper()}2026-{n:05d}",
            "state": {name: stood[name] for name in ("code", "zh", "en", "type")}, "revision": 3, "urgency": "U4",
            "grid_code": None, "village_code": None, "township_code": None, "created_at": self.iso(hours=-26),
            "moved_at": self.iso(hours=-2, minutes=-n), "closed_at": None, "synthetic": True,
            "actions": self.offers(kind, state, id), "clocks": [], "units": [], "subtasks": [], "photos": [], "timeline": [],
        }  # fmt: skip

    def offers(self, kind: str, state: str, id: str) -> list[Body]:
        """What the reader may do from a state."""
        machine = next(one for one in told()[0]["kinds"] if one["kind"] == kind)
        stood = next((one for one in machine["states"] if one["code"] == state), {"offers": []})
        acts = {one["act"] for one in stood["offers"] if self.role in one.get("roles", [self.role])}
        ways = [one for one in machine["acts"] if one["act"] in acts and self.role in one["roles"]]
        names = ("act", "zh", "en", "weight", "method", "form")
        return [{name: way[name] for name in names} | {"href": way["href"].replace("{id}", id)} for way in ways]

    def notice(
        self, n: int, title: str, body: str, severity: str = "info", item: Body | None = None, read: bool = False
    ) -> None:
        """Add a message."""
        self.inbox.append(
            {
                "id": f"01900000-0000-7000-8001-{n:012d}", "kind": "event.moved", "severity": severity, "title": title,
                "body": body, "item": {"kind": item["kind"], "id": item["id"]} if item else None,
                "created_at": self.iso(minutes=-20 * n), "read_at": self.iso() if read else None, "bundle": [],
            }
        )  # fmt: skip

    # --- answering ------------------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, body: Any, etag: str | None = None) -> Reply:
        """Answer a request as the server would; what has not changed is not told again."""
        if self.is_down:
            raise NotReached("no_network")
        self.asked.append((method, path, body))
        reply = self._answer(method, path, body)
        if method != "GET" or not reply.ok or isinstance(reply.body, bytes):
            return reply
        tag = hashlib.sha256(json.dumps(reply.body, sort_keys=True).encode()).hexdigest()
        return Reply(304, None, {"ETag": tag}) if tag == etag else Reply(reply.status, reply.body, {"ETag": tag})

    def receive(self, path: str, content: bytes) -> None:
        """Keep the bytes of a photo or voice note that is sent, whole or in parts."""
        sha256 = path.partition("?")[0].rpartition("/")[2]
        self.photos[sha256] = self.photos.get(sha256, b"") + content

    def _answer(self, method: str, path: str, body: Any) -> Reply:
        path, _, query = path.removeprefix("/api/v1").partition("?")
        if path in self.more:
            return self._good(self.more[path])
        known = self._plain(method, path, query)
        return known if known else self._item(method, path, body)

    def _good(self, body: Any, status: int = 200) -> Reply:
        return Reply(status, body, {})

    def _plain(self, method: str, path: str, query: str) -> Reply | None:
        catalogue, forms = told()
        ways: dict[str, Any] = {
            "/me": self.me, "/catalogue": lambda: catalogue, "/forms": lambda: forms, "/worklist": self._worklist,
            "/grids": grids, "/duty": lambda: self.shift, "/photos/awaited": lambda: {"items": [], "next_cursor": None},
            "/duty/track": lambda: {"items": [], "next_cursor": None, "kept_days": 30},
            "/me/colleagues": lambda: {"items": district.colleagues(self.me())},
            "/me/workload": lambda: self.more.get("workload", {}),
            "/maps/points": lambda: {"items": self._points()}, "/maps/density": lambda: {"items": [], "breaks": []},
            "/inbox": lambda: self._inbox(query), "/inbox/read": lambda: {"read": 1},
            "/inbox/aside": lambda: {"read": False},
            "/tokens": lambda: {"token": "t", "expires_at": self.iso(days=90), "renew_at": self.iso(days=30), "person": self.me(), "must_change_password": False},
            "/duty/start": lambda: self._duty(True), "/duty/end": lambda: self._duty(False),
        }  # fmt: skip
        if path == "/tokens" and "tokens" in self.refuse:
            return self._refused("tokens")
        return self._good(ways[path]()) if path in ways else None

    def _duty(self, on: bool) -> Body:
        self.shift = {"on_duty": on, "started_at": self.iso(), "ended_at": None, "ends_by": self.iso(hours=14)}
        return self.shift

    def _inbox(self, query: str) -> Body:
        after = int(query.partition("cursor=")[2].partition("&")[0] or 0)
        return {"items": self.inbox[after:], "cursor": str(len(self.inbox)), "more": False, "unread": len(self.inbox)}

    def _worklist(self) -> Body:
        mine = [card for card in self.cards.values() if card["actions"] and card["clocks"]]
        return {"items": [self._line(card) for card in mine]}

    def _points(self) -> list[Body]:
        """The open events with their places."""
        events = [card for card in self.cards.values() if card["kind"] == "event" and card["state"]["type"] != "final"]
        return [self._line(one) | {name: one["place"][name] for name in ("lon", "lat", "crs")} for one in events]

    def _line(self, card: Body) -> Body:
        names = (
            "kind",
            "kind_zh",
            "id",
            "no",
            "state",
            "urgency",
            "grid_code",
            "revision",
            "moved_at",
            "category",
            "text",
            "title",
        )
        due = min((one["due_at"] for one in card["clocks"]), default=None)
        return {name: card[name] for name in names if name in card} | {
            "due_at": due, "created_at": card["created_at"],
            "acts": [{name: one[name] for name in ("act", "zh", "weight")} for one in card["actions"]],
        }  # fmt: skip

    def _refused(self, name: str) -> Reply:
        status, problem = self.refuse[name]
        return Reply(status, problem, {})

    def _item(self, method: str, path: str, body: Any) -> Reply:
        _, items, *rest = path.split("/")
        kind = next((one["kind"] for one in told()[0]["kinds"] if one["path"] == items), None)
        if kind is None:
            return Reply(404, {"code": "not_found", "title": "不存在或不在您的数据范围内", "status": 404}, {})
        if not rest:
            return self._good(
                {"items": [self._line(c) for c in self.cards.values() if c["kind"] == kind], "next_cursor": None}
            )
        id, *act = rest
        parts: dict[str, Any] = {
            "subtask": lambda: self._subtask(id, act, body),
            "voice": lambda: self._words(id, body),
        }
        if (method == "PUT" and not act) or kind in parts:
            return parts.get(kind, lambda: self._created(kind, id, body))()  # type: ignore[no-any-return]
        if act[:1] in (["photos"], ["voices"]):
            return self._photo(method, act)
        card = self.cards.get(id)
        if card is None:
            return Reply(404, {"code": "not_found", "title": "不存在或不在您的数据范围内", "status": 404}, {})
        return self._acted(card, act[0], body) if act and method == "POST" else self._card_told(card)

    def _subtask(self, id: str, act: list[str], body: Body) -> Reply:
        """Set a sub-task, note that it is done, or who does it."""
        name = f"subtask.{act[0]}" if act else "subtask.set"
        if name in self.refuse:
            return self._refused(name)
        if act:
            task = next(one for card in self.cards.values() for one in card["subtasks"] if one["id"] == id)
            done = {"done_at": self.iso(), "done_text": body.get("done_text"), "actions": []}
            task |= done if act[0] == "done" else body
        else:
            told = {name: body[name] for name in ("text", "due_at", "mandatory")}
            task = {"id": id, "unit_code": body["unit"], "done_at": None, "done_text": None, "actions": []} | told
            self.cards[body["item_id"]]["subtasks"].append(task)
        return self._good(task, 200 if act else 201)

    def _words(self, id: str, body: Body) -> Reply:
        """Note what a voice note says."""
        voice = next(one for card in self.cards.values() for one in card.get("voices", ()) if one.get("id") == id)
        unit = district.UNITS[self.role]
        voice["words"] = {"text": body["text"], "at": self.iso(), "unit_code": unit, "role": self.role}
        return self._good({"id": id, "text": body["text"]})

    def _card_told(self, card: Body, status: int = 200) -> Reply:
        return self._good(card | {"further": district.further(card, self.role)}, status)

    def _photo(self, method: str, act: list[str]) -> Reply:
        if method == "GET":
            return self._good(self.photos.get(act[1], b"")) if act[-1] != "upload" else self._good({"received": 0})
        return self._good({"received": True}, 201)

    def _created(self, kind: str, id: str, body: Body) -> Reply:
        name = "report" if kind == "event" else kind
        if name in self.refuse:
            return self._refused(name)
        if kind == "event":
            card = self.event(len(self.cards) + 900, body["category"], body["text"], "reported", 24)
        else:
            card = self._card(kind, len(self.cards) + 900, self.more.get("state", "blown")) | body
        del self.cards[card["id"]]
        card = card | {
            "id": id,
            "revision": 1,
            "photos": [one | {"received": False} for one in body.get("photos", ())],
            "voices": [one | {"received": False, "seconds": None} for one in body.get("voices", ())],
            "actions": self.offers(kind, card["state"]["code"], id),
            "duplicates": [],
        }
        self.cards[id] = card
        return self._card_told(card, 201)

    def _acted(self, card: Body, act: str, body: Body) -> Reply:
        if act in self.refuse:
            return self._refused(act)
        machine = next(one for one in told()[0]["kinds"] if one["kind"] == card["kind"])
        offers = next(one for one in machine["states"] if one["code"] == card["state"]["code"])["offers"]
        to = next((one["to"] for one in offers if one["act"] == act), card["state"]["code"])
        stood = next(one for one in machine["states"] if one["code"] == to)
        card |= {
            "state": {name: stood[name] for name in ("code", "zh", "en", "type")}, "revision": card["revision"] + 1,
            "actions": self.offers(card["kind"], to, card["id"]),
        }  # fmt: skip
        self.cards[card["id"]] = card
        return self._card_told(card)
