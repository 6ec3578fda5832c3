"""Phones: enrolled by a code of the office, known by a key, lost and wiped."""

import base64
import uuid
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask.testing import FlaskClient

from server.db import db, now
from server.people import codes, devices
from server.people.models import Device, OneTimeCode, Person
from server.people.refusals import BadPublicKey

from .conftest import GRID, NEXT_GRID, NEXT_TOWN, PASSWORD, TOWN, VILLAGE, Hire, Knock
from .test_sign_in import Give, bearer, sign_in_as

P256 = ec.generate_private_key(ec.SECP256R1())
ED = Ed25519PrivateKey.generate()
SPKI = PublicFormat.SubjectPublicKeyInfo


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def code_for(knock: Knock, by: Person, person: Person) -> str:
    answer = knock(by, f"POST /persons/{person.id}/enrolments")
    assert answer.status_code == 201, answer.json
    return str(answer.json["code"])


def enrol(client: FlaskClient, code: str, device: str = "new-phone", **more: Any) -> Any:
    body = {"enrol_code": code, "device_id": device, **more}
    return client.post("/api/v1/tokens", json=body)


def test_a_code_of_the_office_turns_a_phone_into_a_workers_phone(
    client: FlaskClient, knock: Knock, chen: Person, lin: Person
) -> None:
    key = P256.public_key().public_bytes(Encoding.PEM, SPKI).decode()
    answer = enrol(client, code_for(knock, chen, lin), public_key=key)
    assert answer.status_code == 201
    assert answer.json["person"]["username"] == "lin"
    assert answer.json["person"]["device_id"] == "new-phone"
    assert answer.json["must_change_password"] is False
    assert devices.public_key("new-phone", lin.id) is not None
    mine = client.get("/api/v1/me/devices", headers=bearer(answer.json["token"])).json["items"]
    assert [(one["id"], one["has_key"]) for one in mine] == [("new-phone", True)]


def test_a_code_works_once_for_a_week_and_however_it_is_typed(
    client: FlaskClient, knock: Knock, chen: Person, lin: Person, clock: Any
) -> None:
    clock.set(now())
    code = code_for(knock, chen, lin)
    assert set(code) <= set(codes.ALPHABET)
    assert len(code) == 8
    typed = f" {code[:4].lower()}-{code[4:]} "
    assert [enrol(client, typed).status_code for _ in range(2)] == [201, 401]
    late = code_for(knock, chen, lin)
    clock.advance(timedelta(days=7))
    assert enrol(client, late).status_code == 401


def test_a_new_code_ends_the_one_before(client: FlaskClient, knock: Knock, chen: Person, lin: Person) -> None:
    first, second = code_for(knock, chen, lin), code_for(knock, chen, lin)
    assert [enrol(client, first).status_code, enrol(client, second).status_code] == [401, 201]


def test_the_table_holds_no_code_that_could_be_tried_out(knock: Knock, chen: Person, lin: Person) -> None:
    import hashlib

    code = code_for(knock, chen, lin)
    kept = db.session.scalars(sa.select(OneTimeCode.hash)).one()
    assert kept not in {hashlib.sha256(code.encode()).digest(), code.encode()}


def test_guessing_codes_locks_the_address(client: FlaskClient, units: None, clock: Any) -> None:
    clock.set(now())
    assert [enrol(client, f"WRONG{n:03d}").status_code for n in range(61)] == [401] * 60 + [429]


def test_a_dispatcher_gives_codes_to_the_grid_people_of_the_own_township_and_to_nobody_else(
    knock: Knock, hire: Hire, chen: Person, zhou: Person, lin: Person, sun: Person, stranger: Person
) -> None:
    leader_too = hire("both", ("GWP", VILLAGE, GRID), ("TWL", TOWN))
    officer = hire("vil", ("VIL", VILLAGE))
    two_towns = hire("two", ("GWP", VILLAGE, GRID), ("GWP", NEXT_TOWN, NEXT_GRID))
    for person in (leader_too, officer, two_towns, sun, zhou, chen, stranger):
        answer = knock(chen, f"POST /persons/{person.id}/enrolments")
        assert answer.status_code == 404, person.username
    assert knock(zhou, f"POST /persons/{lin.id}/enrolments").status_code == 404
    assert knock(lin, f"POST /persons/{lin.id}/enrolments").status_code == 404
    assert knock(sun, f"POST /persons/{officer.id}/enrolments").status_code == 201
    absent = knock(chen, f"POST /persons/{uuid.uuid4()}/enrolments")
    assert absent.data == knock(chen, f"POST /persons/{zhou.id}/enrolments").data


