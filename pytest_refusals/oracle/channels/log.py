"""Channel ``log``: a record of the standard library's logging, at WARNING or above, that is really emitted."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import FrameType
from typing import Any

from pytest_refusals.oracle.channels import speaking
from pytest_refusals.oracle.channels.channel import Channel, Hear
from pytest_refusals.oracle.channels.issuers import is_by_project, within
from pytest_refusals.oracle.channels.replaced import replaced
from pytest_refusals.oracle.signals import Heard
from pytest_refusals.sites import is_project, site_of
from pytest_refusals.text import error_text

_FRONTS = ("logging", "structlog", "loguru")
"""Packages that log on behalf of their caller: the issuer is the first frame outside them."""


def listen(hear: Hear) -> AbstractContextManager[None]:
    """Hand every record to `hear` while active; those below WARNING are barred, and those that nobody is shown.

    `Logger.callHandlers` runs once for a record that has passed levels, `logging.disable` and the
    logger's filters, whatever `propagate` says, so what never reaches it was not emitted.
    """

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def call_handlers(logger: logging.Logger, record: logging.LogRecord) -> None:
            with speaking.through("logging") as first:
                if first:
                    _report(hear, logger, record, sys._getframe())
                original(logger, record)

        return call_handlers

    return replaced(logging.Logger, "callHandlers", make)


def _report(hear: Hear, logger: logging.Logger, record: logging.LogRecord, caller: FrameType) -> None:
    try:
        hear(_heard(record, caller, _bar(logger, record)))
    except Exception as error:  # a record is shown all the same, whatever we make of it
        hear.broke(error)


def _bar(logger: logging.Logger, record: logging.LogRecord) -> str:
    if record.levelno < logging.WARNING:
        return "below WARNING"
    return "every handler it can reach declines it" if _is_muted(logger, record) else ""


def _is_muted(logger: logging.Logger, record: logging.LogRecord) -> bool:
    """Whether every handler declines it that it can reach, and none is left for an application to add.

    A record that reaches the root counts whatever handlers a test run has there: the application's are
    others. One that reaches no handler at all goes to standard error.
    """
    handlers: list[logging.Handler] = []
    current: logging.Logger | None = logger
    while current is not None:
        if isinstance(current, logging.RootLogger):
            return False
        handlers += current.handlers
        current = current.parent if current.propagate else None
    return bool(handlers) and all(
        isinstance(handler, logging.NullHandler) or record.levelno < handler.level for handler in handlers
    )


def _heard(record: logging.LogRecord, caller: FrameType, barred: str) -> Heard:
    frame = _issuer(caller)
    return Heard(
        f"{record.levelname} {_text(record)} [{record.name}]",
        # a helper of a library that logs for its caller says so: `stacklevel` makes that the record's place
        by_itself=is_by_project(frame) or is_project(record.pathname),
        where=site_of(frame) if frame is not None else None,
        # asyncio reports what an earlier task died of when that task is collected: any time later.
        own_words_only=record.name == "asyncio",
        barred=barred,
    )


def _text(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except Exception:  # arguments that do not fit are the project's own, and logging forgives them
        text = str(record.msg)
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    return f"{text} ({error_text(error)})" if error is not None else text


def _issuer(frame: FrameType | None) -> FrameType | None:
    """Return the frame that called into logging, past what others (Sentry) have put around it."""
    inner = frame
    while inner is not None and not within(inner, _FRONTS):
        inner = inner.f_back
    outer = inner or frame
    while outer is not None and within(outer, _FRONTS):
        outer = outer.f_back
    return speaking.caller(outer)


CHANNEL = Channel(
    "log",
    listen,
    "`logging`: a record at WARNING or above that is really emitted (levels, filters and `disable` respected), by the "
    "project's own code, or by a library where it names the stop",
)
