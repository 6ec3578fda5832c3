"""Numbers people say aloud come once, also when the database forgets which it gave out."""

from __future__ import annotations

import pytest

from server.db import db
from server.flow import numbers


@pytest.mark.usefixtures("fresh_app")
class TestSerials:
    def test_numbers_drawn_ahead_are_given_out_one_after_the_other(self) -> None:
        drawn = [numbers.take(1)[0] for _ in range(3)]
        assert drawn == list(range(drawn[0], drawn[0] + 3))

    def test_numbers_drawn_ahead_outlive_what_is_undone(self) -> None:
        first = numbers.take(1)[0]
        db.session.rollback()
        assert numbers.take(1)[0] == first + 1

    def test_numbers_drawn_ahead_are_forgotten_with_the_connection_that_drew_them(self) -> None:
        first = numbers.take(1)[0]
        db.session.connection().invalidate()
        db.session.rollback()
        assert numbers.take(1)[0] > first + numbers.AHEAD
