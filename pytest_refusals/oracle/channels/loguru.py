"""Channel ``log``, loguru: a message at WARNING or above that one of its sinks takes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from pytest_refusals.oracle.channels import speaking
from pytest_refusals.oracle.channels.channel import Channel, Hear
from pytest_refusals.oracle.channels.replaced import replaced
from pytest_refusals.oracle.channels.words import texts_in
from pytest_refusals.oracle.signals import Heard
from pytest_refusals.sites import Site, is_project
from pytest_refusals.text import error_text


@contextmanager
def listen(hear: Hear) -> Iterator[None]:
    """Hand every message at WARNING or above that a sink takes to `hear` while active.

    Where no sink is there (an application adds them when it starts, which a test does not do), one that shows
    nothing stands in, so that messages are made at all.
    """
    from loguru import _handler, logger

    last = threading.local()

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def emit(handler: Any, record: Any, *args: Any, **kwargs: Any) -> None:
            with speaking.through("loguru") as first:
                # Each sink is handed the same record.
                if first and getattr(last, "record", None) is not record and _report(hear, handler, record):
                    last.record = record
                original(handler, record, *args, **kwargs)

        return emit

    stand_in = None if _has_sinks(logger) else logger.add(_nowhere, level=logging.WARNING, format="{message}")
    try:
        with replaced(_handler.Handler, "emit", make):
            yield
    finally:
        if stand_in is not None:
            with suppress(ValueError):  # the code under test has removed every sink
                logger.remove(stand_in)


def _has_sinks(logger: Any) -> bool:
    return bool(logger._core.handlers)


def _nowhere(_: object) -> None:
    """Be a sink that shows nothing."""


def _report(hear: Hear, handler: Any, record: Any) -> bool:
    """Tell of `record` if `handler` takes it; return whether it does."""
    try:
        level = record["level"].no
        if level < logging.WARNING or level < handler._levelno:
            return False
        if handler._filter is not None and not handler._filter(record):
            return False
        hear(_heard(record))
    except Exception as error:  # a message is shown all the same, whatever we make of it
        hear.broke(error)
    return True


def _heard(record: Any) -> Heard:
    where = Site(record["file"].path, record["line"], record["function"])
    error = record["exception"].value if record["exception"] else None
    message = f"{record['message']} ({error_text(error)})" if error is not None else record["message"]
    return Heard(
        f"{record['level'].name} {message} [{record['name']}]",
        by_itself=is_project(where.file),
        said=(message, *texts_in(record["extra"])),
        where=where,
    )


CHANNEL = Channel(
    "log",
    listen,
    "`loguru`: a message at WARNING or above that a sink takes (levels, filters and `disable` respected), by the same "
    "rule",
    modules=("loguru",),
)
