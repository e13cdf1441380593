"""Listening: to every channel, to libraries that come late, and never in the way."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from pytest_refusals import BrokenChannel, Channel, Heard, InvalidPolicy, VerdictFailed, serve, tap
from pytest_refusals.oracle.channels import ALL
from pytest_refusals.oracle.policy import CHANNELS
from tests.oracle.asking import create
from tests.oracle.channels.telling import CONTROL, REFUSED, told, watched

ROOT = Path(__file__).parents[3]


class Pager:
    """What a team might have: it pages somebody."""

    def __init__(self) -> None:
        self.pages = []

    def page(self, summary, *, urgent=False):
        """Page somebody."""
        self.pages.append(summary)
        return len(self.pages)


def pager_channel(**more):
    def listen(hear):
        return tap(hear, Pager, "page", lambda call: Heard(f"page: {call['summary']}", **more))

    return Channel("pager", listen, "a page to whoever is on call")


pager = Pager()


def test_a_channel_of_ones_own():
    """What comes through it counts, is shown with its place, and can be asked for by name."""
    outcome = watched(lambda _: pager.page("no answer"), channels=[pager_channel(by_itself=True)])
    (signal,) = outcome.signals
    assert (outcome.verdict, signal.channel, signal.text, signal.where.file) == (
        "loud",
        "pager",
        "page: no answer",
        __file__,
    )
    only = {"channels": [pager_channel(by_itself=True)], "loud": ["pager", "raise"]}
    assert watched(lambda _: pager.page("no answer"), **only).verdict == "loud"
    assert watched(lambda _: logging.getLogger("app").error("refused"), **only).verdict == "silent"


def test_a_channel_of_ones_own_that_has_to_name_the_stop():
    """Unless it counts by itself, what comes through it has to name the stop."""
    channels = [pager_channel()]
    assert watched(lambda _: pager.page("no answer"), channels=channels).verdict == "silent"
    assert watched(lambda reason: pager.page(f"stopped: {reason}"), channels=channels).verdict == "loud"
    assert watched(lambda _: pager.page("refused"), CONTROL, always=True, channels=channels).verdict == "noisy"


def test_a_channel_that_is_not_known_is_not_heard():
    """Nobody listens where nobody asked to."""
    assert told(lambda _: pager.page("refused")) == []
    with (
        pytest.raises(InvalidPolicy, match=r"no channel 'pagr'.*reroute, pager, message"),
        serve(loud="pagr", channels=[pager_channel()]),
    ):
        pass


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: [Channel("Pager!")], "lower-case letters but got name='Pager!'"),
        (lambda: [Channel("pager", 3)], "listen to be callable but got listen=3"),
        (lambda: [Channel("log")], "'log' is defined twice"),
        (lambda: [Channel("pager"), Channel("pager")], "'pager' is defined twice"),
        (lambda: ["pager"], r"Expected a Channel but got 'pager' \(type=str\)"),
    ],
)
def test_a_channel_that_cannot_be(make, message):
    """Bad input gets one clear error."""
    with pytest.raises(InvalidPolicy, match=message), serve(channels=make()):
        pass


def breaks_on_entering(hear):
    raise OSError("no pager")


@contextlib.contextmanager
def breaks_on_leaving(hear):
    yield
    raise OSError("no pager")


@contextlib.contextmanager
def hears_nonsense(hear):
    hear("page")
    yield


def breaks_on_hearing(hear):
    return tap(hear, Pager, "page", lambda call: Heard(call["nothing"]))


def has_nothing_to_tap(hear):
    return tap(hear, Pager, "pag", lambda call: Heard("page"))


BREAKING = {
    breaks_on_entering: "The channel 'pager' broke while beginning to listen: OSError: no pager",
    breaks_on_leaving: "The channel 'pager' broke while ending to listen: OSError: no pager",
    hears_nonsense: "The channel 'pager' broke while hearing: TypeError: Expected a Heard but got 'page' (type=str)",
    breaks_on_hearing: "The channel 'pager' broke while hearing: KeyError: 'nothing'",
    has_nothing_to_tap: "The channel 'pager' broke while beginning to listen: AttributeError: 'Pager' itself has no "
    "function 'pag' to listen to",
}


@pytest.mark.parametrize(("listen", "note"), BREAKING.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_channel_that_breaks_hides_no_verdict(listen, note):
    """The other channels are heard, the code under test is undisturbed, and the broken channel is named."""

    def tell(_):
        assert Pager().page("refused") == 1
        logging.getLogger("app").error("refused")

    with pytest.warns(BrokenChannel) as warned:
        outcome = watched(tell, channels=[Channel("pager", listen)])
    assert outcome.verdict == "loud"
    assert outcome.broken == (note,)
    assert [str(each.message) for each in warned] == [f"{note}. What came through it was not heard."]


def test_a_channel_that_breaks_is_named_in_a_failure():
    """A failing verdict names the channel that might have heard more."""
    channels = [Channel("pager", breaks_on_entering)]
    with serve(REFUSED, channels=channels) as refusal_stream, pytest.raises(VerdictFailed) as caught:
        refusal_stream.run(create)
    assert caught.value.outcome.verdict == "deferred"
    assert "  broken     The channel 'pager' broke while beginning to listen: OSError: no pager\n" in str(caught.value)


def test_one_of_ours_that_breaks(monkeypatch):
    """A library of another shape than we know breaks its own channel only."""
    monkeypatch.setitem(sys.modules, "statsd", SimpleNamespace(StatsClient=SimpleNamespace(__mro__=[3])))
    with pytest.warns(BrokenChannel, match="The channel 'metric' broke while beginning to listen: TypeError"):
        outcome = watched(lambda _: logging.getLogger("app").error("refused"))
    assert outcome.verdict == "loud"


LATE = {
    "prometheus_client": "from prometheus_client import CollectorRegistry, Counter\n"
    "Counter('refusals', 'x', registry=CollectorRegistry()).inc()",
    "statsd": "from statsd import StatsClient\nclient = StatsClient()\nclient.incr('refusals')\nclient.close()",
    "datadog": "from datadog.dogstatsd import DogStatsd\n"
    "dog = DogStatsd(disable_buffering=True, disable_telemetry=True)\ndog.increment('refusals')\ndog.stop()",
    "loguru": "from loguru import logger\nlogger.remove()\nlogger.add(lambda _: 0)\nlogger.error('refused')",
    "structlog": "import structlog\nstructlog.get_logger().error('refused')",
    "opentelemetry.trace": "from opentelemetry import trace\ntrace.get_current_span().add_event('refusal')",
    "opentelemetry.metrics": "from opentelemetry import metrics\n"
    "metrics.get_meter('app').create_counter('refusals').add(1)",
    "opentelemetry.sdk.metrics": "from opentelemetry.sdk.metrics import MeterProvider\n"
    "MeterProvider().get_meter('app').create_counter('refusals').add(1)",
    "sentry_sdk": "import sentry_sdk\nsentry_sdk.capture_message('refused')",
}
"""Modules, and what a handler does that imports them only when it needs them."""

SCRIPT = """
import json, sys
import httpx
from pytest_refusals import serve
URL = "https://api.anthropic.com/v1/messages"
ASK = {"model": "claude-test", "max_tokens": 9, "messages": [{"role": "user", "content": "the report"}]}
late = json.loads(sys.stdin.read())
for module, source in late.items():
    with serve("refusal-before-output", check=False) as refusal_stream:
        assert module not in sys.modules, module
        code = compile(source, "app.py", "exec")
        outcome = refusal_stream.run(lambda: (httpx.post(URL, json=ASK).read(), exec(code, {"__name__": "app"}))[1])
        left = sys.modules[module].__spec__.loader is sys.modules[module].__loader__
        ours = type(sys.modules[module].__loader__).__module__.startswith("pytest_refusals")
        print(json.dumps([module, len(outcome.signals), outcome.broken, left and not ours]))
