"""Talking to the server (通信): one request, one answer; the server's time noted at each contact.

Job: headers, timeouts, telling an answer of our server from one of whoever stands between.
Never: try again, queue, or follow a redirect to another house.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mobile.core import telling
from mobile.core.clock import Clock
from mobile.core.shapes import Trouble

API = "/api/v1"
TIME = "X-Server-Time"
"""Every answer of the server carries its time: an answer without it is somebody else's (a Wi-Fi's sign-in page)."""
TIMEOUT = (6.0, 25.0)
"""Seconds to connect, and to wait for the next byte."""
BUSY_FROM = 500


class NotReached(Exception):
    """No answer of the server came; ``kind`` as ``telling.NOT_REACHED`` names it."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the server: status, parsed JSON (or bytes of a picture), headers."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Tell whether it is a good answer."""
        return 200 <= self.status < 300


class Client:
    """The server at ``base``. ``credentials`` gives (token, device id); requests are made by ``requests``, one session
    per thread. ``verify`` is True or the path of the installation's own certificate.
    """

    def __init__(
        self, base: str, clock: Clock, *, verify: bool | str = True, timeout: tuple[float, float] = TIMEOUT
    ) -> None:
        self.base, self.clock, self.verify, self.timeout = base.rstrip("/"), clock, verify, timeout
        self.credentials: Callable[[], tuple[str | None, str]] = lambda: (None, "")
        self._local = threading.local()

    def _session(self) -> Any:
        if not hasattr(self._local, "session"):
            import requests  # late: it takes a fifth of a second, and the first screen does not need it

            self._local.session = requests.Session()
            self._local.session.headers["User-Agent"] = "gridwhistle-field/1"
        return self._local.session

    def headers(self) -> dict[str, str]:
        """Return the headers that say who speaks."""
        token, device = self.credentials()
        said = {"X-Device-Id": device} if device else {}
        return said | ({"Authorization": f"Bearer {token}"} if token else {})

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request (``path`` with or without /api/v1) and return the server's answer, good or bad.

        Raises NotReached.
        """
        said = self.headers() | dict(headers or {})
        if body is not None:
            data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
            said["Content-Type"] = "application/json"
        url = f"{self.base}{path if path.startswith(API) else API + path}"
        return self._read(self._ask(method, url, data, said))

    def _ask(self, method: str, url: str, data: bytes | None, headers: Mapping[str, str]) -> Any:
        import requests

        how: dict[str, Any] = {"timeout": self.timeout, "verify": self.verify, "allow_redirects": False}
        try:
            return self._session().request(method, url, data=data, headers=dict(headers), **how)
        except requests.exceptions.SSLError:
            raise NotReached("insecure") from None
        except requests.exceptions.Timeout:
            raise NotReached("timeout") from None
        except requests.exceptions.RequestException:
            raise NotReached("no_network") from None

    def _read(self, answer: Any) -> Reply:
        told = answer.headers.get(TIME)
        if not told:
            raise NotReached("busy" if answer.status_code >= BUSY_FROM else "portal")
        self._note(told)
        kind = answer.headers.get("Content-Type", "").partition(";")[0]
        if not kind.endswith("json"):
            return Reply(answer.status_code, answer.content, answer.headers)
        try:
            return Reply(answer.status_code, json.loads(answer.content), answer.headers)
        except ValueError:
            raise NotReached("no_network") from None

    def _note(self, told: str) -> None:
        try:
            self.clock.measured(datetime.fromisoformat(told))
        except ValueError:
            return

    def call(self, method: str, path: str, body: Any = None, **how: Any) -> Reply:
        """Send one request and return its good answer; raises Trouble, in plain sentences, for anything else."""
        try:
            reply = self.send(method, path, body, **how)
        except NotReached as problem:
            raise Trouble(*telling.not_reached(problem.kind), code=problem.kind) from None
        if reply.ok or reply.status == 304:
            return reply
        raise telling.trouble(reply.status, reply.body)
