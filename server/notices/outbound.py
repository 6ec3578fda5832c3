"""Requests to addresses that somebody typed in (外部地址): sent to where they may go, and nowhere else.

Job: look the name up once, judge every address found, connect to exactly that address.
Never: follow a redirect, or reach the own network unless the installation names it (server-side request forgery).
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

import urllib3

from server.errors import Invalid

Network = IPv4Network | IPv6Network
PORTS = {"http": 80, "https": 443}
TIMEOUT = urllib3.Timeout(connect=5, read=10)
ANSWER_MAX = 4096
"""Bytes read of an answer: only its status counts."""


class AddressRefused(Invalid):
    """This address may not be called: it must be https on the public network, or in a network the installation allows.
    该地址不允许推送：须为公网 https 地址，或位于系统允许的网段内。
    """


def check(url: str, allowed: Sequence[Network]) -> tuple[SplitResult, str]:
    """Return the parts of ``url`` and the address to connect to.

    Raises:
        AddressRefused: no http(s), unknown name, or an address found for it lies where requests may not go.
    """
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname or parts.username or parts.password:
        raise AddressRefused(url=url)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or PORTS[parts.scheme], type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        raise AddressRefused(detail="the name cannot be looked up", url=url) from None
    addresses = [str(info[4][0]) for info in found]
    if not all(_may_go(address, parts.scheme, allowed) for address in addresses):
        raise AddressRefused(url=url)
    return parts, addresses[0]


def _may_go(address: str, scheme: str, allowed: Sequence[Network]) -> bool:
    where = ip_address(address)
    where = getattr(where, "ipv4_mapped", None) or where
    return any(where in network for network in allowed) or (scheme == "https" and where.is_global)


def post(url: str, body: bytes, headers: Mapping[str, str], allowed: Sequence[Network]) -> int:
    """Send ``body`` to ``url`` and return the status of the answer; raises AddressRefused or urllib3's HTTPError."""
    parts, address = check(url, allowed)
    port = parts.port or PORTS[parts.scheme]
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        named: dict[str, Any] = {"server_hostname": parts.hostname, "assert_hostname": parts.hostname}
        pool = urllib3.HTTPSConnectionPool(address, port, ssl_context=ssl.create_default_context(), **named)
    else:
        pool = urllib3.HTTPConnectionPool(address, port)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with pool:
        answer = pool.request(
            "POST", target, body=body, headers={**headers, "Host": parts.netloc}, timeout=TIMEOUT,
            retries=False, redirect=False, preload_content=False,
        )  # fmt: skip
        answer.read(ANSWER_MAX)
        answer.release_conn()
        return answer.status
