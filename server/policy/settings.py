"""The single values a district may set, grouped by noun: the shape of `data/settings.toml`.

A field's type says how its value is read; `_m` is metres, `_s` seconds, `_min` minutes, `_pct` percent. Never holds a
value itself: a default written here would be a number without a source.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from server.policy.limit import Limit


@dataclass(frozen=True, slots=True)
class District:
    """The district itself (区)."""

    code6: str
    name_zh: str
    name_en: str
    dispatch_unit: str  # the unit whose dispatch-centre officers (CEN) take what lies outside every township


@dataclass(frozen=True, slots=True)
class Work:
    """Working time and the calendar (工作时间)."""

    hours: tuple[str, ...]  # "08:30-12:00"
    calendar_warn_days: int
    late_rule: bool
    late_after: time
    late_until: time
    device_clock_error_min: int


@dataclass(frozen=True, slots=True)
class Grids:
    """Finding the grid of a point (网格定位, spec 14)."""

    edge_m: int
    accuracy_max_m: int
    district_buffer_m: int
    fix_age_max_s: int
    jump_max_kmh: int
    overlap_max_m2: int
    cover_min_pct: float
    snap_m: float
    plane_epsg: int
    per_person_max: int


@dataclass(frozen=True, slots=True)
class Events:
    """Events (网格事件, spec 5.1)."""

    duplicate_radius_m: int
    duplicate_radius_component_m: int
    duplicate_days: int
    recurrence_days: int
    self_handle_within: Limit
    suspend_max: Limit
    extend_max_pct: int
    extend_times: int
    sampling_pct: int
    sampling_margin_pct: int
    rework_supervision_at: int
    reassign_supervision_at: int
    report_photo: str  # "refuse" or "owe": a report without the photo its leaf asks for
    photos_max: int
    photo_max_bytes: int
    photo_max_pixels: int
    photo_time_apart_h: int  # a photo whose own time or place lies farther from the item's is flagged, never refused
    photo_place_apart_m: int
    voice_max_s: int
    voices_max: int
    voice_max_bytes: int
    subtasks_max: int


@dataclass(frozen=True, slots=True)
class Whistles:
    """Whistles (吹哨, spec 7)."""

    score_max: int
    evaluation_min_cases: int
    caller_weight_pct: int


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Reporting in at the place (报到, spec 7)."""

    radius_m: int
    accuracy_max_m: int
    mock_refused: bool
    code_life_s: int
    code_digits: int
    offline_max: Limit


@dataclass(frozen=True, slots=True)
class Objections:
    """Objections to an assignment (职责异议, spec 6)."""

    window: Limit
    local_target: Limit


@dataclass(frozen=True, slots=True)
class People:
    """Accounts, devices and positions (人员)."""

    lockout_tries: int
    lockout_address_tries: int
    lockout_min: int
    password_min_length: int
    token_life_days: int
    token_renew_days: int  # from this age on a phone gets a fresh one
    token_overlap_min: int  # how long the old one is still good once the fresh one was used
    session_idle_min: int
    session_life_min: int
    second_factor_roles: tuple[str, ...]  # who must bind one before a page opens
    second_factor_synthetic: bool  # also the accounts of the synthetic city
    code_life_days: int
    shift_max_h: int


@dataclass(frozen=True, slots=True)
class Privacy:
    """How long things are kept and shown (隐私与留存, spec 13)."""

    event_years: int
    identity_years: int
    audit_months: int
    network_log_months: int
    impact_assessment_years: int
    track_days: int
    draft_days: int
    identity_view_min: int
    suite: str  # "sm" (SM4, SM3) or "intl" (AES, SHA-256): what seals identity and originals from now on
    export_link_days: int
    small_cell: int


@dataclass(frozen=True, slots=True)
class Notices:
    """Telling people (通知)."""

    quiet_from: time
    quiet_to: time
    override_urgencies: tuple[str, ...]
    override_whistles: tuple[str, ...]
    bundle_min: int
    alarm_again_min: int
    webhook_tries: int


@dataclass(frozen=True, slots=True)
class Appeals:
    """Appeals (诉求, spec 5.4)."""

    representatives_max: int
    extend_max: Limit
    extend_times: int
    second_handling_within: Limit


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters to the leaders (书记信箱、区长信箱, spec 5.5)."""

    attempts: int
    stages_before_escalation: int


@dataclass(frozen=True, slots=True)
class Disputes:
    """Mediation (矛盾纠纷调解, spec 5.6)."""

    extend_max: Limit
    follow_up_days: int


@dataclass(frozen=True, slots=True)
class Bulletins:
    """The daily bulletin (民情日报, spec 5.14)."""

    issue_at: time
    automatic: bool


@dataclass(frozen=True, slots=True)
class SevenHaves:
    """The seven checks of a grid (七有, spec 10)."""

    window_days: int
    patrol_min_pct: int
    on_time_min_pct: int
    onsite_sample_pct: int


@dataclass(frozen=True, slots=True)
class Areas:
    """Area links of leaders (分片包联)."""

    visit_every_days: int


@dataclass(frozen=True, slots=True)
class Figures:
    """How indicators are counted (指标口径, spec 11)."""

    once_resolved_days: int
    repeat_months: int
    ranking: bool
    ranking_min_cases: int
    settlement_variant: str
    merged_count_once: bool


@dataclass(frozen=True, slots=True)
class Public:
    """What the public pages say (公开页面): whom to write to about personal data, and since when the counts go."""

    handler: str
    handler_en: str
    contact: str
    contact_en: str
    counts_from_year: int
    requests_per_min: int


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; one attribute per table of the file."""

    district: District
    work: Work
    grids: Grids
    events: Events
    whistles: Whistles
    check_in: CheckIn
    objections: Objections
    people: People
    privacy: Privacy
    notices: Notices
    appeals: Appeals
    letters: Letters
    disputes: Disputes
    bulletins: Bulletins
    seven_haves: SevenHaves
    areas: Areas
    figures: Figures
    public: Public


AWAITED = frozenset(
    {
        *("work.late_rule", "work.late_after", "work.late_until", "grids.district_buffer_m", "grids.plane_epsg"),
        *("whistles.evaluation_min_cases", "whistles.caller_weight_pct"),
        *("privacy.impact_assessment_years", "privacy.export_link_days"),
        *("appeals.representatives_max", "appeals.extend_max", "appeals.second_handling_within"),
        *("letters.stages_before_escalation", "disputes.extend_max", "disputes.follow_up_days"),
        *("bulletins.issue_at", "bulletins.automatic", "areas.visit_every_days"),
        *("seven_haves.window_days", "seven_haves.patrol_min_pct"),
        *("seven_haves.on_time_min_pct", "seven_haves.onsite_sample_pct"),
        *("figures.once_resolved_days", "figures.repeat_months", "figures.ranking", "figures.ranking_min_cases"),
        *("figures.merged_count_once",),
    }
)
"""Values the district may decide already although nothing acts on them yet; whoever builds what does takes them out."""
