"""The field app's first line, on a phone and on a desktop.

Job: put device, core and app together and run them.
Never: decide anything.
"""

from __future__ import annotations

import os

os.environ.setdefault("KIVY_NO_ARGS", "1")
"""Kivy would read the command line as its own."""


def main() -> None:
    """Run the app until it is closed."""
    from mobile.app import FieldApp
    from mobile.core.address import own_certificate, server_address
    from mobile.core.opening import open_field
    from mobile.device import here

    device = here()
    folder = device.folder
    FieldApp(open_field(device, server_address(folder), verify=own_certificate(folder))).run()


if __name__ == "__main__":
    main()
