"""A roster by the web: tried first, stored whole or not at all, codes shown once."""

from __future__ import annotations

import base64
from typing import Any

from tests.server.town import HOME, Town

GOOD = f"姓名,账号,手机,角色,单位,网格\n王小梅,wangxm,13800001234,GWP,,{HOME}\n李强,liqiang,,DPH,DEP28,\n"
BAD = GOOD + "无名,,,GWP,,999\n"


def sent(town: Town, text: str, who: str = "security", **more: Any) -> Any:
    """Send a roster."""
    body = {"name": "名册.csv", "content": base64.b64encode(text.encode()).decode(), **more}
    return town.call(who, "POST", "/persons/import", body)


def names(town: Town) -> set[str]:
    """Return the accounts there are."""
    return {one["username"] for one in town.get("security", "/persons?limit=200").json["items"]}


def test_a_dry_run_tells_what_each_row_would_do_and_stores_nothing(town: Town) -> None:
    told = sent(town, GOOD).json
    assert (told["stored"], told["faulty"], told["codes"], len(told["rows"])) == (False, 0, [], 2)
    assert "wangxm" not in names(town)


def test_a_good_roster_is_stored_and_its_codes_open_the_accounts(town: Town) -> None:
    told = sent(town, GOOD, check_only=False).json
    assert [one["username"] for one in told["codes"]] == ["wangxm", "liqiang"]
    signed_in = town.call(None, "POST", "/tokens", {"enrol_code": told["codes"][0]["code"], "device_id": "new-phone"})
    assert signed_in.status_code == 201
    row = next(one for one in town.get("security", "/persons?q=wangxm").json["items"])
    assert [(post["role"], post["grid"]) for post in row["posts"]] == [("GWP", HOME)]


def test_one_fault_keeps_the_whole_roster_out_unless_the_good_rows_are_wanted(town: Town) -> None:
    told = sent(town, BAD, check_only=False).json
    assert (told["stored"], told["faulty"], told["rows"][0]["number"]) == (False, 1, 4)
    assert told["rows"][0]["faults"][0]["advice"]
    assert "wangxm" not in names(town)
    assert sent(town, BAD, check_only=False, partial=True).json["stored"]
    assert "wangxm" in names(town)


def test_what_is_no_table_of_staff_is_refused_with_what_to_do(town: Town) -> None:
    answer = sent(town, "甲,乙\n1,2\n")
    assert (answer.status_code, answer.json["code"]) == (422, "roster_unreadable")
    assert "不认识的列" in answer.json["detail"]


def test_only_the_security_administrator_imports_staff(town: Town) -> None:
    assert [sent(town, GOOD, who).status_code for who in ("admin", "auditor", "centre", "desk")] == [403] * 4


def test_devices_are_listed_with_owner_and_last_contact_and_wiped_when_lost(town: Town) -> None:
    code = town.call("security", "POST", f"/persons/{town.persons['mei']}/enrolments", {}).json["code"]
    town.call(None, "POST", "/tokens", {"enrol_code": code, "device_id": "mei-phone"})
    listed = town.get("security", "/devices?q=mei").json["items"]
    assert [(one["id"], one["username"], one["revoked_at"]) for one in listed] == [("mei-phone", "mei", None)]
    town.call("security", "POST", "/devices/mei-phone/revoke", {})
    assert town.get("security", "/devices?state=in_use").json["items"] == []
    assert town.get("security", "/devices?state=revoked").json["items"][0]["wipes"] is True
    assert town.get("stranger", "/devices").json["items"] == []
