"""Channel ``log``, loguru: what a sink takes, once, wherever it goes from there."""

from __future__ import annotations

import logging

import pytest
from loguru import logger

from tests.oracle.channels.telling import NOISY, SILENT, told, verdicts, watched
from tests.oracle.installed import installed


@pytest.fixture(autouse=True)
def shown():
    """A sink of the test's own; what it shows."""
    lines = []
    logger.remove()
    logger.add(lambda message: lines.append(str(message)), format="{level} {message}")
    yield lines
    logger.remove()


SAYS = {
    "warning": lambda reason: logger.warning("no answer"),
    "error": lambda reason: logger.error("no answer: {}", reason),
    "log": lambda reason: logger.log("CRITICAL", "no answer"),
    "number": lambda reason: logger.log(35, "no answer"),
    "bound": lambda reason: logger.bind(reason=reason).warning("no answer"),
    "opt": lambda reason: logger.opt(lazy=True, depth=0).warning("no {}", lambda: "answer"),
    "patched": lambda reason: logger.patch(lambda record: None).warning("no answer"),
    "exception": lambda reason: logger.exception("no answer"),
}


@pytest.mark.parametrize("say", SAYS.values(), ids=SAYS)
def test_at_warning_or_above(say):
    """The project's own message counts whatever it says."""
    assert verdicts(say) == NOISY


def test_below_warning():
    """A message below WARNING tells nobody, whatever it says."""
    assert verdicts(lambda _: (logger.info("refused"), logger.success("refused"), logger.log(29, "refused"))) == SILENT


def test_the_place_and_the_text(shown):
    """A signal shows level, text and logger, at the line that logged it; the user's own sink is undisturbed."""
    outcome = watched(lambda reason: logger.error("stopped: {}", reason))
    (signal,) = outcome.signals
    assert (signal.text, signal.names_stop) == (f"ERROR stopped: refusal [{__name__}]", True)
    assert signal.where.file == __file__
    assert shown == ["ERROR stopped: refusal\n"]


def test_sinks_that_do_not_take_it(shown):
    """A level, a filter and a module that is disabled are respected."""
    logger.remove()
    logger.add(shown.append, level="CRITICAL")
    assert told(lambda _: logger.error("refused")) == []
    assert len(told(lambda _: logger.critical("refused"))) == 1
    logger.remove()
    logger.add(shown.append, filter=lambda record: "secret" not in record["extra"])
    assert told(lambda _: logger.bind(secret=True).error("refused")) == []
    assert len(told(lambda _: logger.error("refused"))) == 1
    logger.disable(__name__)
    try:
        assert told(lambda _: logger.error("refused")) == []
    finally:
        logger.enable(__name__)


def test_many_sinks(shown):
    """A message that several sinks take was said once, whichever of them do not take it."""
    logger.remove()
    logger.add(shown.append, level="CRITICAL")
    logger.add(shown.append, filter=lambda record: False)
    logger.add(shown.append, level="ERROR")
    logger.add(shown.append)
    assert len(told(lambda _: logger.error("refused"))) == 1
    assert len(shown) == 2
    assert len(logger._core.handlers) == 4


def test_no_sink():
    """Sinks are added where an application starts, which a test does not do; there is none afterwards either."""
    logger.remove()
    assert len(told(lambda _: logger.error("refused"))) == 1
    assert not logger._core.handlers
    assert told(lambda _: logger.info("refused")) == []
    assert not logger._core.handlers


def test_the_code_under_test_sets_its_sinks_up():
    """A sink that is added, or removed, in the middle of a run is taken as it is."""
    logger.remove()

    def tell(_):
        logger.remove()
        logger.add(lambda _: None, level="WARNING")
        logger.error("refused")

    assert len(told(tell)) == 1


class ToLoguru(logging.Handler):
    """Hands on what the standard library's logging is told, as loguru's documentation has it."""

    def emit(self, record):
        """Hand it on."""
        logger.opt(depth=6, exception=record.exc_info).log(record.levelname, record.getMessage())


class ToLogging(logging.Handler):
    """Hands on what loguru is told."""

    def emit(self, record):
        """Hand it on."""
        logging.getLogger("app.from_loguru").handle(record)


def test_logging_into_loguru():
    """A record that logging hands to loguru was said once, and by whoever logged it."""
    library = installed("made_up", "def say(log):\n    log.error('slow')\n")
    log = logging.getLogger("app.to_loguru")
    log.addHandler(handler := ToLoguru())
    try:
        assert told(lambda _: log.error("refused")) == ["log: ERROR refused [app.to_loguru]"]
        assert verdicts(lambda _: library.say(log)) == SILENT
    finally:
        log.removeHandler(handler)


def test_loguru_into_logging():
    """A message that loguru hands to logging was said once."""
    logger.add(ToLogging(), format="{message}")
    assert told(lambda _: logger.error("refused")) == [f"log: ERROR refused [{__name__}]"]


def test_a_library_that_logs():
    """A message of an installed package counts only where it names the stop; a field's name does not."""
    source = "def say(logger, text, **more):\n    logger.bind(**more).error(text)\n"
    library = installed("made_up", source)
    assert verdicts(lambda _: library.say(logger, "slow", stop_reason="x")) == SILENT
    assert told(lambda reason: library.say(logger, f"stopped: {reason}")) == ["log: ERROR stopped: refusal [made_up]"]
