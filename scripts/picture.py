"""Draw docs/pictures/city.svg: the synthetic city, grids shaded by how densely people live.

Job: one picture for the README, made from the same generator as the demo; ``python scripts/picture.py`` writes it.
Never: show a real boundary.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from gis.density import per_km2
from gis.metric import areas_km2
from gis.partition import City, draw_city

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "city.svg"
HEIGHT = 640.0
TOLERANCE = 0.0003  # degrees, about 30 m: finer than a pixel
SHADES = ("#eef4f8", "#d5e5ef", "#aecde0", "#7fb0cf", "#4d8db8", "#25679a", "#0f4777")


def main() -> None:
    """Write the picture."""
    city = draw_city()
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(svg(city), encoding="utf-8")


def svg(city: City) -> str:
    """Return the city as SVG: grids shaded, townships outlined."""
    grids = shapely.coverage_simplify(city.grids.polygons, TOLERANCE)
    density = per_km2(np.asarray(city.grids.weights), areas_km2(city.grids.polygons))
    breaks = np.quantile(density, np.linspace(0, 1, len(SHADES) + 1)[1:-1])
    west, south, east, north = shapely.total_bounds(grids)
    scale = HEIGHT / (north - south)
    squeeze = float(np.cos(np.radians((south + north) / 2)))
    width = (east - west) * scale * squeeze

    def path(polygon: shapely.Polygon) -> str:
        points = [(f"{(x - west) * scale * squeeze:.1f},{(north - y) * scale:.1f}") for x, y in polygon.exterior.coords]
        return f"M{'L'.join(points)}Z"

    shaded = [
        f'<path fill="{SHADES[int(np.searchsorted(breaks, value))]}" d="{path(polygon)}"/>'
        for polygon, value in zip(grids, density, strict=True)
    ]
    towns = shapely.coverage_simplify(city.townships.polygons, TOLERANCE)
    outlines = [f'<path d="{path(part)}"/>' for town in towns for part in shapely.get_parts(town)]
    box = f"-6 -6 {width + 12:.0f} {HEIGHT + 12:.0f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" width="{width:.0f}">\n'
        f'<g stroke="#ffffff" stroke-width=".5">\n{chr(10).join(shaded)}\n</g>\n'
        f'<g fill="none" stroke="#b3471d" stroke-width="1.4">\n{chr(10).join(outlines)}\n</g>\n</svg>\n'
    )


if __name__ == "__main__":
    main()
