"""Which picture stands for which kind of item and which leaf of the categories (事项小类).

Job: one table; a leaf without a picture gets that of its group, an unknown kind a plain sheet.
Never: mean anything: names, limits and acts come from the server.
"""

from __future__ import annotations

KINDS = {
    "event": "clipboard-alert-outline", "whistle": "whistle-outline", "check_in": "map-marker-check",
    "objection": "scale-balance", "appeal": "comment-text-outline", "letter": "email-outline",
    "dispute": "account-switch-outline", "market_item": "store-outline", "patrol": "walk",
    "subtask": "format-list-checks",
}  # fmt: skip
GROUPS = {
    "A": "trash-can-outline", "B": "road-variant", "C": "home-city-outline", "D": "fire-alert",
    "E": "police-badge-outline", "F": "account-switch-outline", "G": "hand-heart-outline", "H": "school-outline",
    "I": "smoke", "J": "sprout-outline", "K": "store-alert-outline", "L": "help-circle-outline",
    "M": "scale-balance",
}  # fmt: skip
LEAVES = {
    "A01": "trash-can-outline", "A02": "wall", "A03": "storefront-outline", "A04": "post-outline",
    "A05": "home-alert-outline", "A06": "pipe-leak", "A07": "waves", "A08": "tree-outline",
    "A09": "human-male-female", "B01": "circle-off-outline", "B02": "road-variant", "B03": "lightbulb-off-outline",
    "B04": "waves-arrow-up", "B05": "water-off-outline", "B06": "power-plug-off-outline", "B07": "gas-cylinder",
    "B08": "cable-data", "B09": "traffic-light-outline", "C01": "water-outline", "C02": "home-city-outline",
    "C03": "elevator-passenger-outline", "C04": "home-account", "C05": "cash-multiple", "C06": "key-chain-variant",
    "C07": "hammer-wrench", "C08": "home-floor-0", "C09": "vote-outline", "D01": "fire-alert",
    "D02": "motorbike-electric", "D03": "lightning-bolt-outline", "D04": "slope-downhill", "D05": "swim",
    "D06": "factory", "D07": "crane", "D08": "door", "D09": "fire", "D10": "food-apple-outline",
    "D11": "school-outline", "E01": "police-badge-outline", "E02": "volume-vibrate", "E03": "cards-playing-outline",
    "E04": "phone-alert-outline", "E05": "car-off", "E06": "car-multiple", "E07": "taxi", "E08": "dog-side",
    "F01": "account-switch-outline", "F02": "heart-broken-outline", "F03": "file-sign", "F04": "currency-cny",
    "F05": "image-filter-hdr", "F06": "bulldozer", "F07": "medical-bag", "F08": "cart-outline",
    "F09": "human-child", "F10": "car-brake-alert", "G01": "shield-home-outline", "G02": "briefcase-search-outline",
    "G03": "hospital-box-outline", "G04": "hand-heart-outline", "G05": "wheelchair-accessibility",
    "G06": "medal-outline", "H01": "school-outline", "H02": "hospital-marker", "H03": "bus", "H04": "basketball",
    "H05": "desk", "H06": "card-account-details-outline", "I01": "volume-vibrate", "I02": "smoke", "I03": "pipe",
    "I04": "weather-dust", "I05": "fire", "I06": "pig-variant-outline", "J01": "tractor-variant",
    "J02": "home-group", "J03": "file-eye-outline", "J04": "home-plus-outline", "J05": "cow",
    "K01": "store-alert-outline", "K02": "tag-outline", "K03": "store-outline", "K04": "credit-card-outline",
    "L01": "frequently-asked-questions", "L02": "comment-text-outline", "L03": "heart-outline", "M01": "gavel",
    "M02": "scale-balance", "M03": "file-question-outline", "M04": "phone-alert-outline",
    "M05": "help-circle-outline",
}  # fmt: skip


def leaf_picture(code: str) -> str:
    """Return the picture of a leaf."""
    return LEAVES.get(code) or GROUPS.get(code[:1], "shape-outline")


def picture(kind: str, category: str = "") -> str:
    """Return the picture of an item: its leaf's where it has one, else its kind's."""
    return leaf_picture(category) if category else KINDS.get(kind, "file-document-outline")
