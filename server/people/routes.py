"""The ways in: tokens for phones, sessions for pages, and what a person does to the own account.

Job: prove who it is, hand out the key, take it back.
Never: decide what the key opens.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, request

from server import http, journal
from server.access import Actor
from server.db import now
from server.errors import NotSignedIn
from server.http import ANYONE, API, SIGNED_IN, Answer, Room
from server.journal import Line
from server.people import acts, colleagues, devices, forms, me, renewal, second_factor, sessions, sign_in, tokens
from server.people.models import Person, Token

room = Room("people", __name__, url_prefix=API, description="登录")
own = Room("me", __name__, url_prefix=API, description="本人")
TOO_OFTEN: dict[str, Any] = {"also": (429,), "alone": True}
"""Ways that count tries: a batch would count them together."""

http.authenticate.extend((sessions.by_bearer, sessions.by_cookie))
room.after_app_request(sessions.mark_seen)


@room.post("/tokens", may=ANYONE, takes=forms.TokenIn, gives=forms.TokenOut, status=201, **TOO_OFTEN, zh="手机登录")
def issue(data: dict[str, Any], by: Actor | None) -> dict[str, Any]:
    """Return a token for one phone, from a user name and password or from a one-time code."""
    person, by_code = _proved(data)
    devices.enrol(person.id, data["device_id"], data["public_key"], by_code=by_code)
    raw, expires_at, actor = _key_for(person, data["device_id"], tokens.DEVICE, "code" if by_code else "password")
    return {"token": raw, "renew_at": renewal.renew_at(now())} | _arrival(actor, expires_at)


@room.post("/tokens/renew", may=SIGNED_IN, gives=forms.RenewedOut, status=201, alone=True, zh="换新凭证")
def renew_token(by: Actor) -> dict[str, Any]:
    """Return a fresh token for this phone; the present one stays good until the fresh one was used."""
    raw, expires_at = renewal.renew(by, request.headers.get("X-Device-Id"))
    return {"token": raw, "expires_at": expires_at, "renew_at": renewal.renew_at(now())}


def _proved(data: dict[str, Any]) -> tuple[Person, bool]:
    how: dict[str, Any] = {"digits": data["otp"], "address": request.remote_addr}
    if "enrol_code" in data:
        return sign_in.by_code(data["enrol_code"], **how), True
    return sign_in.by_password(data["username"], data["password"], **how), False


def _key_for(person: Person, device_id: str, kind: str, proof: str) -> tuple[str, datetime, Actor]:
    raw, expires_at = tokens.issue(person.id, device_id, kind)
    actor = tokens.read(raw)
    if actor is None:
        raise NotSignedIn
    journal.write(Line(action="account.signed_in", by=actor, facts={"kind": kind, "proof": proof}))
    return raw, expires_at, actor


def _arrival(actor: Actor, expires_at: datetime) -> dict[str, Any]:
    shown = me.shown(actor)
    return {"expires_at": expires_at, "must_change_password": actor.must_change_password, "person": shown}


@room.post(
    "/sessions", may=ANYONE, takes=forms.SessionIn, gives=forms.SessionOut, status=201, **TOO_OFTEN, zh="网页登录"
)
def open_session(data: dict[str, Any], by: Actor | None) -> Answer:
    """Set the session cookie and return the token against forged requests."""
    sessions.check_origin()
    how: dict[str, Any] = {"digits": data["otp"], "address": request.remote_addr}
    person = sign_in.by_password(data["username"], data["password"], **how)
    raw, expires_at, actor = _key_for(person, tokens.BROWSER, tokens.SESSION, "password")
    body = {"csrf_token": sessions.csrf_token(raw)} | _arrival(actor, expires_at)
    response = Response(http.dump(body), 201, mimetype="application/json")
    return Answer(201, sessions.remember(response, raw, expires_at))


@own.way("DELETE", "/tokens/current", may=SIGNED_IN, gives=forms.NothingOut, status=204, zh="退出登录")
def revoke_token(by: Actor) -> Answer:
    """End the token this request was sent with."""
    tokens.revoke(Token.hash == by.token_hash)
    journal.write(Line(action="account.signed_out", by=by))
    return Answer(204, None)


@own.way("DELETE", "/sessions/current", may=SIGNED_IN, gives=forms.NothingOut, status=204, zh="退出网页登录")
def close_session(by: Actor) -> Answer:
    """End the session this request was sent with and take its cookie away."""
    revoke_token(by)
    return Answer(204, sessions.forget(Response(status=204)))


@own.get("/me", may=SIGNED_IN, gives=forms.MeOut, zh="我的信息")
def show(by: Actor) -> dict[str, Any]:
    """Return who I am, where I stand, what I may do, and the server's time."""
    return me.shown(by)


@own.post(
    "/me/password",
    may=SIGNED_IN,
    takes=forms.PasswordIn,
    gives=forms.NothingOut,
    status=204,
    **TOO_OFTEN,
    zh="修改密码",
)
def change_password(data: dict[str, Any], by: Actor) -> Answer:
    """Set a new password; other sessions and phones of the person have to sign in again."""
    acts.change_password(by, data["old_password"], data["new_password"])
    return Answer(204, None)


@own.get("/me/devices", may=SIGNED_IN, gives=forms.DevicesOut, zh="我的设备")
def own_devices(by: Actor) -> dict[str, Any]:
    """Return the devices enrolled for me."""
    return {"items": devices.of(by.person_id)}


@own.get("/me/colleagues", may=SIGNED_IN, gives=forms.ColleaguesOut, zh="我的同事")
def own_colleagues(by: Actor) -> dict[str, Any]:
    """Return who handles work in my units today, by name: whom an act may name as responsible."""
    return {"items": colleagues.of(by, ("DPH", "DPD", "TWD"))}


@own.post("/me/second-factor", may=SIGNED_IN, gives=forms.SecretOut, status=201, zh="绑定动态口令：获取密钥")
def begin_second_factor(by: Actor) -> dict[str, str]:
    """Return a secret for an authenticator app; it counts once confirmed."""
    return second_factor.begin(by)


@own.post(
    "/me/second-factor/confirm",
    may=SIGNED_IN,
    takes=forms.OtpIn,
    gives=forms.NothingOut,
    status=204,
    zh="绑定动态口令：确认",
)
def confirm_second_factor(data: dict[str, Any], by: Actor) -> Answer:
    """Put the second factor into use: from now on a sign-in needs its six digits."""
    second_factor.confirm(by, data["otp"])
    return Answer(204, None)
