"""What screens get from the facade: small frozen records; an item itself is the server's card as it came.

Job: name every field a screen may show.
Never: hold a rule of the district, or a widget.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mobile.core.attachments import Photo

Card = dict[str, Any]
"""The server's card (docs/api.md) plus what the phone knows: ``pending`` (tuple of Outgoing), ``local`` (True while the
server does not know the item yet), ``seen_at`` (ISO; when the server told it last). Keys used by every kind: ``kind``,
``kind_zh``, ``id``, ``no``, ``title``, ``state`` {code, zh, en, type}, ``urgency``, ``grid_code``, ``revision``,
``clocks`` [{code, zh, due_at, …}], ``units``, ``actions`` [{act, zh, weight, href, form}], ``timeline``, ``photos``,
``voices``."""

Facts = Mapping[str, Any]
"""What a form was filled with: field name → JSON value."""


class Trouble(Exception):
    """What did not work: ``sentence``, ``advice`` (both Chinese), a stable ``code``, ``errors`` (field → sentence)."""

    def __init__(
        self, sentence: str, advice: str = "", code: str = "", errors: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(sentence)
        self.sentence, self.advice, self.code, self.errors = sentence, advice, code, dict(errors or {})


@dataclass(frozen=True, slots=True)
class Fix:
    """One reading of the position. ``at`` is the true moment, ``crs`` that of the reading (phones: wgs84)."""

    lon: float
    lat: float
    accuracy_m: float | None
    at: datetime
    provider: str = "gps"
    is_mock: bool = False
    crs: str = "wgs84"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a point lies by the cached edition, as ``gis.plain`` says.

    ``quality`` is inside, edge, ambiguous, outside or unknown (no edition yet); ``zh`` the sentence to show, such as
    「在 南门社区第3网格内，误差约 8 米」. ``candidates`` are (code, name) of the grids it may be, likeliest first; more
    than one: offer the choice (``Draft.facts["grid_choice"]``). ``precision_zh``/``precision`` ("good", "fair", "poor",
    "none") say how good the fix is; ``warnings`` are Chinese sentences (mock position, far outside the district).
    """

    lon: float | None
    lat: float | None
    crs: str
    grid_code: str | None
    grid_zh: str
    quality: str
    zh: str
    candidates: tuple[tuple[str, str], ...]
    distance_m: float | None
    accuracy_m: float | None
    precision: str
    precision_zh: str
    is_mock: bool
    warnings: tuple[str, ...]
    edition: str | None