assert not any(type(finder).__module__.startswith("pytest_refusals") for finder in sys.meta_path)
"""


def python(script, folder, given=""):
    """Run `script` in a Python of its own that has `folder` before everything else; return what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(  # noqa: S603  # the program is this Python
        [sys.executable, "-c", script],
        input=given,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_library_that_is_imported_in_the_middle_of_a_run():
    """What a handler imports only when it needs it is listened to from then on, and not imported by us before."""
    lines = [json.loads(line) for line in python(SCRIPT, ROOT, json.dumps(LATE)) if line.startswith('["')]
    assert lines == [[module, 1, [], True] for module in LATE]


def test_everything_is_put_back():
    """After a run every method is the one it was."""
    from prometheus_client import Counter

    before = Counter.inc, logging.Logger.callHandlers
    watched(print)
    assert (Counter.inc, logging.Logger.callHandlers) == before


def test_a_call_in_a_finally_and_one_after_the_run():
    """What is said on the way out counts; what is said once the run is over does not."""
    over = threading.Event()
    late = threading.Thread(target=lambda: (over.wait(), logging.getLogger("app").error("refused late")))

    def tell(_):
        late.start()
        with contextlib.suppress(KeyError):
            try:
                {}["nothing"]
            finally:
                pager.page("refused")

    with serve(REFUSED, check=False, channels=[pager_channel()]) as refusal_stream:
        outcome = refusal_stream.run(lambda: tell(create()))
        over.set()
        late.join()
    assert [signal.text for signal in outcome.signals] == ["page: refused"]


def test_the_channels():
    """The names are a contract, in this order, and each says what counts."""
    assert CHANNELS == ("raise", "log", "warn", "metric", "surface", "reroute")
    assert all(channel.about for channel in ALL)


PAGER = """
from pytest_refusals.oracle.channels.channel import Channel
from pytest_refusals.oracle.channels.taps import tap
from pytest_refusals.oracle.signals import Heard

class Pager:
    def page(self, summary): ...

CHANNEL = Channel("pager", lambda hear: tap(hear, Pager, "page", lambda call: Heard(call["summary"], True)), "a page")
"""
USING_IT = """
import httpx
from pytest_refusals import serve
from pytest_refusals.oracle.channels.pager import Pager
from pytest_refusals.oracle.policy import CHANNELS
URL = "https://api.anthropic.com/v1/messages"
ASK = {"model": "claude-test", "max_tokens": 9, "messages": [{"role": "user", "content": "the report"}]}
with serve("refusal-before-output", loud="pager") as refusal_stream:
    outcome = refusal_stream.run(lambda: (httpx.post(URL, json=ASK).read(), Pager().page("no answer"))[1])
    print(outcome.signals[0], *CHANNELS)
"""


def test_a_new_channel_is_a_file_and_a_row(tmp_path):
    """Whatever lists channels, accepts them or listens to them learns of a new one from its row."""
    package = shutil.copytree(ROOT / "pytest_refusals", tmp_path / "pytest_refusals")
    folder = package / "oracle" / "channels"
    (folder / "pager.py").write_text(PAGER)
    table = folder / "__init__.py"
    table.write_text(table.read_text().replace('    "surface",\n', '    "pager",\n    "surface",\n'))
    (printed,) = python(USING_IT, tmp_path)
    assert printed.startswith("pager: no answer")
    assert printed.endswith("raise log warn metric pager surface reroute")
