"""The hooks that users may implement in their ``conftest.py``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from pytest_refusals.branches import Branch


def pytest_refusals_branches(config: pytest.Config) -> Iterable[Branch]:
    """Return branches of your own: they join the catalogue, after ours, and are chosen by name or group."""
    raise NotImplementedError  # a specification: it is never called
