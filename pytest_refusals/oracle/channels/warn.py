"""Channel ``warn``: a warning that is really shown."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pytest_refusals.oracle.channels.channel import Channel, Hear
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
def listen(hear: Hear) -> Iterator[None]:
    """Hand every warning that passes the filters to `hear` while active, however it was imported or recorded.

    Each run begins with no memory of what was shown before, as each test does.
    """
    original = warnings._showwarnmsg  # type: ignore[attr-defined]

    def show(message: Any) -> None:
        try:
            if not issubclass(message.category, NOT_OF_AN_ANSWER):
                hear(_heard(message))
        except Exception as error:  # a warning is shown all the same, whatever we make of it
            hear.broke(error)
        original(message)

    forget()
    warnings._showwarnmsg = show  # type: ignore[attr-defined]
    try:
        yield
    finally:
        if warnings._showwarnmsg is show:  # type: ignore[attr-defined]
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
    return Heard(f"{message.category.__name__}: {message.message}", by_itself=is_project(where.file), where=where)


CHANNEL = Channel("warn", listen, "`warnings.warn`, by the same rule as `log`; never a deprecation or resource warning")
