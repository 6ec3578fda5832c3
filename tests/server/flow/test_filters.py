"""A filter that names what does not exist is refused by name: an empty list would say that there is nothing."""

from __future__ import annotations

import pytest

from tests.server.town import HOME, OLD_TOWN, VILLAGE, Town

DAYS = "from=2026-01-01&to=2026-01-31"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/events?township=441602999", "township"),
        ("/events?township=DEP28", "township"),
        ("/events?lead=DEP99", "lead"),
        ("/events?category=Z9", "category"),
        ("/whistles?township=441602999", "township"),
        ("/whistles?kind=LOUD", "kind"),
        ("/check-ins?township=441602999", "township"),
        ("/check-ins?unit=DEP99", "unit"),
        (f"/figures?{DAYS}&township=441602999", "township"),
        (f"/figures?{DAYS}&unit=DEP99", "unit"),
        (f"/figures?{DAYS}&category=Z9", "category"),
        (f"/figures?{DAYS}&grid=441602999999999", "grid"),
        ("/events?village=441602999999", "village"),
        ("/events?village=441602001", "village"),
        ("/events?village=%00", "village"),
        ("/events?grid=441602999999999", "grid"),
        ("/events?grid=%00", "grid"),
        ("/grids?township=441602999", "township"),
        ("/maps/density?township=441602999", "township"),
        ("/maps/density?unit=DEP99", "unit"),
        ("/maps/series?category=Z9", "category"),
        ("/maps/tiles/12/3353/1769.mvt?township=DEP28", "township"),
        ("/persons?grid=441602999999999", "grid"),
    ],
)
def test_an_unknown_code_in_a_filter_is_named(town: Town, path: str, field: str) -> None:
    answer = town.get("centre", path)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field]), answer.json


def test_a_known_code_and_an_empty_one_are_taken(town: Town) -> None:
    known = (f"township={OLD_TOWN}", "lead=DEP28", "category=B", "category=B03", f"village={VILLAGE}", f"grid={HOME}")
    for query in (*known, "township=", "lead=", "category=", "village=", "grid="):
        assert town.get("centre", f"/events?{query}").status_code == 200, query
    for path in (f"/grids?township={OLD_TOWN}", "/grids?township=", "/maps/density?township=&unit=&category="):
        assert town.get("centre", path).status_code == 200, path
