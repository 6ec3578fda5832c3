"""What the tests of places share: a drawn town."""

import numpy as np
import pytest

from gis.partition import draw_city


@pytest.fixture(scope="session")
def town():
    """A small city with codes in another order than its polygons."""
    grids = draw_city(seed=7, n=150).grids
    return grids.polygons, [f"{code:03d}" for code in np.random.default_rng(7).permutation(150)]
