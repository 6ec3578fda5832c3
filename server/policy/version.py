"""A version of the policy (政策版本): files that replace others from a moment on, read when first needed.

Never begins in the past, never changes: whoever adopts it sees to that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from server.policy.load import load
from server.policy.model import Policy


@dataclass(frozen=True)
class Version:
    """The texts of `files` hold from `since` (aware) on."""

    since: datetime
    files: Mapping[str, str] = field(repr=False)

    @cached_property
    def policy(self) -> Policy:
        """The whole policy with these files; raises PolicyError when they are not fit for use."""
        return load(over=self.files)
