"""The map (地图): grids drawn from the cached edition, with or without pictures below, and what stands on it.

``surface.Surface`` is the map one moves; ``pin.PinMap`` chooses a place, ``pin.MiniMap`` shows one. ``frame``,
``thin``, ``land``, ``ribbons`` and ``clusters`` are arithmetic without Kivy.
"""
