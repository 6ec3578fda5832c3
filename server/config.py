"""The settings of one installation, read once from the environment.

Job: turn ``GRIDWHISTLE_*`` variables into one frozen object; make the secret key on first start.
Never: hold a number that officials argue about (those are policy) or be read anywhere but at the start of a process.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The checkout: migrations and scripts lie here."""


class ConfigError(Exception):
    """A setting that cannot be used; the message names the variable."""


@dataclass(frozen=True, slots=True)
class Config:
    """One installation. Every field but ``secret_key`` has a variable ``GRIDWHISTLE_<FIELD>``."""

    var: Path
    """Folder of everything this machine writes: private cluster, photos, logs, secret key."""
    database_url: str
    """Any PostgreSQL with PostGIS; empty means the private cluster below ``var``."""
    secret_key: str
    """Signs the sessions of the pages; ``var/secret.key`` (mode 600) or ``GRIDWHISTLE_SECRET_KEY``."""
    host: str
    """Address the web process and the live stream listen on."""
    port: int
    """Port of the web process."""
    stream_port: int
    """Port of the live stream's process; ``port + 1`` unless set."""
    stream_url: str
    """Where a client finds the live stream when both processes do not share one name; empty means the same name."""
    proxies: int
    """How many reverse proxies stand in front and may be believed about the client's address."""
    secure_cookies: bool
    """Send the session cookie over HTTPS only."""
    webhook_networks: tuple[IPv4Network | IPv6Network, ...]
    """Private networks that webhooks may reach besides the public one, such as ``10.0.0.0/8,172.16.0.0/12``."""
    basemap: str
    """What lies below the grids on maps: empty for nothing, ``tianditu``, or the path of an MBTiles file (CGCS2000)."""
    tianditu_token: str
    """The browser key of Tianditu; the browser sees it, so bind it to this server's address there."""
    demo: bool
    """Load the synthetic city into an empty database at ``gridwhistle run``."""

    @property
    def photos(self) -> Path:
        """Folder of the photos, one file per SHA-256."""
        return self.var / "photos"

    @property
    def keys(self) -> Path:
        """Folder of the keys that seal identity and originals: never in the database, nor in its backup."""
        return self.var / "keys"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Config:
        """Return the settings found in ``environ``; raises ConfigError naming the variable that is wrong."""
        var = Path(environ.get("GRIDWHISTLE_VAR") or ROOT / "var").absolute()
        port = _number(environ, "GRIDWHISTLE_PORT", 8000)
        return cls(
            var=var,
            database_url=environ.get("GRIDWHISTLE_DATABASE_URL", ""),
            secret_key=environ.get("GRIDWHISTLE_SECRET_KEY") or _secret_key(var),
            host=environ.get("GRIDWHISTLE_HOST", "127.0.0.1"),
            port=port,
            stream_port=_number(environ, "GRIDWHISTLE_STREAM_PORT", port + 1),
            stream_url=environ.get("GRIDWHISTLE_STREAM_URL", ""),
            proxies=_number(environ, "GRIDWHISTLE_PROXIES", 0),
            secure_cookies=_flag(environ, "GRIDWHISTLE_SECURE_COOKIES", False),
            webhook_networks=_networks(environ, "GRIDWHISTLE_WEBHOOK_NETWORKS"),
            basemap=_basemap(environ),
            tianditu_token=environ.get("GRIDWHISTLE_TIANDITU_TOKEN", ""),
            demo=_flag(environ, "GRIDWHISTLE_DEMO", True),
        )


FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "")
    try:
        return int(text) if text else default
    except ValueError:
        raise ConfigError(f"{name} must be a whole number, not {text!r}") from None


def _flag(environ: Mapping[str, str], name: str, default: bool) -> bool:
    text = environ.get(name, "").lower()
    if text and text not in FLAGS:
        raise ConfigError(f"{name} must be one of {', '.join(FLAGS)}, not {text!r}")
    return FLAGS.get(text, default)


def _networks(environ: Mapping[str, str], name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    words = [word.strip() for word in environ.get(name, "").split(",") if word.strip()]
    try:
        return tuple(ip_network(word) for word in words)
    except ValueError as error:
        raise ConfigError(f"{name} must list networks such as 10.0.0.0/8: {error}") from None


def _basemap(environ: Mapping[str, str]) -> str:
    """Return the base map; a file must be there, Tianditu needs its key."""
    text = environ.get("GRIDWHISTLE_BASEMAP", "")
    if text == "tianditu" and not environ.get("GRIDWHISTLE_TIANDITU_TOKEN"):
        raise ConfigError("GRIDWHISTLE_BASEMAP=tianditu needs GRIDWHISTLE_TIANDITU_TOKEN")
    if text not in ("", "tianditu") and not Path(text).is_file():
        raise ConfigError(f"GRIDWHISTLE_BASEMAP must be tianditu or an MBTiles file, not {text!r}")
    return text


def _secret_key(var: Path) -> str:
    """Return the key in ``var/secret.key``, made on first use; two first starts agree on one key."""
    path = var / "secret.key"
    if not path.exists():
        var.mkdir(parents=True, exist_ok=True)
        draft = var / f".secret.key.{os.getpid()}"
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    try:
        return path.read_text()
    except PermissionError:
        raise ConfigError(f"{path} belongs to another account: work as that account or as root.") from None
