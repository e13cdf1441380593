"""Who issued it: the first frame outside the library that a call went through."""

from __future__ import annotations

from functools import lru_cache
from types import FrameType

from pytest_refusals.sites import is_project

_CARRIERS = (
    *("asyncio", "concurrent", "contextlib", "contextvars", "functools", "multiprocessing", "sched", "threading"),
    *("anyio", "asgiref", "eventlet", "gevent", "greenlet", "trio", "uvloop"),
)
"""Packages that call what they are handed: a thread's target, a callback, the exit of a `with`. They issue nothing."""
_RUNNERS = ("pytest_refusals", "_pytest", "pluggy", "pytest_asyncio")
"""Packages that run the code under test: what is below their frames is not part of it."""


def within(frame: FrameType, packages: tuple[str, ...]) -> bool:
    """Whether `frame` runs code of one of `packages`, dotted names of packages or modules."""
    return _is_of(frame.f_globals.get("__name__") or "", packages)


@lru_cache(maxsize=1024)
def _is_of(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def issuer(frame: FrameType | None, library: tuple[str, ...], but: tuple[str, ...] = ()) -> FrameType | None:
    """Return the first frame, from `frame` outwards, that is neither `library`'s nor a carrier's.

    Parts of the library that speak for themselves (its integrations) are in `but`, and issue. None is returned
    where the library's function was itself what a thread or a loop was given to call.
    """
    while frame is not None and not within(frame, _RUNNERS):
        if within(frame, but) or not within(frame, (*library, *_CARRIERS)):
            return frame
        frame = frame.f_back
    return None


def is_by_project(frame: FrameType | None) -> bool:
    """Whether the project's own code issued it; what was handed to a thread as it is, was handed by the project."""
    return frame is None or is_project(frame.f_code.co_filename)
