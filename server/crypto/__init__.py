"""Seal what only a logged request may open (密封): identities of residents, originals of photos (spec 2.8, 13.2, 13.9).

``Ring(folder).seal(plain, aad, suite)`` and ``.open(blob, aad)``; ``SUITES`` are the words of the setting
``privacy.suite``.
"""

from server.crypto.ring import Ring, SealBroken
from server.crypto.suites import SUITES, Suite

__all__ = ["SUITES", "Ring", "SealBroken", "Suite"]
