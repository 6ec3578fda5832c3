"""One worker of the ring loop in a process of its own: ``python -m tests.server.clocks.ringer URL``.

Rings until nothing is due, a few clocks per transaction, and prints how many it looked at.
"""

from __future__ import annotations

import sys

from flask import Flask

from server import journal
from server.clocks import ring
from server.db import db

BATCH = 7


def main(url: str) -> int:
    """Ring until nothing is due any more; return how many clocks were looked at."""
    app = Flask("ringer")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    seen, found = 0, 1
    with app.app_context():
        while found:
            found = ring.ring_due(BATCH)
            journal.flush()
            db.session.commit()
            seen += found
    return seen


if __name__ == "__main__":
    sys.stdout.write(f"{main(sys.argv[1])}\n")
