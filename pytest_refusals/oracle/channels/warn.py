"""Channel ``warn``: a warning that is really shown."""

from __future__ import annotations

import gc
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
    shown_by = warnings._showwarnmsg_impl  # type: ignore[attr-defined]

    def show(message: Any) -> None:
        try:
            if not issubclass(message.category, NOT_OF_AN_ANSWER):
                hear(_heard(message, "" if _is_shown(shown_by) else "recorded within the run, and shown to nobody"))
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


def _is_shown(shown_by: object) -> bool:
    """Whether a warning goes where it went when the run began, or to a recorder of the test's own."""
    now: Any = warnings._showwarnmsg_impl  # type: ignore[attr-defined]
    if now == shown_by:
        return True
    holders = gc.get_referrers(getattr(now, "__self__", None))
    holders += [outer for holder in holders if type(holder) is dict for outer in gc.get_referrers(holder)]
    return any(type(holder).__module__.partition(".")[0] == "_pytest" for holder in holders)


def forget() -> None:
    """Make the warnings machinery show again what it shows only once in a place."""
    mutated = getattr(warnings, "_filters_mutated_lock_held", None) or warnings._filters_mutated  # type: ignore[attr-defined]
    lock = getattr(warnings, "_lock", None)
    if lock is None:
        mutated()
    else:
        with lock:
            mutated()


def _heard(message: Any, barred: str) -> Heard:
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__") == "warnings":
        frame = frame.f_back
    where = site_of(frame)
    text = f"{message.category.__name__}: {message.message}"
    return Heard(text, by_itself=is_project(where.file), where=where, barred=barred)


CHANNEL = Channel("warn", listen, "`warnings.warn`, by the same rule as `log`; never a deprecation or resource warning")
