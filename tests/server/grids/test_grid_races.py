"""Two connections at once change the grid map as one after the other would."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from server.access import SYSTEM
from server.db import db
from server.grids import editions
from server.grids.refusals import NotAfterTheLast
from tests.server.grids.drawing import imported


def test_two_officers_publishing_at_once_get_one_edition(fresh_app: Flask) -> None:
    for name in ("甲版", "乙版", "丙版"):
        imported(name)
    db.session.commit()

    def try_to(name: str) -> str:
        with fresh_app.app_context():
            try:
                editions.publish(editions.named(name), by=SYSTEM)
                db.session.commit()
            except NotAfterTheLast as refusal:
                db.session.rollback()
                return refusal.code
            return "published"

    with ThreadPoolExecutor(2) as officers:
        told = sorted(officers.map(try_to, ("乙版", "丙版")))
    assert told == ["not_after_the_last", "published"]
    assert len(editions.published()) == 2
