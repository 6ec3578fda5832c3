"""Reports that go another way (其他去向): not filed, merged, void, outside every grid.

Job: the phases of the states that an ordinary year does not show.
Never: act.
"""

from __future__ import annotations

from collections.abc import Mapping

from server import policy
from server.access import Actor
from server.demo.story import BY_UNIT, EVENT, Phase, Tale, dispatch, file, result, verify

NOT_FILED = {
    "not_found": "到现场未发现所述问题",
    "already_solved": "上报前已由保洁清理",
    "out_of_scope": "不属于网格事项受理范围",
}


def reject(tale: Tale) -> None:
    """The township does not file it, and says why."""
    code = tale.rng.choice(list(NOT_FILED))
    by = tale.one("TWD", tale.spot.township)
    tale.add("reject", by, tale.in_time(tale.promise("FILE")), reason_code=code, reason=NOT_FILED[code])


def merge(tale: Tale) -> None:
    """The township merges it into an open report of the same place."""
    by = tale.one("TWD", tale.spot.township)
    tale.add("merge", by, tale.in_time(tale.promise("FILE")), parent_id=str(tale.plan.parent))


def void(tale: Tale) -> None:
    """Two officers of the centre void it: one asks, another confirms."""
    first = _centre(tale)
    tale.add("ask_void", first, tale.in_time(tale.promise("DISPATCH")), reason="培训时误报")
    tale.add("void", _centre(tale, first), tale.in_time(tale.promise("DISPATCH")), reason="经核实为培训误报")


def correct(tale: Tale) -> None:
    """The district centre files a report from outside every grid, with the place corrected."""
    inside = tale.world.places.draw(tale.rng, tale.plan.leaf)
    point = {"lon": inside.lon, "lat": inside.lat, "crs": "cgcs2000", "accuracy_m": 10.0}
    tale.add("file", _centre(tale), tale.in_time(tale.promise("FILE")), EVENT, point=point, note="电话核实位置后更正")
    tale.move_to(inside)


def _centre(tale: Tale, *but: Actor) -> Actor:
    return tale.one("CEN", policy.current().settings.district.dispatch_unit, but=but)


FATES: Mapping[str, tuple[Phase, ...]] = {
    "rejected": (reject,),
    "merged": (merge,),
    "void": (file, void),
    "outside": (),
    "corrected": (correct, dispatch, *BY_UNIT[2:], result, verify),
}
