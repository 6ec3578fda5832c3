"""Lines as the stream's process reads them, without the process."""

from __future__ import annotations

from server.db import db
from server.journal import Seal
from server.journal.seal import seal
from server.notices.outline import sealed
from server.stream.hub import Hub


def publish_all(hub: Hub) -> None:
    """Seal what was written and hand it to ``hub``."""
    seal(500)
    for row in db.session.execute(sealed().where(Seal.n > hub.last)).all():
        hub.publish(row)
    db.session.commit()
