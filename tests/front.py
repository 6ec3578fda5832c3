"""The front (nginx) with the file of ``deploy``: nothing but names of files and numbers of ports is changed in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server.config import ROOT

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
IN_CLEAR = {" ssl http2;": ";", "ssl_certificate ": "# ", "ssl_certificate_key ": "# "}
"""What is changed besides where the front shall speak in clear."""


def prepare(
    here: Path, web: int, stream: int, plain: int, port: int, more: Mapping[str, str] | None = None
) -> list[str]:
    """Write the files of a front on ``port`` below ``here``, and return the words that start it.

    ``web`` and ``stream`` are the ports it stands before, ``plain`` is the one that leads to ``port``.
    """
    changes = {
        "127.0.0.1:8000": f"127.0.0.1:{web}",
        "127.0.0.1:8001": f"127.0.0.1:{stream}",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ": f"listen 127.0.0.1:{port} ",
        "/etc/gridwhistle/tls": str(here),
        "/opt/gridwhistle/deploy": str(ROOT / "deploy"),
        "/run/gridwhistle-tiles": str(here / "tiles"),
    }
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for old, new in (changes | dict(more or {})).items():
        assert old in text, old
        text = text.replace(old, new)
    (here / "site.conf").write_text(text, encoding="utf-8")
    (here / "nginx.conf").write_text(MAIN.format(here=here), encoding="utf-8")
    return [str(NGINX), "-c", str(here / "nginx.conf"), "-p", str(here)]


def certificate(here: Path) -> None:
    """Write a certificate for the name of the file, signed by itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(datetime.now(UTC) - timedelta(days=1))
    signed = made.not_valid_after(datetime.now(UTC) + timedelta(days=1)).sign(key, hashes.SHA256())
    (here / "fullchain.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (here / "key.pem").write_bytes(key.private_bytes(*form))
