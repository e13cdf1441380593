"""Logging libraries that pass on to each other what is said once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from pytest_refusals.oracle.channels.issuers import issuer

_now = threading.local()


@contextmanager
def through(library: str) -> Iterator[bool]:
    """Say that `library` is passing on a record in this thread; gives whether it was the first to get it.

    A record that another library hands over (loguru's sink to logging, logging's handler to loguru) has been
    heard there, where its issuer is known.
    """
    outer = getattr(_now, "library", None)
    _now.library = outer or library
    try:
        yield outer in (None, library)
    finally:
        _now.library = outer


def caller(frame: FrameType | None) -> FrameType | None:
    """Return who logged, where the first frame outside the libraries is `frame`.

    That is another one where structlog's asynchronous methods log in a thread: it keeps who awaits. None is
    returned where a loop was handed the method's coroutine as it is.
    """
    variables = sys.modules.get("structlog.contextvars")
    stack = getattr(variables, "_ASYNC_CALLING_STACK", None)
    awaiting = stack.get(None) if stack is not None else None
    return issuer(awaiting, ("structlog",)) if isinstance(awaiting, FrameType) else frame
