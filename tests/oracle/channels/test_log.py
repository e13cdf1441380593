"""Channel ``log``, the standard library: what would really be emitted."""

from __future__ import annotations

import io
import logging
import logging.handlers
import queue
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.oracle.channels.telling import SILENT, told, verdicts, watched
from tests.oracle.installed import installed

NUMBERS = iter(range(100))


@pytest.fixture
def log():
    """A logger that no other test knows."""
    logger = logging.getLogger(f"app.number{next(NUMBERS)}")
    yield logger
    logger.handlers.clear()


def test_levels_filters_and_disable(log):
    """What is held back before it reaches a handler was not emitted."""
    assert told(lambda _: log.info("refused")) == []
    log.addFilter(lambda record: "secret" not in record.getMessage())
    assert told(lambda _: log.error("secret: refused")) == []
    assert len(told(lambda _: log.error("refused"))) == 1
    logging.disable(logging.ERROR)
    try:
        assert told(lambda _: log.error("refused")) == []
        assert len(told(lambda _: log.critical("refused"))) == 1
    finally:
        logging.disable(logging.NOTSET)


def test_the_error_of_a_record(log):
    """A record of an exception shows its type and its text, which name the stop as the message does."""
    (signal,) = watched(lambda reason: log.error("no answer", exc_info=ValueError(f"stopped: {reason}"))).signals
    assert (signal.text, signal.names_stop) == (f"ERROR no answer (ValueError: stopped: refusal) [{log.name}]", True)


def test_a_logger_that_is_cut_off(log):
    """Without propagation the logger's own handlers decide; where there is none, standard error shows it."""
    log.propagate = False
    assert len(told(lambda _: log.error("refused"))) == 1
    log.addHandler(logging.NullHandler())
    assert told(lambda _: log.error("refused")) == []
    quiet = logging.StreamHandler(io.StringIO())
    quiet.setLevel(logging.CRITICAL)
    log.addHandler(quiet)
    assert told(lambda _: log.error("refused")) == []
    assert len(told(lambda _: log.critical("refused"))) == 1


def test_a_logger_as_a_package_has_it(log):
    """A NullHandler on a logger that propagates hides nothing: the application's handlers are the root's."""
    log.addHandler(logging.NullHandler())
    assert len(told(lambda _: log.error("refused"))) == 1


def test_a_queue(log):
    """A record that waits in a queue was said when it was logged, once, by the line that logged it."""
    waiting = queue.SimpleQueue()
    log.propagate = False
    log.addHandler(logging.handlers.QueueHandler(waiting))
    listener = logging.handlers.QueueListener(waiting, logging.StreamHandler(io.StringIO()))

    def tell(_):
        listener.start()
        log.error("refused")
        listener.stop()

    outcome = watched(tell)
    assert [signal.where.function for signal in outcome.signals] == ["tell"]


def test_an_executor(log):
    """A record from a pool's thread counts; one that the pool itself was handed to make has to name the stop."""

    def tell(text):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: log.error(text)).result()

    assert len(told(lambda _: tell("no answer"))) == 1


def test_somebody_else_is_put_around_it(log):
    """A tool that hooks logging in the middle of a run (Sentry does) hides neither the record nor who logged it."""
    source = "def around(original):\n    return lambda logger, record: original(logger, record)\n"
    package = installed("sentry_sdk.integrations.logging", source)
    before = logging.Logger.callHandlers

    def tell(_):
        logging.Logger.callHandlers = package.around(logging.Logger.callHandlers)
        log.error("no answer")

    try:
        outcome = watched(tell)
        assert [signal.where.function for signal in outcome.signals] == ["tell"]
        assert logging.Logger.callHandlers is not before
        assert len(told(lambda _: log.error("no answer"))) == 1
    finally:
        logging.Logger.callHandlers = before


def test_a_library_that_logs(log):
    """A record of an installed package counts only where it names the stop."""
    source = "def say(log, text):\n    log.error(text)\n"
    library = installed("made_up", source)
    assert verdicts(lambda _: library.say(log, "slow")) == SILENT
    assert len(told(lambda _: library.say(log, "refused"))) == 1


def test_a_record_that_cannot_be_read(log):
    """Arguments that do not fit, which logging forgives, are forgiven."""
    logging.raiseExceptions = False
    try:
        assert told(lambda _: log.error("no answer: %d", "x")) == [f"log: ERROR no answer: %d [{log.name}]"]
    finally:
        logging.raiseExceptions = True