def test_a_lost_phone_is_told_to_erase_itself_and_comes_back_only_with_a_new_code(
    client: FlaskClient, knock: Knock, chen: Person, lin: Person, with_password: Give
) -> None:
    with_password(lin)
    lost = enrol(client, code_for(knock, chen, lin), device="phone").json["token"]
    kept = enrol(client, code_for(knock, chen, lin), device="second").json["token"]
    answer = knock(chen, "POST /devices/phone/revoke")
    assert answer.status_code == 200
    told = client.get("/api/v1/me", headers=bearer(lost))
    assert (told.status_code, told.json["code"]) == (401, "device_wiped")
    assert client.get("/api/v1/me", headers=bearer(kept)).status_code == 200
    assert devices.public_key("phone", lin.id) is None
    assert sign_in_as(client, "lin", PASSWORD).json["code"] == "device_revoked"
    back = enrol(client, code_for(knock, chen, lin), device="phone")
    assert client.get("/api/v1/me", headers=bearer(back.json["token"])).status_code == 200


def test_a_worker_reports_the_own_phone_lost_from_another_one_and_nobody_elses(
    client: FlaskClient, knock: Knock, chen: Person, zhou: Person, lin: Person
) -> None:
    enrol(client, code_for(knock, chen, lin), device="phone")
    foreign = knock(zhou, "POST /devices/phone/revoke")
    absent = knock(zhou, "POST /devices/absent/revoke")
    assert (foreign.status_code, foreign.data) == (404, absent.data)
    assert knock(lin, "POST /devices/phone/revoke").status_code == 200


def test_a_shared_phone_stays_with_those_who_did_not_lose_it(
    client: FlaskClient, knock: Knock, sun: Person, chen: Person, lin: Person, hire: Hire
) -> None:
    other = hire("foreign", ("GWF", NEXT_TOWN, NEXT_GRID))
    enrol(client, code_for(knock, chen, lin), device="shared")
    theirs = enrol(client, code_for(knock, sun, other), device="shared").json["token"]
    assert len(knock(chen, "POST /devices/shared/revoke").json["items"]) == 1
    assert client.get("/api/v1/me", headers=bearer(theirs)).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        P256.public_key().public_bytes(Encoding.PEM, SPKI).decode(),
        b64(P256.public_key().public_bytes(Encoding.DER, SPKI)),
        b64(P256.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)),
        b64(P256.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)),
    ],
    ids=["pem", "der", "point", "compressed point"],
)
def test_a_p256_key_is_read_in_every_usual_form_and_verifies_both_forms_of_signature(text: str) -> None:
    key = devices.read_key(text)
    der = P256.sign(b"I am here", ec.ECDSA(SHA256()))
    r, s = decode_dss_signature(der)
    for signature in (der, r.to_bytes(32, "big") + s.to_bytes(32, "big")):
        assert devices.is_signed(key, b"I am here", signature)
        assert not devices.is_signed(key, b"I am there", signature)
    assert not devices.is_signed(key, b"I am here", b"")
    assert not devices.is_signed(key, b"I am here", bytes(64))


@pytest.mark.parametrize(
    "text",
    [
        ED.public_key().public_bytes(Encoding.PEM, SPKI).decode(),
        b64(ED.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)),
        b64(ED.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
        .replace("+", "-")
        .replace("/", "_")
        .rstrip("="),
    ],
    ids=["pem", "bare", "url-safe"],
)
def test_an_ed25519_key_is_read_in_every_usual_form(text: str) -> None:
    key = devices.read_key(text)
    assert devices.is_signed(key, b"I am here", ED.sign(b"I am here"))
    assert not devices.is_signed(key, b"I am there", ED.sign(b"I am here"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not a key",
        b64(bytes(65)),
        b64(b"\x30\x03\x02\x01\x00"),
        "-----BEGIN PUBLIC KEY-----\nxx\n-----END PUBLIC KEY-----",
        ec.generate_private_key(ec.SECP384R1()).public_key().public_bytes(Encoding.PEM, SPKI).decode(),
        "-----BEGIN EC PRIVATE KEY-----",
    ],
)
def test_what_is_no_key_of_these_kinds_is_refused(text: str) -> None:
    with pytest.raises(BadPublicKey):
        devices.read_key(text)


def test_a_key_that_cannot_be_read_leaves_the_code_unused(
    client: FlaskClient, knock: Knock, chen: Person, lin: Person
) -> None:
    code = code_for(knock, chen, lin)
    assert enrol(client, code, public_key="nonsense").json["code"] == "bad_public_key"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Device)) == 0
    assert enrol(client, code).status_code == 201


def test_codes_die_with_the_key_of_the_installation(app: Any, units: None, lin: Person, monkeypatch: Any) -> None:
    made, _ = codes.made_for([lin.id], lin.id)
    monkeypatch.setitem(app.config, "SECRET_KEY", "another installation")
    assert codes.redeem(made[0]) is None


def test_five_thousand_codes_cost_a_moment(units: None, hire: Hire, lin: Person) -> None:
    """One keyed hash each, one statement for all."""
    made, _ = codes.made_for([lin.id] * 5000, lin.id)
    assert len(set(made)) == 5000
