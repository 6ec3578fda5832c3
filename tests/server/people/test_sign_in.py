"""Signing in with a password: one answer for every failure, a lock after a few, nothing a stranger could learn."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from server import journal
from server.db import db, now
from server.journal import Entry
from server.people import passwords, sign_in
from server.people.models import Person, SignInTries
from server.people.refusals import SignInBusy, WeakPassword

from .conftest import PASSWORD, Hire, Knock

Give = Callable[[Person], Person]


def sign_in_as(client: FlaskClient, username: str, password: str, address: str = "127.0.0.1", **more: Any) -> Any:
    body = {"username": username, "password": password, "device_id": "phone", **more}
    return client.post("/api/v1/tokens", json=body, environ_base={"REMOTE_ADDR": address})


def test_the_right_password_gives_a_token_that_says_who_may_do_what(
    client: FlaskClient, lin: Person, with_password: Give
) -> None:
    with_password(lin)
    answer = sign_in_as(client, "lin", PASSWORD)
    assert answer.status_code == 201
    given = answer.json
    assert given["must_change_password"] is False
    assert given["person"]["permissions"]["event.view"] == "g"
    assert given["person"]["posts"][0]["unit_zh"] == "中山社区"
    me = client.get("/api/v1/me", headers={"Authorization": f"Bearer {given['token']}"}).json
    assert {key: me[key] for key in ("username", "roles", "unit", "grids")} == {
        "username": "lin",
        "roles": ["GWF"],
        "unit": "441602001003",
        "grids": ["441602001003001"],
    }
    assert me["server_time"].endswith("+08:00")


def test_the_user_name_is_taken_as_people_type_it(client: FlaskClient, lin: Person, with_password: Give) -> None:
    with_password(lin)
    assert sign_in_as(client, " ＬＩＮ ", PASSWORD).status_code == 201


def test_every_failure_gets_one_and_the_same_answer(
    client: FlaskClient, lin: Person, chen: Person, stranger: Person, with_password: Give
) -> None:
    with_password(lin)
    with_password(chen).disabled_at = now()
    db.session.flush()
    answers = [
        sign_in_as(client, *pair) for pair in (("lin", "x"), ("nobody", "x"), ("chen", PASSWORD), ("stranger", "x"))
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.data for answer in answers}) == 1
    assert answers[0].json["code"] == "wrong_credentials"


@pytest.mark.parametrize("username", ["lin", "nobody", "stranger"])
def test_every_failure_hashes_exactly_once(
    hire: Hire, with_password: Give, monkeypatch: pytest.MonkeyPatch, dear_hashes: None, username: str
) -> None:
    with_password(hire("lin"))
    hire("stranger")
    passwords.verify(None, "the dummy is made on its first use")
    looked_at: list[str] = []
    honest = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", lambda *args: (looked_at.append(args[1]), honest(*args))[1])
    with pytest.raises(sign_in.WrongCredentials):
        sign_in.by_password(username, "x", digits=None, address=None)
    assert [text.split("$")[1:4] for text in looked_at] == [["argon2id", "v=19", "m=65536,t=3,p=4"]]


def test_five_wrong_passwords_lock_the_account_for_fifteen_minutes(
    client: FlaskClient, lin: Person, with_password: Give, clock: Any
) -> None:
    with_password(lin)
    clock.set(now())
    assert [sign_in_as(client, "lin", "x").status_code for _ in range(5)] == [401] * 5
    locked = sign_in_as(client, "lin", PASSWORD)
    assert (locked.status_code, locked.json["code"], locked.json["retry_after_s"]) == (429, "too_many_tries", 900)
    clock.advance(timedelta(minutes=15, seconds=-1))
    assert sign_in_as(client, "lin", PASSWORD).status_code == 429
    clock.advance(timedelta(seconds=1))
    assert sign_in_as(client, "lin", PASSWORD).status_code == 201
    line = db.session.scalars(sa.select(Entry).where(Entry.action == "account.locked")).one()
    assert (line.item_id, line.facts) == (lin.id, {"username": "lin"})


def test_a_name_nobody_has_is_locked_like_any_other(client: FlaskClient, clock: Any, units: None) -> None:
    clock.set(now())
    assert [sign_in_as(client, "ghost", "x").status_code for _ in range(6)] == [401] * 5 + [429]
    assert "ghost" not in str(db.session.scalars(sa.select(Entry.facts)).all())


def test_a_right_password_takes_the_tries_back(client: FlaskClient, lin: Person, with_password: Give) -> None:
    with_password(lin)
    for _ in range(2):
        assert [sign_in_as(client, "lin", "x").status_code for _ in range(4)] == [401] * 4
        assert sign_in_as(client, "lin", PASSWORD).status_code == 201


def test_an_address_that_tries_many_accounts_is_locked_and_others_are_not(
    client: FlaskClient, lin: Person, with_password: Give, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    with_password(lin)
    clock.set(now())
    monkeypatch.setattr(passwords, "verify", lambda known, password: password == PASSWORD and known is not None)
    tried = [sign_in_as(client, f"account{n}", "x", address="203.0.113.9").status_code for n in range(61)]
    assert tried == [401] * 60 + [429]
    assert sign_in_as(client, "lin", PASSWORD, address="203.0.113.9").status_code == 429
    assert sign_in_as(client, "lin", PASSWORD, address="203.0.113.10").status_code == 201
    assert db.session.scalars(sa.select(Entry.facts).where(Entry.action == "address.locked")).one() == {
        "address": "203.0.113.9"
    }


def test_a_busy_office_behind_one_address_is_never_locked_by_right_passwords(
    client: FlaskClient, lin: Person, with_password: Give, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_password(lin)
    monkeypatch.setattr(passwords, "verify", lambda known, password: password == PASSWORD)
    tried = {sign_in_as(client, "lin", PASSWORD, address="203.0.113.9").status_code for _ in range(70)}
    assert tried == {201}


def test_neither_names_nor_addresses_stand_in_the_table_of_tries(client: FlaskClient, units: None) -> None:
    sign_in_as(client, "my-password-typed-as-a-name", "x", address="203.0.113.9")
    keys = db.session.scalars(sa.select(SignInTries.key)).all()
    assert sorted(map(len, keys)) == [32, 32]


def test_no_more_passwords_are_hashed_at_once_than_the_machine_carries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PATIENCE_S", 0.01)
    turns = [passwords.turn() for _ in range(passwords.AT_ONCE)]
    for turn in turns:
        turn.__enter__()
    try:
        with pytest.raises(SignInBusy):
            passwords.hashed("x")
    finally:
        for turn in turns:
            turn.__exit__(None, None, None)
    assert passwords.hashed("x")


def test_a_new_password_ends_every_other_token_and_this_one_goes_on(
    client: FlaskClient, lin: Person, with_password: Give
) -> None:
    with_password(lin)
    first, second = (sign_in_as(client, "lin", PASSWORD).json["token"] for _ in range(2))
    body = {"old_password": PASSWORD, "new_password": "东江边上的榕树又绿了"}
    assert post(client, first, "/me/password", body).status_code == 204
    assert client.get("/api/v1/me", headers=bearer(first)).status_code == 200
    assert client.get("/api/v1/me", headers=bearer(second)).status_code == 401
    assert sign_in_as(client, "lin", PASSWORD).status_code == 401
    assert sign_in_as(client, "lin", "东江边上的榕树又绿了").status_code == 201


def test_who_holds_a_token_but_not_the_password_gets_five_tries_to_change_it(
    client: FlaskClient, lin: Person, with_password: Give
) -> None:
    with_password(lin)
    token = sign_in_as(client, "lin", PASSWORD).json["token"]
    body = {"old_password": "x", "new_password": "东江边上的榕树又绿了"}
    codes = [post(client, token, "/me/password", body).json["code"] for _ in range(6)]
    assert codes == ["wrong_old_password"] * 5 + ["too_many_tries"]


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("", "至少 10 个字符"),
        ("短密码", "至少 10 个字符"),
        (" " * 12, "至少 10 个字符"),
        ("1234567890", "过于常见"),
        ("woaini1314", "过于常见"),
        ("aaaaaaaaaaaa", "过于常见"),
        ("linzhiqiang-7-Kx", "不能包含账号、姓名或手机号"),
        ("qK7-13800001234-z", "不能包含账号、姓名或手机号"),
        (PASSWORD, "不能与原密码相同"),
        ("绿" * 129, "最多 128 个字符"),
    ],
)
def test_a_weak_new_password_is_refused_with_the_reason(password: str, says: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        passwords.check_new(password, old=PASSWORD, about=["linzhiqiang", "林志强", "13800001234"])
    assert says in " ".join(refused.value.facts["errors"]["new_password"])


@pytest.mark.parametrize("password", ["东江边上的榕树又绿了", "tuo-la-ji 9 kai guo qiao", "Rz7!kqPw2x"])
def test_a_good_new_password_is_taken(password: str) -> None:
    passwords.check_new(password, old=None, about=["linzhiqiang", "林志强"])


def test_who_must_change_the_password_may_do_nothing_else(knock: Knock, chen: Person) -> None:
    chen.must_change_password = True
    db.session.flush()
    refused = knock(chen, "GET /persons")
    assert (refused.status_code, refused.json["code"]) == (403, "must_change_password")
    assert knock(chen, "GET /me").json["must_change_password"] is True
    assert knock(chen, "DELETE /tokens/current").status_code == 204


def test_a_hash_with_old_parameters_is_made_anew_at_the_next_sign_in(
    client: FlaskClient, lin: Person, dear_hashes: None
) -> None:
    lin.password_hash = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    db.session.flush()
    assert sign_in_as(client, "lin", PASSWORD).status_code == 201
    renewed = db.session.scalar(sa.select(Person.password_hash).where(Person.id == lin.id))
    assert renewed is not None
    assert "m=65536" in renewed


def test_neither_password_nor_token_ever_reaches_the_journal(
    client: FlaskClient, lin: Person, with_password: Give
) -> None:
    with_password(lin)
    token = sign_in_as(client, "lin", PASSWORD).json["token"]
    journal.flush()
    written = " ".join(map(str, db.session.scalars(sa.select(Entry.facts)).all()))
    assert "account.signed_in" in db.session.scalars(sa.select(Entry.action)).all()
    assert PASSWORD not in written
    assert token not in written


def test_a_malformed_sign_in_is_told_field_by_field(client: FlaskClient, units: None) -> None:
    answer = client.post("/api/v1/tokens", json={"username": "lin"})
    assert answer.status_code == 422
    assert set(answer.json["errors"]) == {"device_id"}
    both = client.post("/api/v1/tokens", json={"device_id": "d", "username": "a", "password": "b", "enrol_code": "c"})
    assert both.status_code == 422


def test_many_connections_at_once_get_no_more_tries(fresh_app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve wrong passwords in parallel: five are looked at."""
    looked_at: list[bool] = []
    monkeypatch.setattr(passwords, "verify", lambda known, password: bool(looked_at.append(True)))
    start = threading.Barrier(12)

    def attack() -> None:
        with fresh_app.app_context():
            client = fresh_app.test_client()
            start.wait()
            sign_in_as(client, "lin", "x")

    attackers = [threading.Thread(target=attack) for _ in range(12)]
    for attacker in attackers:
        attacker.start()
    for attacker in attackers:
        attacker.join()
    assert len(looked_at) == 5


def test_right_passwords_at_once_never_lock_their_own_account(fresh_app: Any) -> None:
    """2026-11-23: tries in flight were counted as failures, and a fleet of phones of one account locked it."""
    db.session.add(Person(id=uuid.uuid4(), username="lin", name="Lin", password_hash=passwords.hashed(PASSWORD)))
    db.session.commit()
    codes: list[int] = []
    start = threading.Barrier(12)

    def arrive() -> None:
        with fresh_app.app_context():
            client = fresh_app.test_client()
            start.wait()
            codes.append(sign_in_as(client, "lin", PASSWORD).status_code)

    phones = [threading.Thread(target=arrive) for _ in range(12)]
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.join()
    assert codes == [201] * 12


def test_no_connection_waits_while_a_password_is_hashed(fresh_app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[int] = []
    monkeypatch.setattr(passwords, "verify", lambda known, password: bool(held.append(db.engine.pool.checkedout())))
    db.session.remove()
    db.engine.dispose()  # what the fixture committed is told of by now
    sign_in_as(fresh_app.test_client(), "lin", "x")
    assert held == [0]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def post(client: FlaskClient, token: str, path: str, body: Any) -> Any:
    return client.post(f"/api/v1{path}", json=body, headers=bearer(token))
