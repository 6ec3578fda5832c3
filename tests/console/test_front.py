"""The front (nginx): the file we give away, read and run by the real nginx before the running house."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server.config import ROOT
from tests.console.conftest import House
from tests.programs import Program, free_port, until
from tests.server.town import Town, device

NGINX = Path("/usr/sbin/nginx")
NAME = "gridwhistle.example.gov.cn"
MAIN = """
daemon off; master_process off; pid {here}/nginx.pid; error_log {here}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {here}/body; proxy_temp_path {here}/proxy;
  fastcgi_temp_path {here}/fastcgi; uwsgi_temp_path {here}/uwsgi; scgi_temp_path {here}/scgi;
  include {here}/site.conf;
}}
"""


@pytest.fixture(scope="module")
def front(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of nginx with the file of ``deploy``: nothing but names of files and numbers of ports is changed."""
    here, plain, port = tmp_path_factory.mktemp("front"), free_port(), free_port()
    certificate(here)
    changes = {
        "127.0.0.1:8000": f"127.0.0.1:{house.port}",
        "127.0.0.1:8001": f"127.0.0.1:{house.stream_port}",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ": f"listen 127.0.0.1:{port} ",
        "/etc/gridwhistle/tls": str(here),
    }
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (here / "site.conf").write_text(text, encoding="utf-8")
    (here / "nginx.conf").write_text(MAIN.format(here=here), encoding="utf-8")
    words = [str(NGINX), "-c", str(here / "nginx.conf"), "-p", str(here)]
    checked = subprocess.run([*words, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr.replace('"user" directive', ""), checked.stderr
    program = Program(words, house.environment, here / "said.log")
    program.start()
    until(lambda: answers(port), "the start of nginx")
    yield port
    program.end()


def certificate(here: Path) -> None:
    """Write a certificate for the name of the file, signed by itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(datetime.now(UTC) - timedelta(days=1))
    signed = made.not_valid_after(datetime.now(UTC) + timedelta(days=1)).sign(key, hashes.SHA256())
    (here / "fullchain.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (here / "key.pem").write_bytes(key.private_bytes(*form))


def line(port: int) -> HTTPSConnection:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return HTTPSConnection("127.0.0.1", port, timeout=30, context=context)


def answers(port: int) -> bool:
    try:
        return got(port, "/healthz")[0] == 200
    except OSError:
        return False


def got(port: int, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    """Return status, text and headers of an answer through nginx."""
    connection = line(port)
    connection.request("GET", path, headers={"Host": NAME, **headers})
    answer = connection.getresponse()
    found = answer.status, answer.read().decode(), {name.lower(): value for name, value in answer.getheaders()}
    connection.close()
    return found


def test_pages_and_api_come_through_it_and_know_that_they_are_secure(front: int, town: Town) -> None:
    status, text, headers = got(front, "/sign-in", Accept="text/html")
    assert (status, "网格哨" in text) == (200, True)
    assert headers["strict-transport-security"] == "max-age=31536000"
    token = {"Authorization": f"Bearer {town.key('desk')}", "X-Device-Id": device("desk")}
    assert got(front, "/api/v1/events", **token)[0] == 200


def test_the_live_stream_comes_through_it_line_by_line(front: int, town: Town) -> None:
    connection = line(front)
    token = {"Authorization": f"Bearer {town.key('desk')}", "X-Device-Id": device("desk")}
    connection.request("GET", "/api/v1/stream", headers={"Host": NAME, "Accept": "text/event-stream", **token})
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Content-Type", "").split(";")[0]) == (200, "text/event-stream")
    assert answer.readline().startswith(b"retry:")
    town.report(text="经前置服务器听到的上报")
    heard = iter(answer.readline, b"")
    assert next(one for one in heard if one.startswith(b"event: event.report"))
    connection.close()


def test_the_figures_of_the_process_are_for_this_machine(front: int) -> None:
    assert got(front, "/metrics")[0] == 200
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    assert "deny all;" in text.partition("location = /metrics")[2]


def test_who_asks_for_public_pages_without_end_is_held_back_for_all_processes_together(front: int) -> None:
    statuses = [got(front, "/public")[0] for _ in range(40)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
