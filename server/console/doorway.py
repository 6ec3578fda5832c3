"""Coming and going (登录与账号): the sign-in page, the own account, language and looks.

Job: forms around the routes of the API; what they refuse is shown beside the form.
Never: look at a password, or put one into a page.
"""

from __future__ import annotations

import io
from typing import Any

import segno
from flask import Response, make_response, render_template, request
from flask_babel import gettext as _

from server import policy
from server.access import Actor
from server.console import asking, language, navigation
from server.console.frame import THEME_COOKIE, THEMES, forward, is_fragment, local, room
from server.errors import NotFound, Refusal
from server.http import ANYONE, SIGNED_IN
from server.people import second_factor
from server.people.refusals import SecondFactorNeeded, WrongSecondFactor

YEAR_S = 365 * 86_400


@room.page("/", may=SIGNED_IN)
def home(by: Actor) -> Response:
    """Send everybody to the page of the own work."""
    owes = by.must_change_password or by.must_bind_factor
    return forward("/account" if owes else navigation.start(by))


@room.page("/sign-in", may=ANYONE)
def sign_in(by: Actor | None) -> str | Response:
    """Show the door."""
    return forward(local(request.args.get("next"))) if by else _gate()


def _gate(refusal: Refusal | None = None) -> str:
    given = request.form if request.method == "POST" else request.args
    return render_template(
        "sign_in.html",
        next=local(given.get("next")),
        username=given.get("username", "") if request.method == "POST" else "",
        refusal=said(refusal) if refusal else "",
        wants_otp=isinstance(refusal, SecondFactorNeeded | WrongSecondFactor),
        district={"zh": policy.current().settings.district.name_zh, "en": policy.current().settings.district.name_en},
    )


def said(refusal: Refusal) -> str:
    """Return what a refusal says in the language of the page."""
    return refusal.sentence() if language.code() == "en" else refusal.title


@room.page("/sign-in", may=ANYONE, methods=("POST",), name="open_session")
def open_session(by: Actor | None) -> Any:
    """Let somebody in; a wrong try shows why, and a right password without the digits asks for them."""
    body = {name: request.form.get(name, "") for name in ("username", "password")}
    otp = request.form.get("otp", "").strip()
    try:
        opened = asking.do("people.open_session", None, body | ({"otp": otp} if otp else {}))
    except Refusal as refusal:
        return _kept_out(refusal)
    response = Response(status=204) if is_fragment() else forward(local(request.form.get("next")))
    for cookie in opened.body.headers.getlist("Set-Cookie"):
        response.headers.add("Set-Cookie", cookie)
    return response


def _kept_out(refusal: Refusal) -> Any:
    if is_fragment():
        wants = "yes" if isinstance(refusal, SecondFactorNeeded | WrongSecondFactor) else "no"
        return Response(said(refusal), refusal.status, headers={"X-Wants-Otp": wants}, mimetype="text/plain")
    return _gate(refusal), refusal.status


@room.page("/sign-out", may=SIGNED_IN, methods=("POST",))
def sign_out(by: Actor) -> Response:
    """End the session and take its cookies away."""
    closed = asking.do("me.close_session", by)
    response = forward("/sign-in")
    for cookie in closed.body.headers.getlist("Set-Cookie"):
        response.headers.add("Set-Cookie", cookie)
    return response


@room.page("/account", may=SIGNED_IN)
def account(by: Actor) -> str:
    """Show the own account."""
    return _account(by)


def _account(by: Actor, **more: Any) -> str:
    shortest, is_bound = policy.current().settings.people.password_min_length, second_factor.is_in_use(by.person_id)
    return render_template("account.html", shortest=shortest, is_bound=is_bound, **more)


@room.page("/account/password", may=SIGNED_IN, methods=("POST",), name="account_password")
def account_password(by: Actor) -> Any:
    """Change the own password; everywhere else the person has to sign in again."""
    body = {"new_password": request.form.get("new_password", "")}
    if request.form.get("old_password"):
        body["old_password"] = request.form["old_password"]
    try:
        asking.do("me.change_password", by, body)
    except Refusal as refusal:
        faults = refusal.facts.get("errors", {}).get("new_password", [])
        return _account(by, wrong_password="；".join([said(refusal), *faults])), refusal.status
    return forward("/") if by.must_change_password else _account(by, done=_("密码已修改。"))


@room.page("/account/factor", may=SIGNED_IN, methods=("POST",), name="account_factor")
def account_factor(by: Actor) -> Any:
    """Begin a second factor: show its secret as a picture."""
    try:
        begun = asking.do("me.begin_second_factor", by).body
    except Refusal as refusal:
        return _account(by, wrong_factor=said(refusal)), refusal.status
    return _account(by, secret=begun["secret"], qr=picture(begun["uri"]))


def picture(text: str) -> str:
    """Return a QR picture as SVG to stand in a page."""
    out = io.BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", xmldecl=False, svgns=False, omitsize=True, dark="#000", light="#fff", border=3
    )
    return out.getvalue().decode()


@room.page("/account/factor/confirm", may=SIGNED_IN, methods=("POST",), name="account_factor_confirm")
def account_factor_confirm(by: Actor) -> Any:
    """Put the second factor into use."""
    try:
        asking.do("me.confirm_second_factor", by, {"otp": request.form.get("otp", "")})
    except Refusal as refusal:
        return _account(by, wrong_factor=said(refusal), is_begun=True), refusal.status
    return forward("/") if by.must_bind_factor else _account(by, done=_("动态口令已启用，下次登录时需要输入。"))


@room.page("/language/<code>", may=ANYONE)
def choose_language(by: Actor | None, code: str) -> Response:
    """Remember the language and go back."""
    return _remember(language.COOKIE, code, tuple(language.LANGUAGES))


@room.page("/theme/<name>", may=ANYONE)
def choose_theme(by: Actor | None, name: str) -> Response:
    """Remember the looks and go back."""
    return _remember(THEME_COOKIE, name, THEMES)


def _remember(cookie: str, value: str, known: tuple[str, ...]) -> Response:
    if value not in known:
        raise NotFound
    response = make_response(forward(local(request.args.get("next"))))
    response.set_cookie(cookie, value, max_age=YEAR_S, samesite="Lax", httponly=True, secure=request.is_secure)
    return response
