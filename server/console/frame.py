"""The frame of the pages (页面框架): who knocks → may they → the page, in one reading transaction.

Job: one way to declare a page with its permission, what every template may use, the headers, how errors look.
Never: know an item, or let a page pass without a permission.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Flask, Response, current_app, g, make_response, redirect, render_template, request
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from server import http
from server.access import Actor
from server.console import assets, language, navigation, wording
from server.db import CN, db, now
from server.errors import NotSignedIn, Refusal
from server.http import ANYONE, MustBindFactor, MustChangePassword, Route, whoever
from server.people import me, sessions
from server.people.refusals import CsrfTokenWrong

if TYPE_CHECKING:
    from server.door import Door

SIGN_IN = "/sign-in"
SAFE = ("GET", "HEAD")
OWN = ("account", "sign_out")
"""How the names of pages begin that stay open to who must change the password or bind a second factor first."""
TOO_LARGE = 413
TOO_LARGE_SAID = (
    "一次提交的文件太大；填写的内容还在，请减少或缩小文件后重试。",
    "Too large at once. What you typed is still there; send fewer or smaller files.",
)
THEME_COOKIE = "gridwhistle_theme"
THEMES = ("auto", "light", "dark")


class Pages(Blueprint):
    """A blueprint of pages; every page declares its permission, like the routes of the API."""

    def page(
        self, rule: str, *, may: str, methods: tuple[str, ...] = ("GET",), name: str = "", body_max: int | None = None
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a page; ``may`` is a permission, ANYONE or SIGNED_IN. The view gets ``by`` and parts of the path.

        ``body_max``: bytes of a form with files, where it may be larger than other requests.
        """

        def register(view: Callable[..., Any]) -> Callable[..., Any]:
            endpoint = name or view.__name__
            own = "me." if endpoint.startswith(OWN) else ""
            route = Route(name=f"{own}console.{endpoint}", view=view, may=may)

            def knock(**path: Any) -> Response:
                if body_max:
                    request.max_content_length = body_max
                return _answer(route, view, path)

            knock.__name__ = endpoint
            self.route(rule, methods=list(methods), endpoint=endpoint)(knock)
            return view

        return register


room = Pages("console", __name__, template_folder="templates")


def _answer(route: Route, view: Callable[..., Any], path: dict[str, Any]) -> Response:
    """Answer one page; a page that reads does so in one transaction, one that acts commits by ``asking.do``."""
    try:
        is_door = route.may == ANYONE and request.method not in SAFE
        by = None if is_door else whoever()
        http.check_may(route, by)
        if request.method in SAFE:
            with http.transaction():
                return make_response(view(by=by, **path))
        return make_response(view(by=by, **path))
    finally:
        db.session.rollback()


def is_fragment() -> bool:
    """Tell whether a script asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def forward(address: str) -> Response:
    """Send the browser on to ``address``, also when a script asked."""
    if is_fragment():
        return Response(status=204, headers={"HX-Redirect": address})
    return redirect(address, 303)  # type: ignore[return-value]


def local(address: str | None) -> str:
    """Return ``address`` when it is a path of this server, else the start page."""
    parts = urlsplit(address or "")
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/") and not parts.path.startswith("//")
    return str(address) if is_ours and "\\" not in str(address) else "/"


def sign_in_address() -> str:
    """Return the way to the sign-in page and back to here."""
    here = request.full_path.rstrip("?") if request.method in SAFE else local(urlsplit(request.referrer or "").path)
    return f"{SIGN_IN}?{urlencode({'next': here})}" if here != "/" else SIGN_IN


@room.errorhandler(NotSignedIn)
def at_the_door(refusal: NotSignedIn) -> Response:
    """Send whoever is not signed in to the door; a script is told, and lets sign in without leaving the page."""
    if is_fragment():
        return Response(_("登录已过期，请重新登录。"), 401, headers={"HX-Reswap": "none"}, mimetype="text/plain")
    return redirect(sign_in_address(), 303)  # type: ignore[return-value]


@room.errorhandler(MustChangePassword)
def first_the_password(refusal: MustChangePassword) -> Response:
    """Send whoever still has the initial password to where it is changed."""
    return forward("/account")


@room.errorhandler(MustBindFactor)
def first_the_factor(refusal: MustBindFactor) -> Response:
    """Send whoever owes a second factor to where it is bound."""
    return forward("/account")


@room.errorhandler(Refusal)
def refused(refusal: Refusal) -> Response:
    """Show a refusal as a page, or as a note to a script."""
    return told(refusal.status, refusal.title, refusal.sentence(), refusal)


@room.errorhandler(HTTPException)
def failed(error: HTTPException) -> Response:
    """Show werkzeug's errors like our own."""
    if error.code == TOO_LARGE:
        return told(TOO_LARGE, *TOO_LARGE_SAID)
    return told(error.code or 500, "", error.name)


