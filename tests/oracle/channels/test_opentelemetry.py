"""Channel ``metric``, OpenTelemetry: at the API, with an SDK and without, and only what the project itself says."""

from __future__ import annotations

import contextlib
import inspect
import threading

import anthropic
import pytest
from opentelemetry import _logs, metrics, trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pytest_refusals import serve
from tests.oracle.asking import create
from tests.oracle.channels.telling import CONTROL, COUNTS, NOISY, SILENT, told, verdicts, watched
from tests.oracle.installed import installed

METERS = {"api": metrics.get_meter("app"), "sdk": MeterProvider().get_meter("app")}
TRACERS = {
    "api": trace.get_tracer("app"),
    "no-op": trace.NoOpTracerProvider().get_tracer("app"),
    "sdk": TracerProvider().get_tracer("app"),
}
LOGGERS = {"api": _logs.get_logger("app"), "sdk": LoggerProvider().get_logger("app")}

STARTS_SPANS = "start_span" in inspect.unwrap(trace.NoOpTracer.start_as_current_span).__code__.co_names

meters = pytest.mark.parametrize("meter", METERS.values(), ids=METERS)
tracers = pytest.mark.parametrize("tracer", TRACERS.values(), ids=TRACERS)
loggers = pytest.mark.parametrize("logger", LOGGERS.values(), ids=LOGGERS)

INSTRUMENTS = {
    "create_counter": "add",
    "create_up_down_counter": "add",
    "create_histogram": "record",
    "create_gauge": "set",
}


@meters
@pytest.mark.parametrize("make", INSTRUMENTS)
def test_an_attribute_of_a_measurement(meter, make):
    """Every instrument counts by the value of an attribute, also where the stop is one nobody has heard of."""
    instrument, method = getattr(meter, make)(f"llm.stop_reasons.{make}"), INSTRUMENTS[make]
    assert verdicts(lambda reason: getattr(instrument, method)(1, {"reason": reason})) == COUNTS


@meters
@pytest.mark.parametrize("make", INSTRUMENTS)
def test_the_name_of_an_instrument(meter, make):
    """An instrument whose name names the stop counts without attributes, and is noise on the control."""
    instrument, method = getattr(meter, make)(f"llm.refusals.{make}"), INSTRUMENTS[make]
    assert verdicts(lambda _: getattr(instrument, method)(1)) == NOISY


@meters
def test_a_measurement_that_does_not_name_it(meter):
    """The right library is not enough: what is measured has to be the stop."""
    counter = meter.create_counter("llm.calls")
    assert verdicts(lambda _: counter.add(1, {"model": "claude-test", "stop_reason": "other"})) == SILENT


@meters
def test_a_counter_that_is_not_moved(meter):
    """Nothing added and a state that does not hold say nothing."""
    counter, gauge = meter.create_counter("llm.refusals.none"), meter.create_gauge("llm.refused.none")
    assert told(lambda _: (counter.add(0), gauge.set(0, {"reason": "refusal"}))) == []


def test_an_instrument_that_is_made():
    """Making an instrument is no measurement."""
    assert told(lambda _: METERS["sdk"].create_counter("llm.refusals.made")) == []


SPANS = {
    "attribute": lambda span, reason: span.set_attribute("gen_ai.response.finish_reasons", [reason]),
    "attributes": lambda span, reason: span.set_attributes({"llm.stop": reason}),
    "event": lambda span, reason: span.add_event("done", {"stop": reason}),
    "status": lambda span, reason: span.set_status(trace.StatusCode.ERROR, f"stopped: {reason}"),
    "status object": lambda span, reason: span.set_status(trace.Status(trace.StatusCode.ERROR, f"stopped: {reason}")),
    "exception": lambda span, reason: span.record_exception(ValueError(f"stopped: {reason}")),
    "name": lambda span, reason: span.update_name(f"ask {reason}"),
    "guarded": lambda span, reason: span.is_recording() and span.set_attribute("stop", reason),
}


@tracers
@pytest.mark.parametrize("say", SPANS.values(), ids=SPANS)
def test_what_is_said_of_a_span(tracer, say):
    """Attributes, events, status, exceptions and names count by what they say."""

    def tell(reason):
        with tracer.start_as_current_span("ask") as span:
            say(span, reason)

    assert verdicts(tell) == COUNTS


@tracers
def test_a_span_by_its_name_and_attributes(tracer):
    """A span that is started counts by its name or by the attributes it is started with."""

    def by_name(reason):
        with tracer.start_as_current_span(f"stopped {reason}"):
            pass

    assert told(by_name) == ["metric: span stopped refusal"]
    assert verdicts(by_name) == COUNTS
    assert verdicts(lambda reason: tracer.start_span("ask", attributes={"stop": reason}).end()) == COUNTS
    assert verdicts(lambda _: tracer.start_span("ask").end()) == SILENT


@tracers
def test_an_exception_that_leaves_a_span(tracer):
    """What a span records by itself, since the project's own code runs in it, counts whoever swallows it outside."""

    def tell(reason):
        with contextlib.suppress(ValueError), tracer.start_as_current_span("ask"):
            raise ValueError(f"stopped: {reason}")

    if tracer is not TRACERS["sdk"] and not STARTS_SPANS:
        pytest.skip("without an SDK, this version looks at no exception")
    assert verdicts(tell) == COUNTS


