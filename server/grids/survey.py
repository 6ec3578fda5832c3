"""Grids on their way in (网格成果): read from a file or drawn by a program, then examined against spec 14.2.

Job: hand ``acts.import_edition`` something that was examined; say of each defect which grids, how much and where.
Never: store anything, repair unasked, or guess a coordinate system.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis import checks
from gis.checks import Known, Limits
from gis.controls import Control
from gis.files import Declaration, read_grids
from gis.findings import Finding, Progress, silent
from gis.metric import Polygons
from server import policy
from server.grids.models import BASE

CGCS2000 = "EPSG:4490"


@dataclass(frozen=True, slots=True)
class Fields:
    """Which fields of a file hold what besides the code; empty: none does. Lists are divided by blanks, ; or ,."""

    name: str = ""
    categories: str = ""
    parents: str = ""


@dataclass(frozen=True, slots=True)
class Survey:
    """Grids as they came: ``codes`` and ``polygons`` (n,) in EPSG:4490, what is said of each, and their origin."""

    codes: tuple[str, ...]
    polygons: Polygons
    source_crs: str
    file_name: str
    sha256: str
    names: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, list[str]] = field(default_factory=dict)
    parents: Mapping[str, list[str]] = field(default_factory=dict)
    village_names: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Examined:
    """A survey with everything found in it; ``accepted`` are the kinds of defects somebody answers for."""

    survey: Survey
    layer: str
    findings: tuple[Finding, ...]
    accepted: frozenset[str]

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """Return the errors nobody accepted: with any of them nothing is imported."""
        return tuple(each for each in self.findings if each.severity == "error" and each.kind not in self.accepted)

    def report(self) -> dict[str, Any]:
        """Return what is kept with the edition: counts, area and every finding."""
        return {
            "grids": len(self.survey.codes),
            "accepted": sorted(self.accepted),
            "findings": [plain(each) for each in self.findings],
        }


ACCEPTABLE = ("overlap", "gap", "sliver")
"""Defects of the drawing that somebody may answer for; the rule of assignment decides there (smallest code, edge)."""


def plain(found: Finding) -> dict[str, Any]:
    """Return a finding as JSON can hold it."""
    return asdict(found) | {"codes": list(found.codes), "at": list(found.at) if found.at else None}


def from_file(
    path: Path,
    declared: Declaration,
    *,
    fields: Fields | None = None,
    repair: bool = False,
    progress: Progress = silent,
) -> Survey:
    """Return the survey of a file. Raises gis.findings.GridFileError when it cannot be read for certain."""
    grids = read_grids(path, declared, repair=repair, progress=progress)
    wanted = fields or Fields()
    rows = list(zip(grids.codes, grids.properties, strict=True))
    return Survey(
        codes=grids.codes,
        polygons=grids.polygons,
        source_crs=grids.source_crs,
        file_name=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        names={code: str(row[wanted.name]) for code, row in rows if row.get(wanted.name)},
        categories={code: _words(row.get(wanted.categories)) for code, row in rows},
        parents={code: _words(row.get(wanted.parents)) for code, row in rows},
        findings=grids.findings,
    )


def _words(value: Any) -> list[str]:
    return str(value or "").replace(";", " ").replace(",", " ").replace("；", " ").replace("，", " ").split()


def drawn(codes: Sequence[str], polygons: Sequence[shapely.Geometry], *, name: str, **said: Any) -> Survey:
    """Return the survey of grids in EPSG:4490 made by a program called ``name``; ``said`` are fields of Survey."""
    shapes = np.asarray(polygons, dtype=object)
    digest = hashlib.sha256(repr((codes, sorted(said.items()))).encode())
    for wkb in shapely.to_wkb(shapes):
        digest.update(wkb or b"")
    return Survey(tuple(codes), shapes, CGCS2000, name, digest.hexdigest(), **said)


def limits(layer: str, codes: Sequence[str], code_pattern: str | None = None) -> Limits:
    """Return what is named and what is refused: the kind of layer decides, the settings give the numbers."""
    settings = policy.current().settings.grids
    found = checks.limits_for(layer, codes)
    if layer == BASE:
        found = replace(found, overlap_m2=settings.overlap_max_m2, snap_m=settings.snap_m)
    found = replace(found, coverage=settings.cover_min_pct / 100)
    return replace(found, code_rule=code_pattern) if code_pattern else found


def examine(
    survey: Survey,
    *,
    layer: str = BASE,
    code_pattern: str | None = None,
    controls: Sequence[Control] = (),
    accept: Sequence[str] = (),
    progress: Progress = silent,
) -> Examined:
    """Return ``survey`` with its findings, errors first; see ``gis.checks`` for what is looked at."""
    found = checks.check(
        survey.codes,
        survey.polygons,
        limits(layer, survey.codes, code_pattern),
        known=Known(controls=controls),
        progress=progress,
    )
    everything = sorted([*found, *survey.findings], key=lambda each: each.severity != "error")
    return Examined(survey, layer, tuple(everything), frozenset(accept))
