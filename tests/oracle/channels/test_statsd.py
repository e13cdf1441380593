"""Channel ``metric``, statsd and DogStatsD: a call, wherever it would be sent."""

from __future__ import annotations

import contextlib
import socket

import pytest
from datadog.dogstatsd import DogStatsd
from datadog.threadstats import ThreadStats
from statsd import StatsClient, TCPStatsClient

from tests.oracle.channels.telling import COUNTS, NOISY, SILENT, told, verdicts


@pytest.fixture(scope="module")
def port():
    """A port where packets arrive and nobody reads them."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        yield listener.getsockname()[1]


@pytest.fixture
def client(port):
    with contextlib.closing(StatsClient("127.0.0.1", port, prefix="app")) as client:
        yield client


@pytest.fixture
def dog(port):
    client = DogStatsd("127.0.0.1", port, disable_buffering=True, disable_telemetry=True)
    yield client
    client.stop()


CALLS = {
    "incr": lambda client, reason: client.incr(f"llm.stop.{reason}"),
    "sampled": lambda client, reason: client.incr(f"llm.stop.{reason}", rate=0.0),
    "decr": lambda client, reason: client.decr(f"llm.stop_{reason}"),
    "gauge": lambda client, reason: client.gauge(f"llm.stop.{reason}", 1),
    "timing": lambda client, reason: client.timing(f"llm.stop.{reason}", 0),
    "timer": lambda client, reason: client.timer(f"llm.stop.{reason}").start().stop(),
    "set": lambda client, reason: client.set("llm.stops", reason),
    "pipeline": lambda client, reason: client.pipeline().incr(f"llm.stop.{reason}"),
}


@pytest.mark.parametrize("say", CALLS.values(), ids=CALLS)
def test_statsd(client, say):
    """Every call counts by the name it is given, also where sampling throws it away."""
    assert verdicts(lambda reason: say(client, reason)) == COUNTS


def test_statsd_by_name(client):
    """A name that names the stop counts, is noise on the control, and says nothing where nothing is added."""
    assert verdicts(lambda _: client.incr("llm.refusals")) == NOISY
    assert verdicts(lambda reason: client.gauge("llm.refused", int(reason != "end_turn"))) == COUNTS
    assert told(lambda _: client.incr("llm.refusals", 0)) == []
    assert verdicts(lambda _: client.incr("llm.stop_reason.other")) == SILENT
    assert told(lambda _: client.incr("llm.refusals")) == ["metric: statsd llm.refusals"]


def test_statsd_without_a_server():
    """A connection that nobody takes, as in most tests, does not unsay it."""

    def tell(reason):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            with (
                contextlib.closing(TCPStatsClient("127.0.0.1", closed.getsockname()[1])) as client,
                contextlib.suppress(OSError),
            ):
                client.incr(f"llm.stop.{reason}")

    assert verdicts(tell) == COUNTS


DOG_CALLS = {
    "increment": lambda dog, reason: dog.increment("llm.stops", tags=[f"reason:{reason}"]),
    "positional tags": lambda dog, reason: dog.count("llm.stops", 1, ["model:claude", reason]),
    "two of a key": lambda dog, reason: dog.increment("llm.stops", tags=[f"reason:{reason}", "reason:other"]),
    "decrement": lambda dog, reason: dog.decrement("llm.stops", tags=[f"reason:{reason}"]),
    "gauge": lambda dog, reason: dog.gauge(f"llm.stop.{reason}", 1),
    "histogram": lambda dog, reason: dog.histogram(f"llm.stop.{reason}", 0),
    "distribution": lambda dog, reason: dog.distribution(f"llm.stop.{reason}", 0),
    "timing": lambda dog, reason: dog.timing(f"llm.stop.{reason}", 0),
    "set": lambda dog, reason: dog.set("llm.stops", reason),
    "event": lambda dog, reason: dog.event("no answer", f"stopped: {reason}"),
    "check": lambda dog, reason: dog.service_check("llm", 1, message=f"stopped: {reason}"),
}


@pytest.mark.parametrize("say", DOG_CALLS.values(), ids=DOG_CALLS)
def test_dogstatsd(dog, say):
    """Every call counts by its name, its tags and its text."""
    assert verdicts(lambda reason: say(dog, reason)) == COUNTS


def test_dogstatsd_by_name(dog):
    """A name that names the stop counts; a tag does as a flag that is set, and not as a field."""
    assert verdicts(lambda _: dog.increment("llm.refusals")) == NOISY
    assert verdicts(lambda reason: dog.increment("llm.calls", tags=[f"refused:{reason != 'end_turn'}"])) == COUNTS
    assert verdicts(lambda _: dog.increment("llm.calls", tags=["stop_reason:other", "refused:false"])) == SILENT
    assert told(lambda _: dog.gauge("llm.refusals", 0)) == []


def test_the_text_of_dogstatsd(dog):
    """A signal shows the name and every tag, those of one key too, and the text of an event where it has one."""
    two = told(lambda reason: dog.increment("llm.stops", tags=["model:a", f"model:{reason}", "plain"]))
    assert two == ["metric: dogstatsd llm.stops {model=a, model:refusal=refusal, plain=plain}"]
    assert told(lambda _: dog.event("refused", "")) == ["metric: dogstatsd event refused"]
    assert told(lambda _: dog.event("end", "refused")) == ["metric: dogstatsd event end refused"]


def test_dogstatsd_without_an_agent():
    """What the client logs of an agent that is not there says nothing of the answer, though it speaks of refusing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    dog = DogStatsd("127.0.0.1", port, disable_buffering=True, disable_telemetry=True)
    assert verdicts(lambda _: [dog.increment("llm.calls") for _ in range(3)]) == SILENT
    dog.stop()


def test_threadstats():
    """The client of the same package that sends from a thread counts too."""
    stats = ThreadStats()
    stats.start(disabled=True)
    assert verdicts(lambda reason: stats.increment("llm.stops", tags=[f"reason:{reason}"])) == COUNTS
