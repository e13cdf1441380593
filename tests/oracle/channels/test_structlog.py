"""Channel ``log``, structlog: what its processors let through, once, wherever it goes from there."""

from __future__ import annotations

import asyncio
import io
import logging

import pytest
import structlog
from structlog.testing import capture_logs

from tests.oracle.channels.telling import NOISY, SILENT, told, verdicts, watched
from tests.oracle.installed import installed

PRINTING = (structlog.PrintLoggerFactory, structlog.WriteLoggerFactory)


@pytest.fixture
def log(request):
    """A logger that prints, at the level that a test wants."""
    return bound()


def bound(level=logging.INFO, factory=structlog.PrintLoggerFactory, processors=()):
    return structlog.wrap_logger(
        factory(io.StringIO())(),
        processors=[*processors, structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )


SAYS = {
    "warning": lambda log, reason: log.warning("no_answer"),
    "error": lambda log, reason: log.error("no_answer", reason=reason),
    "bound": lambda log, reason: log.bind(reason=reason).critical("no_answer"),
    "log": lambda log, reason: log.log(logging.ERROR, "no_answer"),
    "exception": lambda log, reason: log.exception("no_answer"),  # noqa: LOG004  # it needs none
    "asynchronous": lambda log, reason: asyncio.run(log.awarning("no_answer")),
}


@pytest.mark.parametrize("factory", PRINTING)
@pytest.mark.parametrize("say", SAYS.values(), ids=SAYS)
def test_at_warning_or_above(say, factory):
    """The project's own event counts whatever it says."""
    log = bound(factory=factory)
    assert verdicts(lambda reason: say(log, reason)) == NOISY


def test_below_warning(log):
    """An event below WARNING, or below the level of the logger, tells nobody."""
    assert verdicts(lambda _: log.info("refused")) == SILENT
    assert verdicts(lambda _: bound(logging.CRITICAL).error("refused")) == SILENT


def test_an_event_that_a_processor_drops():
    """What a processor drops is not said."""

    def drop(logger, name, event):
        raise structlog.DropEvent

    assert verdicts(lambda _: bound(processors=[drop]).error("refused")) == SILENT


def test_the_place_and_the_text(log):
    """A signal shows level, event and values, at the line that logged it, also where that awaits."""

    async def tell(reason):
        await log.aerror("stopped", reason=reason)

    for outcome in (
        watched(lambda reason: log.error("stopped", reason=reason)),
        watched(lambda r: asyncio.run(tell(r))),
    ):
        (signal,) = outcome.signals
        assert (signal.text, signal.names_stop) == ("ERROR stopped reason=refusal", True)
        assert signal.where.file == __file__


def test_events_that_the_test_captures():
    """A test that looks at the events itself does not make the code mute."""

    def tell(_):
        structlog.get_logger().error("refused")

    with capture_logs() as events:
        assert told(tell) == ["log: ERROR refused"]
    assert [event["event"] for event in events] == ["refused"]


def standard(name):
    return structlog.wrap_logger(
        logging.getLogger(name),
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.render_to_log_kwargs],
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def test_through_logging():
    """An event on its way through logging is said once, by the line that logged it, and by logging's levels."""
    log = standard("app.structlog")
    outcome = watched(lambda _: log.error("refused"))
    assert [signal.text for signal in outcome.signals] == ["ERROR refused [app.structlog]"]
    assert outcome.signals[0].where.file == __file__
    logging.getLogger("app.structlog.muted").setLevel(logging.CRITICAL)
    assert verdicts(lambda _: standard("app.structlog.muted").error("refused")) == SILENT


def test_through_logging_from_a_coroutine():
    """An awaited event that logging shows from a thread is the project's all the same."""
    log = standard("app.structlog")
    outcome = watched(lambda _: asyncio.run(log.aerror("no_answer")))
    assert [signal.where.file for signal in outcome.signals] == [__file__]


def test_a_library_that_logs(log):
    """An event of an installed package counts only where it names the stop; a field's name does not."""
    source = "def say(log, event, **more):\n    log.error(event, **more)\n"
    library = installed("made_up", source)
    assert verdicts(lambda _: library.say(log, "slow", stop_reason="x")) == SILENT
    assert told(lambda reason: library.say(log, "slow", why=reason)) == ["log: ERROR slow why=refusal"]
