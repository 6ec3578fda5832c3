"""From a plan to the steps of its story, in the order of time.

Job: the report, the phases of its fate, its whistle; what has not happened yet is left out.
Never: act.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from operator import attrgetter

from gis import crs
from server.access import Actor
from server.demo import disputed, shared, story, unusual, whistling, words
from server.demo.hours import MINUTE
from server.demo.plan import Plan
from server.demo.story import Phase, Step, Tale, World

FATES: Mapping[str, tuple[Phase, ...]] = {**story.FATES, **disputed.FATES, **shared.FATES, **unusual.FATES}
REPORTERS = {"GWF": 0.63, "GWP": 0.27, "GLD": 0.05, "VIL": 0.04, "TWD": 0.01}
NEIGHBOUR = 0.03
"""Part of the reports that somebody of another grid brings in."""
OFFLINE = 0.03
"""Part of the reports that waited on the phone for a network."""
GCJ = 0.1
"""Part of the reports whose phone gives GCJ-02."""


def tell(plan: Plan, world: World) -> list[Step]:
    """Return the steps of a story in the order of time; the same plan in the same world tells the same story."""
    tale = Tale(plan, world)
    report(tale)
    for phase in FATES[plan.fate][: plan.cut]:
        phase(tale)
    if plan.whistle:
        whistling.tell(tale)
    steps = sorted(tale.steps, key=attrgetter("at"))
    return [step for step in steps if plan.until is None or step.at <= plan.until]


def report(tale: Tale) -> None:
    """Somebody reports what was seen."""
    rng, plan = tale.rng, tale.plan
    by = _reporter(tale)
    waited = timedelta(hours=rng.uniform(0.3, 4)) if rng.random() < OFFLINE else rng.uniform(0.3, 6) * MINUTE
    body = {
        "category": plan.leaf,
        "text": words.found(rng, plan.leaf, tale.names),
        "address": f"{tale.names['street']}{tale.names['n']}号附近",
        "accuracy_m": round(rng.lognormvariate(2.2, 0.6), 1),
        "captured_at": (plan.at - waited).isoformat(),
        "provider": "gps",
        "photos": tale.photo("before") if "before" in tale.category.evidence or rng.random() < 0.4 else [],
    }
    tale.steps.append(Step(plan.at, by, story.EVENT, "report", body | _point(tale)))


def _reporter(tale: Tale) -> Actor:
    rng, grid = tale.rng, tale.spot.grid
    role = rng.choices(list(REPORTERS), list(REPORTERS.values()))[0]
    if rng.random() < NEIGHBOUR:
        return tale.one("GWF", rng.choice(tale.world.places.codes))
    return tale.one(role, {"VIL": grid[:12], "TWD": grid[:9]}.get(role, grid))


def _point(tale: Tale) -> dict[str, float | str]:
    """Return the point as the phone gives it: WGS-84, or GCJ-02 where the way back leads into the same grid."""
    spot = tale.spot
    if tale.rng.random() < GCJ:
        lon, lat = (round(float(value), 7) for value in crs.convert(spot.lon, spot.lat, "cgcs2000", "gcj02"))
        back = tale.world.places.at(*map(float, crs.convert(lon, lat, "gcj02", "cgcs2000")))
        if back is not None and back.grid == spot.grid:
            return {"lon": lon, "lat": lat, "crs": "gcj02"}
    return {"lon": spot.lon, "lat": spot.lat, "crs": "wgs84"}
