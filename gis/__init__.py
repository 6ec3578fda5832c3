"""Pure geometry of the grids (网格): coordinates, locating, files, checks, density.

Never imports flask, sqlalchemy, kivy, the server or the mobile app, and never opens a socket.
"""
