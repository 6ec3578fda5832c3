"""What the strip under the title says: the outbox in one line, and whether one is on duty.

Job: choose picture and tone for the core's own sentence.
Never: say that all is well when something was refused.
"""

from __future__ import annotations

from mobile.core.field import Field
from mobile.widgets import moments

LINKS = {
    "offline": ("amber", "cloud-off-outline"),
    "paused": ("red", "account-off-outline"),
    "blocked": ("amber", "wifi-off"),
    "wiped": ("red", "cellphone-remove"),
}


def strip_words(field: Field) -> tuple[str, str, str, bool | None]:
    """Return sentence, tone and picture of the outbox, and whether the bearer is on duty (None: has no duty)."""
    outbox = field.outbox
    tone, icon = LINKS.get(outbox.link, ("green", "cloud-check-outline"))
    if outbox.unsent and outbox.link == "online":
        tone, icon = "blue", "cloud-upload-outline"
    if outbox.rejected:
        tone, icon = "red", "cloud-alert"
    last = moments.read(outbox.last_success)
    is_told = last is None or f"{last:%H:%M}" in outbox.sentence
    at = "" if is_told else moments.at(last, field.clock.now()).removeprefix("今天 ")
    sentence = f"{outbox.sentence} · 上次成功 {at}" if at else outbox.sentence
    return sentence, tone, icon, field.duty.on if walks(field) else None


def walks(field: Field) -> bool:
    """Tell whether the bearer goes on duty outside: those who hold a grid."""
    return bool(field.me and field.me.grids)
