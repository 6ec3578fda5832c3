"""Requests to typed-in addresses go where they may, and nowhere else."""

from __future__ import annotations

import socket
from ipaddress import ip_network
from typing import Any

import pytest

from server.notices.outbound import AddressRefused, check

OFFICE = (ip_network("10.20.0.0/16"),)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the name service answers in this test."""
    known: dict[str, list[str]] = {}

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        if host not in known:
            raise socket.gaierror
        return [(None, None, None, "", (address, port)) for address in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.mark.parametrize(
    ("url", "addresses", "allowed"),
    [
        ("https://hub.example/in", ["93.184.216.34"], True),
        ("https://hub.example:8443/in?a=1", ["93.184.216.34", "2606:2800:220:1::1"], True),
        ("http://hub.example/in", ["93.184.216.34"], False),
        ("https://hub.example/", ["127.0.0.1"], False),
        ("https://hub.example/", ["169.254.169.254"], False),
        ("https://hub.example/", ["192.168.1.9"], False),
        ("https://hub.example/", ["::1"], False),
        ("https://hub.example/", ["fe80::1"], False),
        ("https://hub.example/", ["::ffff:127.0.0.1"], False),
        ("https://hub.example/", ["0.0.0.0"], False),
        ("https://hub.example/", ["93.184.216.34", "10.0.0.1"], False),
        ("https://hub.example/", ["10.20.3.4"], True),
        ("http://hub.example/", ["10.20.3.4"], True),
        ("http://hub.example/", ["::ffff:10.20.3.4"], True),
        ("https://hub.example/", ["10.21.3.4"], False),
        ("ftp://hub.example/", ["93.184.216.34"], False),
        ("https://user:secret@hub.example/", ["93.184.216.34"], False),
        ("https:///in", [], False),
        ("https://unknown.example/", [], False),
    ],
)
def test_only_the_public_network_by_https_and_what_the_installation_names(
    names: dict[str, list[str]], url: str, addresses: list[str], allowed: bool
) -> None:
    if addresses:
        names["hub.example"] = addresses
    if allowed:
        assert check(url, OFFICE)[1] == addresses[0]
    else:
        with pytest.raises(AddressRefused):
            check(url, OFFICE)


def test_the_request_goes_to_the_address_that_was_judged_even_if_the_name_changes(names: dict[str, list[str]]) -> None:
    names["hub.example"] = ["93.184.216.34"]
    parts, address = check("https://hub.example/in", ())
    names["hub.example"] = ["127.0.0.1"]
    assert (parts.hostname, address) == ("hub.example", "93.184.216.34")
