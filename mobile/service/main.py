"""The background service (后台服务), a process of its own during a shift: sends, follows the live stream, hears alarms.

Job: the same core on the same files as the app; ends with the shift.
Never: draw, or stay when nobody is on duty.
"""

from __future__ import annotations

import threading

from mobile.core.address import own_certificate, server_address
from mobile.core.opening import open_field
from mobile.device import here

LOOK_S = 60.0
"""How often it looks whether the shift is over; the shift also ends by itself on the server."""


def run() -> None:
    """Serve until the shift ends."""
    device = here()
    folder = device.folder
    field = open_field(device, server_address(folder), verify=own_certificate(folder))
    over = threading.Event()
    field.listen(lambda topics: over.set() if "duty" in topics and not field.duty.on else None)
    field.start()
    field.to_front()
    while field.duty.on and not over.wait(LOOK_S):
        pass
    field.stop()
    device.stop_background()


if __name__ == "__main__":
    run()
