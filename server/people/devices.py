"""Devices (设备): a phone enrolled for one person, and the public key with which it signs what it records offline.

Job: enrol, verify a signature, revoke with wiping.
Never: see a private key, or tell where a phone is.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from server import journal
from server.access import Actor, Clause
from server.db import db, now
from server.errors import NotFound
from server.journal import Line
from server.pages import page
from server.people import tokens
from server.people.models import Device, Person, Token
from server.people.refusals import BadPublicKey, DeviceRevoked

PublicKey = ec.EllipticCurvePublicKey | Ed25519PublicKey

RAW: dict[int, Callable[[bytes], PublicKey]] = {
    32: Ed25519PublicKey.from_public_bytes,
    33: lambda raw: ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw),
    65: lambda raw: ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw),
}
"""Bare key bytes by their length: Ed25519 (RFC 8032), P-256 point compressed and not (SEC 1); anything else is DER."""


def read_key(text: str) -> PublicKey:
    """Return the public key in ``text``: PEM, or base64 of DER or of the bare bytes.

    Raises:
        BadPublicKey: neither P-256 nor Ed25519.
    """
    try:
        if text.lstrip().startswith("-----"):
            key: object = load_pem_public_key(text.encode())
        else:
            raw = base64.b64decode(text.translate(str.maketrans("-_", "+/")) + "=" * (-len(text) % 4), validate=True)
            key = RAW.get(len(raw), load_der_public_key)(raw)
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        raise BadPublicKey from None
    if isinstance(key, Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise BadPublicKey


def enrol(person_id: uuid.UUID, device_id: str, public_key: str | None, *, by_code: bool) -> Device:
    """Note that ``person_id`` uses ``device_id``; a key given replaces the former one.

    Raises:
        BadPublicKey: the key cannot be read.
        DeviceRevoked: the device was reported lost and no one-time code of the office brings it back.
    """
    device = db.session.get(Device, (device_id, person_id), with_for_update=True)
    if device is None:
        device = Device(id=device_id, person_id=person_id, enrolled_at=now())
        db.session.add(device)
    if device.revoked_at and not by_code:
        raise DeviceRevoked
    if device.revoked_at:
        device.revoked_at, device.public_key, device.enrolled_at = None, None, now()
    if public_key:
        device.public_key = _pem(read_key(public_key))
    return device


def _pem(key: PublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def public_key(device_id: str, person_id: uuid.UUID) -> PublicKey | None:
    """Return the key of a device that is enrolled for the person and not revoked; None when there is none."""
    wanted = sa.select(Device.public_key).where(
        Device.id == device_id, Device.person_id == person_id, Device.revoked_at.is_(None)
    )
    text = db.session.scalar(wanted)
    return read_key(text) if text else None


def is_signed(key: PublicKey, message: bytes, signature: bytes) -> bool:
    """Tell whether ``signature`` is the key's over ``message``: ES256 as r‖s (RFC 7515) or DER, or Ed25519."""
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, message)
        else:
            key.verify(_der(signature), message, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def _der(signature: bytes) -> bytes:
    """Return an ECDSA signature in DER: 64 bytes are r and s side by side, as a phone's JOSE library gives them."""
    if len(signature) != 64:
        return signature
    return encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))


def revoke(device_id: str, reach: Clause, by: Actor) -> list[Device]:
    """Report a device lost for everyone in ``reach`` who uses it: its tokens end and its next contact erases it.

    Raises:
        NotFound: no such device, or nobody in reach uses it.
    """
    query = sa.select(Device).where(Device.id == device_id, reach).with_for_update()
    found = list(db.session.scalars(query)) if device_id.isprintable() else []
    if not found:
        raise NotFound
    for device in found:
        device.revoked_at = device.revoked_at or now()
        tokens.revoke(Token.person_id == device.person_id, Token.device_id == device_id, wipe=True)
        facts = {"device_id": device_id, "person_id": str(device.person_id)}
        journal.write(Line(action="device.revoked", by=by, kind="device", facts=facts))
    return found


def of(person_id: uuid.UUID) -> list[dict[str, Any]]:
    """Return the devices of a person as ``shown``, newest first, at most 50."""
    query = sa.select(Device).where(Device.person_id == person_id).order_by(Device.enrolled_at.desc()).limit(50)
    return [shown(device) for device in db.session.scalars(query)]


def listed(ask: dict[str, Any], reach: Clause) -> dict[str, Any]:
    """Return one page of the devices in ``reach``, the last enrolled first, with owner and last contact."""
    here = (Token.person_id == Device.person_id, Token.device_id == Device.id)
    seen = sa.select(sa.func.max(Token.last_seen_at)).where(*here).correlate(Device).scalar_subquery()
    awaits = sa.exists().where(*here, Token.wipe, Token.revoked_at.is_not(None)).correlate(Device)
    query = sa.select(Device, Person.username, Person.name, seen, awaits).join(Person, Person.id == Device.person_id)
    query = query.where(reach, *_asked(ask))
    keys = (Device.enrolled_at, Device.id, Device.person_id)
    rows, cursor = page(query, keys, cursor=ask["cursor"], limit=ask["limit"])
    items = [
        shown(device) | {"username": username, "name": name, "seen_at": seen_at, "wipes": wipes}
        for device, username, name, seen_at, wipes, *_ in rows
    ]
    return {"items": journal.plain(items), "next_cursor": cursor}


def _asked(ask: dict[str, Any]) -> list[Clause]:
    states = {"in_use": Device.revoked_at.is_(None), "revoked": Device.revoked_at.is_not(None)}
    found: list[Clause] = [states[ask["state"]]] if ask["state"] else []
    if ask["q"]:
        columns = (Person.username, Person.name, Device.id)
        found.append(sa.or_(*(column.startswith(ask["q"], autoescape=True) for column in columns)))
    return found


def shown(device: Device) -> dict[str, Any]:
    """Return a device as its owner and the office see it."""
    return {
        "id": device.id,
        "person_id": device.person_id,
        "has_key": device.public_key is not None,
        "enrolled_at": device.enrolled_at,
        "revoked_at": device.revoked_at,
    }