@tracers
def test_flags(tracer):
    """The key of an attribute counts as a flag that is set, not as a field, and not as a flag that is not set."""
    assert verdicts(lambda _: tracer.start_span("ask", attributes={"stop_reason": "x", "refused": False})) == SILENT
    assert verdicts(lambda _: tracer.start_span("ask", attributes={"refused": True})) == NOISY


@loggers
def test_a_log_event(logger):
    """An event counts by its name, its body and its attributes."""
    assert verdicts(lambda reason: logger.emit(_logs.LogRecord(body=f"stopped: {reason}"))) == COUNTS
    assert verdicts(lambda reason: logger.emit(_logs.LogRecord(attributes={"stop": reason}))) == COUNTS
    assert verdicts(lambda _: logger.emit(_logs.LogRecord(body="done"))) == SILENT


def test_one_call_is_one_signal():
    """What one class of the library hands on to another was said once, at the line that said it."""
    metrics_api = METERS["api"].create_counter("llm.once")

    def tell(reason):
        metrics_api.add(1, {"reason": reason})
        with TRACERS["sdk"].start_as_current_span("ask") as span:
            span.record_exception(ValueError(reason))

    outcome = watched(tell)
    assert [signal.text for signal in outcome.signals] == [
        "counter llm.once {reason=refusal}",
        "span exception ValueError: refusal",
    ]
    assert {signal.where.function for signal in outcome.signals} == {"tell"}


def instrumentation(name):
    """Return a function of an installed package called `name` that marks the current span, as wrappers do."""
    source = "def mark(span, key, value):\n    span.set_attribute(key, value)\n"
    module = installed(name, source)
    return module.mark


@pytest.mark.parametrize(
    "name",
    [
        "opentelemetry.instrumentation.anthropic",
        "openinference.instrumentation.anthropic",
        "traceloop.sdk.decorators",
        "logfire._internal.integrations.llm_providers",
    ],
)
def test_what_instruments_by_itself(name):
    """The vendor's tracing and auto-instrumentation tell nobody in the project's name."""
    mark = instrumentation(name)
    span = TRACERS["sdk"].start_span("ask")
    assert verdicts(lambda reason: mark(span, "gen_ai.response.finish_reasons", [reason])) == SILENT


def test_a_hook_of_the_projects_own_in_it():
    """What the project does when an instrumentation calls it back is the project's."""
    source = "def wrap(hook, reason):\n    hook(reason)\n"
    module = installed("opentelemetry.instrumentation.made_up", source)
    span = TRACERS["api"].start_span("ask")
    assert verdicts(lambda reason: module.wrap(lambda r: span.set_attribute("stop", r), reason)) == COUNTS


def test_a_thread_that_is_handed_the_librarys_own_function():
    """A target, and a callback, speak for whoever handed them over."""
    counter = METERS["api"].create_counter("llm.threads")

    def tell(reason):
        thread = threading.Thread(target=counter.add, args=(1, {"reason": reason}))
        thread.start()
        thread.join()

    assert verdicts(tell) == COUNTS


def test_a_span_does_not_record_for_others():
    """Only the project is told that somebody listens; a library's own question is answered as ever."""
    source = "def ask(span):\n    return span.is_recording()\n"
    module = installed("opentelemetry.instrumentation.asking", source)
    answers = []
    watched(lambda _: answers.append(module.ask(trace.INVALID_SPAN)), CONTROL, always=True)
    other = installed("made_up", source)
    watched(lambda _: answers.append(other.ask(trace.INVALID_SPAN)), CONTROL, always=True)
    assert answers == [False, False]
    assert not trace.INVALID_SPAN.is_recording()


def test_a_span_records_for_nobody_between_two_runs():
    """What stands in for its method stays from one run to the next, and says what the original does."""
    answers = []
    with serve(CONTROL) as refusal_stream:
        refusal_stream.run(lambda: (create(), answers.append(trace.INVALID_SPAN.is_recording())))
        answers.append(trace.INVALID_SPAN.is_recording())
    assert answers == [True, False]


def test_the_vendors_sdk_traces_itself():
    """The spans that the SDK makes of its calls hold the stop reason, and tell nobody in the project's name."""
    if "open_telemetry" not in inspect.signature(anthropic.Anthropic).parameters:
        pytest.skip("this SDK traces nothing")
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    client = anthropic.Anthropic(api_key="test", max_retries=0, open_telemetry={"tracer_provider": provider})
    ask = {"model": "claude-test", "max_tokens": 9, "messages": [{"role": "user", "content": "the report"}]}

    def handler():
        with TRACERS["sdk"].start_as_current_span("ask"), client.messages.stream(**ask) as stream:
            return "".join(stream.text_stream)

    with client, serve("refusal-before-output", check=False) as refusal_stream:
        assert refusal_stream.run(handler).signals == ()
    assert "refusal" in str([dict(span.attributes) for span in exporter.get_finished_spans()])
