"""What the grid commands understand and show while they work: moments, control points, kinds, progress bars.

Never: a rule.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import click
from tqdm import tqdm

from gis.controls import Control
from server.db import CN
from server.grids.survey import ACCEPTABLE


class Bars:
    """One progress bar per stage, on standard error."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` steps of ``stage`` are done."""
        if self._bar is None or self._bar.desc != stage:
            self._stack.close()
            self._bar = self._stack.enter_context(tqdm(desc=stage, total=total, leave=False, disable=None))
            self._bar.desc = stage
        self._bar.total = total
        self._bar.update(done - self._bar.n)


class Moment(click.ParamType[Any]):
    """An ISO 8601 moment; without an offset it is Beijing time."""

    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment, aware."""
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"不是 ISO 8601 时刻：{value}", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=CN)


class ControlPoint(click.ParamType[Any]):
    """A place known to lie in a grid."""

    name = "LON,LAT,CODE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Control:
        """Return the control point."""
        try:
            return value if isinstance(value, Control) else Control.parse(str(value))
        except ValueError as problem:
            self.fail(str(problem), param, ctx)


class Kinds(click.ParamType[Any]):
    """Kinds of defects, divided by commas."""

    name = "overlap,gap,sliver"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the kinds."""
        kinds = value if isinstance(value, tuple) else tuple(str(value).split(","))
        unknown = set(kinds) - set(ACCEPTABLE)
        if unknown:
            self.fail(f"只能接受 {', '.join(ACCEPTABLE)}，没有 {', '.join(sorted(unknown))}", param, ctx)
        return kinds
