"""A phone with Android (pyjnius): keys in the AndroidKeyStore, position, camera, voice, alarms, background.

Job: one object with the abilities of ``mobile.device.interface``, each from a module of its own.
Never: ask for a permission before it is needed; hold a private key in memory; need the CAMERA permission.
"""

from __future__ import annotations

from mobile.device.android.background import Background
from mobile.device.android.camera import Camera
from mobile.device.android.going import Going
from mobile.device.android.keys import Keys
from mobile.device.android.network import Network
from mobile.device.android.permissions import Permissions
from mobile.device.android.position import Positions
from mobile.device.android.recording import Recording
from mobile.device.android.telling import Telling
from mobile.device.android.voice import Voice


class AndroidDevice(Keys, Positions, Camera, Voice, Recording, Telling, Going, Network, Background, Permissions):
    """The phone this runs on, in the app or in its background service."""

    name = "android"
    encrypts = True
