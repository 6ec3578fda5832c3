"""Workload: one's own work in numbers; the direct superior may look, nobody else."""

from __future__ import annotations

from tests.server.town import Town


def test_i_see_what_i_did(town: Town) -> None:
    for number in range(3):
        town.report(text=f"第{number}件")
    told = town.get("mei", "/me/workload").json
    assert told["total"] == 3
    assert told["acts"] == [{"kind": "event", "act": "report", "zh": "上报", "n": 3}]
    assert [day["n"] for day in told["days"]] == [3]


def test_what_is_in_my_hands_is_counted_and_nothing_else(town: Town) -> None:
    town.handled(who="gang")
    assert town.get("mei", "/me/workload").json["open_now"] == 1
    assert town.get("gang", "/me/workload").json["open_now"] == 0


def test_hours_on_duty_are_counted(town: Town) -> None:
    town.call("mei", "POST", "/duty/start", {})
    assert town.get("mei", "/me/workload").json["duty"]["shifts"] == 1


def test_only_the_direct_superior_may_look(town: Town) -> None:
    town.report()
    path = f"/workload/{town.persons['mei']}"
    assert town.get("leader", path).json["total"] == 1
    for other in ("gang", "part", "desk", "chief", "village", "far_desk", "lamp_head", "stranger", "auditor"):
        assert town.get(other, path).status_code in (403, 404), other


def test_a_leader_sees_the_own_people_and_no_further(town: Town) -> None:
    assert town.get("chief", f"/workload/{town.persons['leader']}").status_code == 200
    assert town.get("lamp_head", f"/workload/{town.persons['lamp_hand']}").status_code == 200
    assert town.get("lamp_head", f"/workload/{town.persons['water_hand']}").status_code == 404
    assert town.get("leader", f"/workload/{town.persons['gang']}").status_code == 404