@dataclass(frozen=True, slots=True)
class Draft:
    """Something filled in and not (or no longer) on its way.

    ``kind`` and ``act`` name the form ("event", "report"); ``item_id`` is the id the thing has or will have.
    ``refused`` is the sentence with which the server refused it, ``advice`` what to do, ``errors`` field → sentence;
    all empty for a draft never sent. ``stored`` is what the server keeps under this id of other content (409).
    """

    id: str
    kind: str
    act: str
    act_zh: str
    item_id: str
    facts: dict[str, Any] = field(default_factory=dict)
    photos: tuple[Photo, ...] = ()
    made_at: str = ""
    changed_at: str = ""
    refused: str = ""
    advice: str = ""
    code: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    stored: Card | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One saved thing on its way to the server.

    ``state`` is waiting, retrying, held (waits for the one before it), rejected, done or conflict (a task for the
    township); ``sentence`` and ``advice`` are Chinese and complete. ``made_at``/``sent_at`` are true moments (ISO).
    ``photos_left`` of ``photos`` (``voices_left`` of them voice notes) are still to be uploaded, ``bytes_left`` in all.
    ``draft_id``: it can be mended.
    """

    id: str
    kind: str
    act: str
    act_zh: str
    item_kind: str
    item_id: str
    title: str
    state: str
    sentence: str
    advice: str
    made_at: str
    sent_at: str | None
    tries: int
    photos: int
    photos_left: int
    voices_left: int
    bytes_left: int
    draft_id: str | None


@dataclass(frozen=True, slots=True)
class OutboxView:
    """The outbox as a whole. ``sentence`` is always true and complete, e.g. 「全部已送达，最近一次 14:32」.

    ``link`` is online, offline, paused (sign in again), blocked (captive portal) or wiped. ``items`` are the unsent and
    rejected first (oldest first), then what was sent in the last days (newest first).
    """

    unsent: int
    rejected: int
    conflicts: int
    photos_left: int
    voices_left: int
    last_success: str | None
    link: str
    sentence: str
    advice: str
    items: tuple[Outgoing, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """An item in a list. ``due_at``: its next moment (ISO); ``acts``: (act, zh, weight) I may take next; ``pending``:
    a sentence when something of it is on its way; ``local``: the server does not know it yet."""

    kind: str
    kind_zh: str
    id: str
    no: str
    title: str
    state: str
    state_zh: str
    state_type: str
    urgency: str
    due_at: str | None
    overdue: bool
    grid_code: str | None
    grid_zh: str
    acts: tuple[tuple[str, str, str], ...]
    pending: str
    local: bool
    moved_at: str | None
    lon: float | None = None
    lat: float | None = None
    category: str = ""
    """The code of its leaf, for the picture; "" where the kind has none."""
    about: tuple[str, str] | None = None
    """Kind and id of the item it is a part of (a sub-task): that one is opened; None: the row is an item itself."""
    who_zh: str = ""
    """The unit that must act, where that is not mine."""
    groups: tuple[tuple[str, str], ...] = ()
    """(Code, words) of the points of view from which the server lists it, such as 本单位的, 派给我的, 我布置的."""


@dataclass(frozen=True, slots=True)
class Today:
    """The home screen: ``rows`` sorted by the next moment, and one ``sentence`` that is true when they are none."""

    rows: tuple[Row, ...]
    unsent: int
    rejected: int
    last_success: str | None
    sentence: str
    on_duty: bool
    told_at: str | None


@dataclass(frozen=True, slots=True)
class Notice:
    """A message. ``severity`` is info, warn or alarm; ``item`` is (kind, id) to open, if any."""

    id: str
    kind: str
    severity: str
    title: str
    body: str
    item: tuple[str, str] | None
    created_at: str
    read: bool
    bundle: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Inbox:
    """Messages, newest first, and how many are unread."""

    items: tuple[Notice, ...]
    unread: int


@dataclass(frozen=True, slots=True)
class Duty:
    """Whether I am on duty; ``ends_by`` is when the shift ends by itself; ``pending``: not told to the server yet."""

    on: bool
    since: str | None
    ends_by: str | None
    pending: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Near:
    """An open event near a draft that may be the same: what the phone knows of it."""

    id: str
    no: str
    category_zh: str
    text: str
    state_zh: str
    distance_m: float
    created_at: str


@dataclass(frozen=True, slots=True)
class Me:
    """Who I am. ``posts`` as the server tells them: role, role_zh, unit, unit_zh, township, grid."""

    id: str
    name: str
    username: str
    roles: frozenset[str]
    unit: str | None
    unit_zh: str
    township: str | None
    grids: tuple[str, ...]
    posts: tuple[Mapping[str, Any], ...]
    permissions: Mapping[str, str]
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class Outline:
    """A grid to draw: ``polygons`` as a GeoJSON MultiPolygon has them (EPSG:4490), ``box`` west, south, east, north."""

    code: str
    name: str
    village_code: str | None
    township_code: str | None
    box: tuple[float, float, float, float]
    polygons: Sequence[Any]


@dataclass(frozen=True, slots=True)
class MapView:
    """All the phone knows to draw a map offline: ``events`` and ``calls`` (whistles, calls to my unit) are rows with
    lon and lat (EPSG:4490); ``density`` is grid code → {n, per_km2, class}, ``density_breaks`` the class breaks of
    per_km2; ``mine`` the codes of my grids. ``told_at`` per part, ISO or None when never told.
    """

    edition: str | None
    outlines: tuple[Outline, ...]
    mine: tuple[str, ...]
    events: tuple[Row, ...]
    density: Mapping[str, Mapping[str, Any]]
    density_breaks: tuple[float, ...]
    told_at: Mapping[str, str | None]
    calls: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """How something done at once ended (enrol, change of password): ``ok`` or a sentence with advice."""

    ok: bool
    sentence: str = ""
    advice: str = ""
    code: str = ""
