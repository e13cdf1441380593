"""Channel ``log``: a record at WARNING or above that is really emitted."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from pytest_refusals.oracle.signals import Heard
from pytest_refusals.sites import is_project, site_of

_FRONTS = ("logging", "structlog", "loguru")
"""Packages that log on behalf of their caller: the issuer is the first frame outside them."""


@contextmanager
def listen(hear: Callable[[Heard], None]) -> Iterator[None]:
    """Hand every record at WARNING or above to `hear` while active.

    `Logger.callHandlers` runs once for a record that has passed levels, `logging.disable` and the
    logger's filters, whatever `propagate` says, so what never reaches it was not emitted.
    """
    original = logging.Logger.callHandlers

    def call_handlers(logger: logging.Logger, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            hear(_heard(record))
        original(logger, record)

    logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        logging.Logger.callHandlers = original  # type: ignore[method-assign]


def _heard(record: logging.LogRecord) -> Heard:
    issuer = _issuer(sys._getframe(2))
    where = site_of(issuer) if issuer is not None else None
    return Heard(
        channel="log",
        text=f"{record.levelname} {_text(record)} [{record.name}]",
        where=where,
        by_project=where is not None and is_project(where.file),
        # asyncio reports what an earlier task died of when that task is collected: any time later.
        own_words_only=record.name == "asyncio",
    )


def _text(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except Exception:  # arguments that do not fit are the project's own, and logging forgives them
        text = str(record.msg)
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    return f"{text} ({type(error).__name__}: {error})" if error is not None else text


def _issuer(frame: FrameType | None) -> FrameType | None:
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name.partition(".")[0] not in _FRONTS:
            return frame
        frame = frame.f_back
    return None
