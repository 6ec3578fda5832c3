"""The front (nginx): the file we give away, read and run by the real nginx before the running house."""

from __future__ import annotations

import json
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
from playwright.sync_api import Browser, Page, expect

from server.config import ROOT
from server.contract import Problem
from tests.console.conftest import House, sign_in
from tests.console.test_nothing_typed_is_lost import are_there, lines, refusing
from tests.console.test_pages import faults
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
        "/opt/gridwhistle/deploy": str(ROOT / "deploy"),
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
    return sent("GET", port, path, **headers)


def sent(method: str, port: int, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    connection = line(port)
    connection.request(method, path, headers={"Host": NAME, **headers})
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
    status, text, headers = got(front, "/public", Accept="text/html")
    assert (status, headers["retry-after"]) == (429, "30")
    assert "打开得太频繁" in text


@pytest.fixture
def through(front: int, browser: Browser) -> Iterator[Page]:
    """A page of somebody at the township's desk, through nginx."""
    context = browser.new_context(ignore_https_errors=True, base_url=f"https://127.0.0.1:{front}", locale="zh-CN")
    page = context.new_page()
    sign_in(page, "desk")
    yield page
    context.close()


def test_while_the_web_restarts_everybody_is_told_what_to_do_and_nothing_typed_is_lost(
    front: int, through: Page, house: House, town: Town
) -> None:
    card = town.report(text="重新启动时办理")
    refusing(through, card)
    reader = through.context.new_page()
    reader.clock.install()
    house.stop("web")
    through.click("#act-form button.danger")
    expect(through.locator("#notes .note.bad")).to_contain_text("内容仍在本页")
    are_there(through)
    shown = reader.goto("/lists/events")
    assert shown is not None
    assert shown.status == 503
    expect(reader.locator("h1")).to_have_text("系统暂时连不上，正在恢复。")
    assert reader.evaluate("getComputedStyle(document.body).display") == "grid", "the style of the page is missing"
    assert reader.locator("script:not([src])").count() == 0
    assert faults(reader) == []
    for_programs(front)
    house.start("web")
    reader.clock.fast_forward(5_000)
    expect(reader.locator("h1")).to_have_text("事件")
    through.click("#act-form button.danger")
    expect(through.locator("#case .case-marks")).to_contain_text("不予立案")
    assert lines(card) == 1


def for_programs(front: int) -> None:
    """Hold who asks how, and gets which answer, while nobody stands behind the front."""
    for headers in ({}, {"Accept": "text/html"}, {"Accept": "application/json"}):
        status, text, heads = got(front, "/api/v1/events", **headers)
        assert (status, heads["content-type"]) == (503, "application/problem+json")
        assert heads["retry-after"] == "5"
        assert heads["strict-transport-security"]
        problem = json.loads(text)
        assert Problem().validate(problem) == {}
        assert problem["status"] == status
    part = got(front, "/board/now", **{"HX-Request": "true", "Accept": "text/html"})
    assert (part[0], part[2]["hx-retarget"]) == (503, "#notes")
    assert 'class="note bad"' in part[1]
    status, text, _heads = sent("POST", front, "/admin/people/new", Accept="text/html,*/*")
    assert status == 503
    assert "填写的内容还在" in text
    assert "http-equiv" not in text, "what was posted is not asked for again by itself"
    assert "<script" not in text


def test_what_is_too_large_for_the_front_is_told_in_the_form_of_who_sent_it(front: int) -> None:
    large = str(100 * 2**20)
    status, text, heads = sent("PUT", front, "/api/v1/events/x", **{"Content-Length": large})
    assert (status, json.loads(text)["code"]) == (413, "request_entity_too_large")
    assert heads["content-type"] == "application/problem+json"
    status, text, _heads = sent(
        "POST", front, "/admin/people/import", **{"Content-Length": large, "Accept": "text/html"}
    )
    assert (status, "填写的内容还在" in text) == (413, True)
    status, text, heads = sent("POST", front, "/cases/x", **{"Content-Length": large, "HX-Request": "true"})
    assert (status, heads["hx-retarget"], "note bad" in text) == (413, "#notes", True)
