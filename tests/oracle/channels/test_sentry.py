"""Channel ``metric``, Sentry: what is captured, with a DSN or without, and what the scope says of it."""

from __future__ import annotations

import logging

import pytest
import sentry_sdk
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.transport import Transport
from sentry_sdk.utils import event_from_exception

from tests.oracle.channels.telling import CONTROL, COUNTS, NOISY, SILENT, told, verdicts, watched
from tests.oracle.installed import installed


class Nowhere(Transport):
    def capture_envelope(self, envelope):
        """Send nothing."""


@pytest.fixture(params=["no SDK set up", "without a DSN", "with a transport"], autouse=True)
def sentry(request):
    """The same code runs before, and after, an application has set Sentry up."""
    with sentry_sdk.isolation_scope(), sentry_sdk.new_scope() as scope:
        if request.param != "no SDK set up":
            transport = Nowhere() if request.param == "with a transport" else None
            dsn = "http://key@sentry.test/1" if transport else None
            options = {"default_integrations": False, "auto_enabling_integrations": False, "traces_sample_rate": 1.0}
            scope.set_client(sentry_sdk.Client(dsn, transport=transport, **options))
        client = scope.get_client()
        yield
        # Its threads use the `random` module, which a test of properties after this one would notice.
        client.close(timeout=0)
        for batcher in getattr(client, "_batchers", ()):
            batcher.kill()


def fail(reason):
    raise ValueError(f"stopped: {reason}")


def raised(reason):
    try:
        fail(reason)
    except ValueError as error:
        return error


def captured_in_an_except(reason):
    try:
        fail(reason)
    except ValueError:
        sentry_sdk.capture_exception()


CAPTURES = {
    "message": lambda reason: sentry_sdk.capture_message(f"stopped: {reason}"),
    "exception": lambda reason: sentry_sdk.capture_exception(raised(reason)),
    "exception in flight": captured_in_an_except,
    "event": lambda reason: sentry_sdk.capture_event({"message": f"stopped: {reason}"}),
    "event of an exception": lambda reason: sentry_sdk.capture_event(event_from_exception(raised(reason))[0]),
    "event with tags": lambda reason: sentry_sdk.capture_event({"message": "no answer", "tags": {"stop": reason}}),
    "scope": lambda reason: sentry_sdk.get_current_scope().capture_message(f"stopped: {reason}"),
    "isolation scope": lambda reason: sentry_sdk.get_isolation_scope().capture_exception(raised(reason)),
    "tags of the call": lambda reason: sentry_sdk.capture_message("no answer", tags={"stop": reason}),
}


@pytest.mark.parametrize("say", CAPTURES.values(), ids=CAPTURES)
def test_a_capture(say):
    """A message, an exception and an event count by what they say."""
    assert verdicts(say) == COUNTS


SETTERS = {
    "set_tag": lambda reason: sentry_sdk.set_tag("stop", reason),
    "set_tags": lambda reason: sentry_sdk.set_tags({"stop": reason, "model": "claude"}),
    "set_extra": lambda reason: sentry_sdk.set_extra("stop", [reason]),
    "set_context": lambda reason: sentry_sdk.set_context("llm", {"answer": {"stop": reason}}),
    "isolation": lambda reason: sentry_sdk.get_isolation_scope().set_tag("stop", reason),
}


@pytest.mark.parametrize("set_it", SETTERS.values(), ids=SETTERS)
def test_what_the_scope_was_told(set_it):
    """Tags, extras and contexts that were set before it go with a capture, and tell nobody without one."""

    def tell(reason):
        set_it(reason)
        sentry_sdk.capture_message("no answer")

    assert verdicts(tell) == COUNTS
    assert verdicts(set_it) == SILENT


def test_a_scope_of_its_own():
    """What is told to a new scope goes with what is captured in it, and not with what is captured later."""

    def inside(reason):
        with sentry_sdk.new_scope() as scope:
            scope.set_tag("stop", reason)
            scope.capture_message("no answer")

    def later(reason):
        with sentry_sdk.new_scope() as scope:
            scope.set_tag("stop", reason)
        sentry_sdk.capture_message("no answer")

    assert verdicts(inside) == COUNTS
    assert verdicts(later) == SILENT


def test_what_an_earlier_run_told_the_scope():
    """A tag that is left over from another test says nothing of this one."""
    sentry_sdk.set_tag("stop", "refusal")
    assert told(lambda _: sentry_sdk.capture_message("usage was high"), CONTROL) == []
    assert watched(lambda _: sentry_sdk.capture_message("usage was high"), always=True).verdict == "silent"


def test_a_capture_that_does_not_name_it():
    """The right library is not enough, and a message that always says it is noise on the control."""
    assert verdicts(lambda _: sentry_sdk.capture_message("usage was high")) == SILENT
    assert verdicts(lambda _: sentry_sdk.capture_message("the model refused")) == NOISY
    assert told(lambda _: sentry_sdk.add_breadcrumb(message="the model refused")) == []


def test_one_capture_is_one_signal():
    """Capturing a message, then an event, within each other, was said once."""
    assert told(lambda _: sentry_sdk.capture_message("the model refused")) == [
        "metric: sentry message the model refused"
    ]


def test_what_the_sdk_does_by_itself():
    """Integrations, and the spans that they trace, tell nobody in the project's name."""
    source = "def trace(sdk, reason):\n    sdk.capture_message(reason)\n"
    source += "    with sdk.start_span(op='gen_ai.chat', name='chat') as span:\n        span.set_data('stop', reason)\n"
    module = installed("sentry_sdk.integrations.anthropic", source)

    def tell(reason):
        with sentry_sdk.start_transaction(name="ask"):
            module.trace(sentry_sdk, reason)

    assert verdicts(tell) == SILENT


def test_a_log_record_that_becomes_an_event():
    """What the logging integration makes of a record was heard where it was logged, and only from WARNING on."""
    handler = LoggingIntegration(event_level=logging.INFO)._handler
    log = logging.getLogger("app.with_sentry")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        assert told(lambda _: log.info("the model refused")) == []
        assert told(lambda _: log.error("the model refused")) == ["log: ERROR the model refused [app.with_sentry]"]
    finally:
        log.removeHandler(handler)


@pytest.mark.skipif(not hasattr(sentry_sdk.Scope, "_capture_metric"), reason="this version has no metrics and logs")
def test_metrics_and_logs():
    """Sentry's own metrics count as any metric does, its logs from WARNING on."""
    from sentry_sdk import logger, metrics

    assert verdicts(lambda reason: metrics.count("llm.stops", 1, attributes={"reason": reason})) == COUNTS
    assert verdicts(lambda _: metrics.gauge("llm.refused", 0)) == SILENT
    assert verdicts(lambda reason: logger.error("stopped: {reason}", attributes={"reason": reason})) == COUNTS
    assert verdicts(lambda reason: logger.warning("stopped: {reason}", attributes={"reason": reason})) == COUNTS
    assert verdicts(lambda reason: logger.info("stopped: {reason}", attributes={"reason": reason})) == SILENT
