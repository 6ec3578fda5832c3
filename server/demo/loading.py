"""Load the synthetic city (载入): grids, units, staff and accounts in one transaction; then the world of its stories.

Job: from an empty database to a city in which people can work; loaded again after a stop, it goes on where it was.
Never: touch a database in which somebody works already.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from server import journal
from server.clocks.courses import calendar
from server.db import db
from server.demo import accounts, album, city, staff
from server.demo.cast import Cast
from server.demo.city import Size
from server.demo.hours import Times
from server.demo.places import Places
from server.demo.refusals import DatabaseInUse
from server.demo.story import World
from server.grids.locate import warm
from server.grids.models import Edition


def people_the_city(size: Size, seed: int, file: Path) -> Iterator[str]:
    """Make the city where there is none, and its accounts where ``file`` does not name them; yield what was done.

    Raises:
        DatabaseInUse: there are people, but not those of the synthetic city.
    """
    held = city.edition()
    if held is None:
        if city.is_peopled():
            raise DatabaseInUse
        drawn = city.draw(size, seed)
        city.found(drawn)
        towns, villages, grids = (len(area.codes) for area in (drawn.townships, drawn.villages, drawn.grids))
        yield f"{towns} 个镇街、{villages} 个村（社区）、{grids} 个网格"
        yield f"{staff.employ(drawn.grids.codes, seed)} 名虚构人员"
    if held is None or not file.exists():
        yield f"{accounts.issue(city.grid_codes(), file)} 个演示账号"
    journal.drain()
    db.session.commit()


def world(held: Edition, seed: int) -> World:
    """Return what all stories in this city share: its staff, places, photos and calendar."""
    warm()
    return World(Cast.read(), Places.read(held, seed), album.keep(), Times(calendar()))
