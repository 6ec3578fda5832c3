"""Words and forms (词表与表单) as the server gave them: what screens draw from, so that a new act needs no new app.

Job: categories, reasons, units, whistles, forms, kinds; the six most used categories; what a form still wants.
Never: hold a label, a rule or a form of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mobile.core.attachments import Photo
from mobile.core.pages import Pages
from mobile.core.store import Store

Told = Mapping[str, Any]
FAVOURITES = 6
WANTED_PHOTO = {"before": "处置前", "after": "处置后"}


class Catalogue:
    """The server's lists; empty before the first contact."""

    def __init__(self, pages: Pages, store: Store) -> None:
        self._pages, self._store = pages, store

    def _list(self, name: str) -> list[Told]:
        return list(self._pages.body("catalogue", {}).get(name, ()))

    @property
    def is_known(self) -> bool:
        """Tell whether the lists were ever told."""
        return bool(self._list("categories"))

    @property
    def groups(self) -> list[Told]:
        """Return the groups of categories: code, zh."""
        return self._list("groups")

    @property
    def categories(self) -> list[Told]:
        """Return the categories: code, zh, group(_zh), urgency, self_handle, evidence, sensitive, limit_zh, shares."""
        return self._list("categories")

    def category(self, code: str | None) -> Told:
        """Return one category; {} when unknown."""
        return next((one for one in self.categories if one["code"] == code), {})

    @property
    def favourites(self) -> list[Told]:
        """Return the six categories this phone used most; filled up in the order of the list."""
        rows = self._store.rows(
            "select name from used where name like 'category:%' order by n desc limit ?", FAVOURITES
        )
        used = [self.category(row["name"].removeprefix("category:")) for row in rows]
        others = (one for one in self.categories if one not in used and not one["sensitive"])
        return [*(one for one in used if one), *others][:FAVOURITES]

    def count_use(self, code: str) -> None:
        """Remember that a category was used."""
        self._store.write(
            "insert into used(name, n) values (?, 1) on conflict(name) do update set n = n + 1", f"category:{code}"
        )

    @property
    def urgencies(self) -> list[Told]:
        """Return the urgencies: code, zh, meaning_zh, on_scene_zh."""
        return self._list("urgencies")

    @property
    def units(self) -> list[Told]:
        """Return the units: code, zh, kind, township, dispatchable, takes_part."""
        return self._list("units")

    def unit_zh(self, code: str | None) -> str:
        """Return a unit's name."""
        return next((str(one["zh"]) for one in self.units if one["code"] == code), code or "")

    def role_zh(self, code: str) -> str:
        """Return a role's name."""
        return next((str(one["zh"]) for one in self._list("roles") if one["code"] == code), code)

    def reasons(self, name: str) -> list[Told]:
        """Return a closed list such as event.reject: code, zh, needs_text."""
        return list(self._pages.body("catalogue", {}).get("reasons", {}).get(name, ()))

    @property
    def whistles(self) -> list[Told]:
        """Return the kinds of whistle: code, zh, use_zh, needs_law_article, needs_leader, blowers {level: roles}."""
        return self._list("whistles")

    @property
    def dial(self) -> list[Told]:
        """Return the emergency numbers: number, zh."""
        return self._list("dial")

    @property
    def settings(self) -> Told:
        """Return single values: accuracy_max_m, check_in_radius_m, photos_max, …"""
        return self._pages.body("catalogue", {}).get("settings", {})  # type: ignore[no-any-return]

    def dispatch(self, category: str | None, township: str | None = None) -> list[Told]:
        """Return the directory's units for a category, lead first: unit, zh, role, share_pct, basis (the clause)."""
        shares = self.category(category).get("shares", ())
        named = ({**one, "unit": township if one["unit"] == "town" else one["unit"]} for one in shares)
        return [one | {"zh": self.unit_zh(one["unit"])} for one in named if one["unit"]]

    # --- kinds and forms --------------------------------------------------------------------------------------------

    @property
    def kinds(self) -> list[Told]:
        """Return the kinds: kind, zh, path, states [{code, zh, type, offers}], acts [{act, sort, zh, form, …}]."""
        return self._list("kinds")

    def kind(self, kind: str) -> Told:
        """Return one kind; {} when unknown."""
        return next((one for one in self.kinds if one["kind"] == kind), {})

    def is_part(self, kind: str) -> bool:
        """Tell whether things of this kind belong to an item and have no states of their own, as sub-tasks do."""
        return bool(self.kind(kind)) and not self.kind(kind)["states"]

    def way(self, kind: str, act: str) -> Told:
        """Return how an act is done: zh, weight, method, href with {id}, form, roles; {} when unknown."""
        return next((one for one in self.kind(kind).get("acts", ()) if one["act"] == act), {})

    def act_zh(self, kind: str, act: str) -> str:
        """Return the label of an act."""
        return str(self.way(kind, act).get("zh", act))

    def state(self, kind: str, code: str) -> Told:
        """Return a state: code, zh, type, offers; {} when unknown."""
        return next((one for one in self.kind(kind).get("states", ()) if one["code"] == code), {})

    def creations(self, roles: frozenset[str]) -> list[Told]:
        """Return what somebody with these roles may create, each with ``kind``."""
        found = [one | {"kind": kind["kind"]} for kind in self.kinds for one in kind["acts"] if one["sort"] == "create"]
        return [one for one in found if roles & set(one["roles"])]

    def extras(self, kind: str, roles: frozenset[str]) -> list[Told]:
        """Return the acts outside the arrows that these roles hold, such as asking for a second look."""
        acts = self.kind(kind).get("acts", ())
        return [one for one in acts if one["sort"] == "extra" and roles & set(one["roles"])]

    def form(self, kind: str, act: str) -> Told:
        """Return the JSON Schema of an act's form (docs/api.md); {} when unknown."""
        return self._pages.body("forms", {}).get("forms", {}).get(f"{kind}.{act}", {})  # type: ignore[no-any-return]

    def faults(self, kind: str, act: str, facts: Told, photos: Sequence[Photo] = ()) -> dict[str, str]:
        """Return field → sentence of what the form still wants; the server decides, this only helps."""
        form = self.form(kind, act)
        found = {}
        for name in form.get("x-order", ()):
            told = form["properties"][name]
            if told["x-widget"] in ("place", "hidden", "photos", "voices"):
                continue
            is_said = "x-spoken" in told and any(one.is_voice for one in photos)
            if sentence := _fault(told, facts.get(name), is_required=name in form["required"] and not is_said):
                found[name] = sentence
        return found | self._photo_faults(act, facts, photos)

    def _photo_faults(self, act: str, facts: Told, photos: Sequence[Photo]) -> dict[str, str]:
        most = self.settings.get("photos_max")
        if most and sum(not one.is_voice for one in photos) > most:
            return {"photos": f"最多 {most} 张照片"}
        if act != "self_handle":
            return {}
        wanted = self.category(facts.get("category")).get("evidence", ())
        missing = [
            WANTED_PHOTO[one] for one in wanted if one == "after" and one not in {photo.kind for photo in photos}
        ]
        return {"photos": f"还缺{'、'.join(missing)}照片"} if missing else {}


def _fault(told: Told, value: Any, *, is_required: bool) -> str:
    if value is None or value in ("", []) or (isinstance(value, str) and not value.strip()):
        return f"请填写{told['title']}" if is_required else ""
    most, least = told.get("maxLength"), told.get("minimum")
    cases = (
        (isinstance(value, str) and most is not None and len(value) > most, f"{told['title']}最多 {most} 字"),
        (isinstance(value, int | float) and least is not None and value < least, f"{told['title']}不能小于 {least}"),
        (
            isinstance(value, int | float) and value > told.get("maximum", value),
            f"{told['title']}不能大于 {told.get('maximum')}",
        ),
        ("oneOf" in told and value not in [one["const"] for one in told["oneOf"]], f"请从列表中选择{told['title']}"),
    )
    return next((sentence for holds, sentence in cases if holds), "")
