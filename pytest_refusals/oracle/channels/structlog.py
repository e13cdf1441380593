"""Channel ``log``, structlog: an event at WARNING or above that its processors let through."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from types import FrameType
from typing import Any

from pytest_refusals.oracle.channels import speaking
from pytest_refusals.oracle.channels.channel import Channel, Hear
from pytest_refusals.oracle.channels.issuers import is_by_project, within
from pytest_refusals.oracle.channels.replaced import replaced
from pytest_refusals.oracle.channels.words import texts_in
from pytest_refusals.oracle.signals import Heard
from pytest_refusals.sites import site_of

_LOUD = frozenset({"warning", "warn", "error", "err", "exception", "failure", "critical", "fatal"})
"""Methods of loggers that mean WARNING or above."""
_CAPTURING = ("structlog.testing", "pytest_structlog")
"""Modules whose processors take every event away, for a test to look at."""


def listen(hear: Hear) -> AbstractContextManager[None]:
    """Hand every event at WARNING or above that its processors let through to `hear` while active.

    An event that is on its way to the standard library's logging is left to that: its levels and filters are
    still to come.
    """
    import structlog
    from structlog._base import BoundLoggerBase

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def process_event(bound: Any, method_name: str, event: Any, event_kw: Any) -> Any:
            try:
                result = original(bound, method_name, event, event_kw)
            except structlog.DropEvent:
                if method_name in _LOUD and _is_captured(bound):
                    report(bound, method_name, event, event_kw)
                raise
            if method_name in _LOUD and not _is_passed_on(bound):
                report(bound, method_name, event, event_kw)
            return result

        return process_event

    def report(bound: Any, level: str, event: object, more: Mapping[str, Any]) -> None:
        try:
            hear(_heard(level, event, {**bound._context, **more}, sys._getframe(2)))
        except Exception as error:  # an event is shown all the same, whatever we make of it
            hear.broke(error)

    return replaced(BoundLoggerBase, "_process_event", make)


def _is_captured(bound: Any) -> bool:
    return any(type(each).__module__.startswith(_CAPTURING) for each in bound._processors)


def _is_passed_on(bound: Any) -> bool:
    return isinstance(bound._logger, (logging.Logger, logging.LoggerAdapter))


def _heard(level: str, event: object, values: Mapping[str, Any], caller: FrameType | None) -> Heard:
    frame = caller
    while frame is not None and within(frame, ("structlog",)):
        frame = frame.f_back
    frame = speaking.caller(frame)
    shown = " ".join([str(event), *(f"{key}={value}" for key, value in values.items())])
    return Heard(
        f"{level.upper()} {shown}",
        by_itself=is_by_project(frame),
        said=tuple(texts_in([event, values])),
        where=site_of(frame) if frame is not None else None,
    )


CHANNEL = Channel(
    "log",
    listen,
    "`structlog`: an event at WARNING or above that its processors let through, by the same rule; one that goes on to "
    "`logging` counts there, once",
    modules=("structlog",),
)
