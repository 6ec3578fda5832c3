"""The device (设备): everything a phone can do that Python alone cannot; one interface, two back ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mobile.device.interface import Device

FOLDER = "GRIDWHISTLE_FIELD"


def is_android() -> bool:
    """Tell whether this runs on a phone."""
    return "ANDROID_ARGUMENT" in os.environ or hasattr(sys, "getandroidapilevel")


def here() -> Device:
    """Return the device this runs on: Android's, or a desktop's with its files in ``GRIDWHISTLE_FIELD`` (var/field)."""
    if is_android():
        from mobile.device.android import AndroidDevice

        return AndroidDevice()
    from mobile.device.desktop import DesktopDevice

    return DesktopDevice(Path(os.environ.get(FOLDER, "var/field")))
