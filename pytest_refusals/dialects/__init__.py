"""The vendors' wire formats, one folder each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pytest_refusals.dialects.base import Dialect


def known() -> tuple[Dialect, ...]:
    """Return every dialect there is."""
    from pytest_refusals.dialects.anthropic.dialect import ANTHROPIC

    return (ANTHROPIC,)


@dataclass(frozen=True)
class Vendors:
    """What several dialects know of objects, as one."""

    dialects: Sequence[Dialect]

    @cached_property
    def sdk_packages(self) -> frozenset[str]:
        """The top-level packages of all SDKs."""
        return frozenset[str]().union(*(dialect.sdk_packages for dialect in self.dialects))

    @cached_property
    def ends(self) -> frozenset[str]:
        """The stop reasons of answers that ended well."""
        return frozenset[str]().union(*(dialect.ends for dialect in self.dialects))

    def accessor(self, value: object) -> str | None:
        """Return how to reach the stop in a message of a vendor's own, or None for any other object."""
        return next((found for d in self.dialects if (found := d.accessor(value)) is not None), None)

    def is_event(self, value: object) -> bool:
        """Return whether `value` is an event of a vendor's own, of those before the stop."""
        return any(dialect.is_event(value) for dialect in self.dialects)
