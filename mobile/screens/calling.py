"""Choosing the departments to call (叫哪些部门): the directory's first, each with its share and clause; others by name.

Job: the choice and what it stands on, shared by blowing, confirming and adding.
Never: decide whose duty something is: the directory is the server's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mobile.core.shapes import Card
from mobile.page import Page
from mobile.widgets.boxes import Column
from mobile.widgets.buttons import Choices, Push
from mobile.widgets.text import Words

if TYPE_CHECKING:
    from mobile.app import FieldApp

EMERGENCY = "EMERGENCY"
URGENT = frozenset({"U1", "U2"})
"""Urgencies for which the emergency whistle is offered at once."""
ROLES = {"lead": "牵头", "co": "协办"}


def callable_units(page: Page) -> list[Mapping[str, Any]]:
    """Return the departments that take calls; another township is no department."""
    return [one for one in page.field.catalogue.units if may_be_called(one)]


def may_be_called(unit: Mapping[str, Any]) -> bool:
    """Tell whether a unit is a department that takes calls."""
    return bool(unit.get("dispatchable")) and unit.get("kind") != "township"


def suggested(page: Page, event: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """Return (code, name, why) of the departments the dispatch directory names for an event, lead first."""
    if not event:
        return []
    category = event.get("category") or {}
    code = category.get("code") if isinstance(category, Mapping) else category
    takes = {one["code"] for one in callable_units(page)}
    told = page.field.catalogue.dispatch(code, event.get("township_code"))
    return [(one["unit"], one["zh"], basis(one)) for one in told if one["unit"] in takes]


def basis(share: Mapping[str, Any]) -> str:
    """Return why a department is suggested: role, share and clause."""
    role = f"{ROLES.get(share.get('role', ''), '')} {share['share_pct']}%" if share.get("share_pct") else ""
    clause = f"依据：{share['basis']}" if share.get("basis") else "依据：派单目录"
    return " · ".join(part for part in (role.strip(), clause) if part)


def calls(app: FieldApp, card: Card) -> tuple[list[Push], list[Push]]:
    """Return the ways from an open event to a whistle for it: the urgent one, two taps; else the calm one."""
    if "whistle.blow" not in (_begun_here(app, card) if card.get("local") else card.get("further", ())):
        return [], []
    if card.get("urgency") in URGENT:
        urgent = lambda: app.go("blow", event=card["id"], whistle=EMERGENCY)  # noqa: E731
        return [Push("吹应急哨，叫部门马上来", urgent, "bullhorn", "danger")], []
    return [], [Push("吹哨叫部门", lambda: app.go("blow", event=card["id"]), "bullhorn", "soft")]


def _begun_here(app: FieldApp, card: Card) -> list[str]:
    """Return what may begin from an event the server has not heard of: what the catalogue lets these roles make."""
    if card["kind"] != "event":
        return []
    return [one["form"] for one in app.field.catalogue.creations(app.field.roles)]


class Calling(Column):
    """The departments to choose from. ``chosen`` are their codes; ``without`` were called before."""

    def __init__(
        self, page: Page, event: Mapping[str, Any] | None, chosen: Sequence[str] | None, without: Sequence[str] = (),
        asked: Sequence[str] = (),
    ) -> None:  # fmt: skip
        super().__init__(gap=8)
        self.page, self.without, self.asked = page, set(without), set(asked)
        self.proposed = [one for one in suggested(page, event) if one[0] not in self.without]
        self.codes = list(chosen) if chosen is not None else [code for code, *_ in self.proposed]
        self._show()

    def _show(self) -> None:
        named = {code for code, *_ in self.proposed}
        names = self.page.field.catalogue.unit_zh
        added = [code for code in self.codes if code not in named]
        others = [(code, names(code), "网格想叫的" if code in self.asked else "自己加的") for code in added]
        options = [*self.proposed, *others]
        choices = Choices(options, self.codes, many=True, action=self._changed)
        nothing = [] if options else [Words("派单目录没有建议，请自己选", "body", "ink2")]
        more = Push("加别的部门", self._more, "account-multiple-plus-outline", "plain")
        self.refill(*nothing, choices, more)

    def _changed(self, codes: list[str]) -> None:
        self.codes = codes

    def _more(self) -> None:
        self.page.app.go("units", many=True, chosen=self.codes, pick=self._picked, title="叫哪些部门", only=self._may)

    def _may(self, unit: Mapping[str, Any]) -> bool:
        """Tell whether a unit may be called here."""
        return may_be_called(unit) and unit["code"] not in self.without

    def _picked(self, codes: list[str]) -> None:
        self.codes = list(codes)
        self._show()

    @property
    def chosen(self) -> list[str]:
        """Return the codes of the departments to call."""
        return list(self.codes)
