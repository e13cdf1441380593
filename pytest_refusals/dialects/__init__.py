"""The vendors' wire formats, one folder each."""

from __future__ import annotations

from pytest_refusals.dialects.base import Dialect


def known() -> tuple[Dialect, ...]:
    """Return every dialect there is."""
    from pytest_refusals.dialects.anthropic.dialect import ANTHROPIC

    return (ANTHROPIC,)
