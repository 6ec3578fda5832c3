"""A private PostgreSQL/PostGIS cluster for one machine.

Job: give a checkout its own database server without asking anybody to set one up.
Never: listen on the network, survive the processes that use it, or know a table.
"""

from server.embedded.lease import ensure
from server.embedded.places import EmbeddedError

__all__ = ["EmbeddedError", "ensure"]
