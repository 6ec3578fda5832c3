"""Grids (网格): editions, locating a point, the people of a grid (spec 3.1 and 14)."""