def told(status: int, zh: str, en: str, refusal: Refusal | None = None) -> Response:
    """Return the page (or the note) that says what went wrong and what to do."""
    words = en if language.code() == "en" else zh
    shown = {"status": status, "words": words, "is_stale": isinstance(refusal, CsrfTokenWrong)}
    if is_fragment():
        body = render_template("parts/refused.html", **shown)
        return Response(body, status, headers={"HX-Retarget": "#notes", "HX-Reswap": "beforeend"})
    return Response(render_template("error.html", **shown), status)


def wants_page() -> bool:
    """Tell whether a browser asks for something to read, rather than a program for the API."""
    is_page = request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
    return is_page and not request.path.startswith("/api")


def not_found(error: HTTPException, door: Door) -> Response:
    """Answer an address that does not exist: a page for a browser, a problem for a program."""
    if not wants_page():
        return door.handle_http_exception(error)
    try:
        with suppress(Refusal, SQLAlchemyError):
            whoever()
        return policed(told(error.code or 404, "", error.name))
    finally:
        db.session.rollback()


def away(refusal: Refusal) -> Response:
    """Show that the database cannot be reached, without asking it who reads."""
    g.actor = None
    return policed(told(refusal.status, refusal.title, refusal.sentence(), refusal))


def policed(response: Response) -> Response:
    """Return a page's response with what it may load and run: our own files only, nothing that stands in a page."""
    if response.mimetype != "text/html" and "Content-Security-Policy" in response.headers:
        return response
    elsewhere = f" {g.sources}" if g.get("sources") else ""  # the base map's own origins, on its page alone
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; worker-src 'self' blob:; style-src 'self'; "
        "style-src-attr 'unsafe-inline'; font-src 'self'; media-src 'self'; "
        f"img-src 'self' data: blob:{elsewhere}; connect-src 'self' {stream_origin()}{elsewhere}; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(self), payment=()")
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


room.after_request(policed)


def stream_origin() -> str:
    """Return the origin of the live stream's process: the browser is sent there from our own address."""
    config = current_app.config["GRIDWHISTLE"]
    if config.stream_url:
        parts = urlsplit(config.stream_url)
        return f"{parts.scheme}://{parts.netloc}"
    host = urlsplit(request.host_url).hostname or config.host
    return f"{request.scheme}://{f'[{host}]' if ':' in host else host}:{config.stream_port}"


@room.app_context_processor
def given() -> dict[str, Any]:
    """Return what every template may use."""
    by = _reader()
    theme = request.cookies.get(THEME_COOKIE, THEMES[0])
    return {
        "asset": assets.address,
        "by": by,
        "clock_now": now().astimezone(CN),
        "here": request.full_path.rstrip("?"),
        "is_fragment": is_fragment(),
        "lang": language.code(),
        "languages": language.LANGUAGES,
        "me": me.shown(by) if by else None,
        "menu": navigation.menu(by, request.path) if by else [],
        "named": language.named,
        "theme": theme if theme in THEMES else THEMES[0],
        "themes": THEMES,
    }


def _reader() -> Actor | None:
    """Return who reads, where that is known already: an error page must not fail once more."""
    found: Actor | None = g.get("actor")
    return found


def csrf_field() -> Markup:
    """Return the hidden field by which a form proves that it stands in a page of this session."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(
        sessions.csrf_token(request.cookies.get(sessions.COOKIE, ""))
    )


def dress(app: Flask) -> None:
    """Give ``app`` what a template needs: the languages, the words, the pages declared so far."""
    language.init_app(app)
    wording.init_app(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(csrf_field=csrf_field)
    app.register_blueprint(room)


def init_app(app: Flask, door: Door) -> None:
    """Give ``app`` the pages, their files, and the page for addresses that do not exist."""
    dress(app)
    app.register_error_handler(404, lambda error: not_found(error, door))
    app.add_url_rule("/assets/<version>/<path:name>", "console_assets", assets.serve)
