"""Channel ``warn``: a warning that is really shown."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pytest_refusals.oracle.signals import Heard
from pytest_refusals.sites import is_project, site_of

NOT_OF_AN_ANSWER = (
    DeprecationWarning,
    PendingDeprecationWarning,
    FutureWarning,
    ResourceWarning,
    ImportWarning,
    BytesWarning,
)
"""About the program, not an answer. SDKs from 1.0 on warn of a model's age on every call, in the caller's name."""


@contextmanager
def listen(hear: Callable[[Heard], None]) -> Iterator[None]:
    """Hand every warning that passes the filters to `hear` while active, however it was imported or recorded.

    Each run begins with no memory of what was shown before, as each test does.
    """
    original = warnings._showwarnmsg  # type: ignore[attr-defined]

    def show(message: Any) -> None:
        if not issubclass(message.category, NOT_OF_AN_ANSWER):
            hear(_heard(message))
        original(message)

    forget()
    warnings._showwarnmsg = show  # type: ignore[attr-defined]
    try:
        yield
    finally:
        warnings._showwarnmsg = original  # type: ignore[attr-defined]


def forget() -> None:
    """Make the warnings machinery show again what it shows only once in a place."""
    mutated = getattr(warnings, "_filters_mutated_lock_held", None) or warnings._filters_mutated  # type: ignore[attr-defined]
    lock = getattr(warnings, "_lock", None)
    if lock is None:
        mutated()
    else:
        with lock:
            mutated()


def _heard(message: Any) -> Heard:
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__") == "warnings":
        frame = frame.f_back
    where = site_of(frame)
    return Heard(
        channel="warn",
        text=f"{message.category.__name__}: {message.message}",
        where=where,
        by_project=is_project(where.file),
    )
