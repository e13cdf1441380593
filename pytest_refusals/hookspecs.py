"""The hooks that users may implement in their ``conftest.py``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from pytest_refusals.branches import Branch
    from pytest_refusals.oracle.channels.channel import Channel


def pytest_refusals_branches(config: pytest.Config) -> Iterable[Branch]:
    """Return branches of your own: they join the catalogue, after ours, and are chosen by name or group."""
    raise NotImplementedError  # a specification: it is never called


def pytest_refusals_channels(config: pytest.Config) -> Iterable[Channel]:
    """Return channels of your own: they are listened to beside ours, and `loud=` knows their names."""
    raise NotImplementedError  # a specification: it is never called
