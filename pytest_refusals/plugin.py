"""The door for pytest: options, the marker, the fixture. Nothing is decided here, and nothing heavy is imported
until a test asks for it."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    from pytest_refusals.conversation.api import RefusalApi
    from pytest_refusals.items import Body
    from pytest_refusals.recorder import Recorder
    from pytest_refusals.report.ledger import Record
    from pytest_refusals.session import RefusalStream

FIXTURE = "refusal_stream"
WATCHED = "_refusals_watched_body"
RECORDING = "_refusals_recording"
MARKER = "refusals"
STREAM = pytest.StashKey["RefusalStream"]()
API = pytest.StashKey["RefusalApi"]()
BODY = pytest.StashKey["Body"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    from pytest_refusals.options import INI

    group = parser.getgroup("refusals", "model refusals")
    group.addoption("--refusals-json", metavar="PATH", type=Path, help="write every verdict to PATH as JSON")
    group.addoption(
        "--refusals-bytes", action="store_true", help="show the bytes that were served where a verdict fails"
    )
    group.addoption(
        "--refusals-record", metavar="DIR", type=Path, help="let requests through to the real API and record into DIR"
    )
    group.addoption("--refusals-record-in-ci", action="store_true", help="record even where CI is set")
    group.addoption(
        "--refusals-explain",
        action="store_true",
        help="tell for every verdict what was counted and why the rest was not",
    )
    group.addoption(
        "--refusals-generate", metavar="N", type=int, help="try N generated answers in each test that has branches"
    )
    for name, (kind, help_text) in INI.items():
        parser.addini(name, help_text, type=kind)  # type: ignore[arg-type]  # pytest lists the literals


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    from pytest_refusals import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{MARKER}(*branches, exclude=(), loud=(), raises=(), expect={{}}, surfaces=None, partial='discard', "
        "answer=None, recording=None, generate=0): "
        "run the test once for each branch of a model's answer, and fail it where the code drops a refusal",
    )
    folder = config.getoption("refusals_record")
    if folder is not None:
        from pytest_refusals.recording_plugin import RecordingPlugin

        config.pluginmanager.register(RecordingPlugin(config, folder), "refusals-recording")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Controller(config.getoption("refusals_json")), "refusals-controller")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marked = metafunc.definition.get_closest_marker(MARKER) is not None
    if FIXTURE in metafunc.fixturenames:
        name = FIXTURE
    elif marked:
        name = WATCHED
        metafunc.fixturenames.append(name)
    else:
        return
    if "refusal_api" in metafunc.fixturenames:
        both = FIXTURE if name == FIXTURE else f"the marker {MARKER!r}"
        raise pytest.Collector.CollectError(
            f"{metafunc.definition.nodeid}: Expected refusal_api or {both} but got both: each answers every request"
        )
    from pytest_refusals.items import settings_of

    settings = settings_of(metafunc.definition)
    if settings.names:
        metafunc.fixturenames.append(RECORDING)
        metafunc.parametrize(RECORDING, settings.recordings, ids=settings.names)
    branches = settings.branches
    if settings.generate:
        from pytest_refusals.generated import GENERATED

        branches = (*branches, GENERATED)
    metafunc.parametrize(name, branches, indirect=True, ids=[branch.name for branch in branches])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker(MARKER) is not None and not _is_ours(item):
            raise pytest.UsageError(
                f"{item.nodeid}: the marker {MARKER!r} needs a test function that can be parametrized; "
                "in a unittest.TestCase, use pytest_refusals.serve"
            )


def _is_ours(item: pytest.Item) -> bool:
    return not {FIXTURE, WATCHED}.isdisjoint(parameters(item))


def parameters(item: pytest.Item) -> Mapping[str, object]:
    """Return what `item` was parametrized with, by name."""
    return item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if WATCHED in parameters(item):
        # pytest keeps only the names that it found itself, so nobody else asks for this one.
        cast("Any", item)._request.getfixturevalue(WATCHED)


@pytest.fixture
def refusal_recorder(request: pytest.FixtureRequest) -> Iterator[Recorder]:
    """Lets requests of this test through to the real API and records the answers; ``refusal_recorder.files``.

    They go into the folder of ``--refusals-record``, else of the ini option ``refusals_recordings``.
    """
    from pytest_refusals.errors import RefusalsError
    from pytest_refusals.recording_plugin import recording

    try:
        with recording(request.node) as recorder:
            yield recorder
    except RefusalsError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def refusal_stream(request: pytest.FixtureRequest) -> Iterator[RefusalStream]:
    """The API that answers with one branch, and the oracle that watches: ``refusal_stream.run(f, ...)``.

    A test that asks for it runs once for each branch.
    """
    from pytest_refusals.items import served

    yield from served(request)


@pytest.fixture(name=WATCHED)
def _watched_body(request: pytest.FixtureRequest) -> Iterator[Body]:
    """Stands in for the test's own function, so that what it returns can be looked at."""
    from pytest_refusals.items import Body, served

    body = request.node.stash[BODY] = Body(request.node.obj)
    if request.param.name != "generated":
        request.node.obj = body.function
    for _ in served(request):
        yield body


@pytest.fixture
def refusal_api(request: pytest.FixtureRequest) -> Iterator[RefusalApi]:
    """The API as the test scripts it: ``refusal_api.refuse(at="mid-text").then_answer("…")``. Nothing is judged.

    The test fails where a scripted answer is left over, or a request comes that nothing is scripted for.
    """
    from pytest_refusals.conversation.api import RefusalApi
    from pytest_refusals.endpoint.serving import serving

    api = request.node.stash[API] = RefusalApi()
    with serving(api.endpoint):
        yield api


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    stream, api = pyfuncitem.stash.get(STREAM, None), pyfuncitem.stash.get(API, None)
    if api is not None:
        from pytest_refusals.items import scripted

        return (yield from scripted(pyfuncitem, api))
    if WATCHED not in parameters(pyfuncitem):
        result = yield
        __tracebackhide__ = True
        if stream is not None:
            stream.conclude()
        return result
    from pytest_refusals.errors import VerdictFailed

    try:
        if stream is None:  # each generated example is watched by itself
            return (yield)
        with stream.watch() as watch:
            yield
            watch.returned = pyfuncitem.stash[BODY].returned
    except VerdictFailed as error:
        if error.__cause__ is not None:
            __tracebackhide__ = True
            raise
        message = str(error)
    else:
        return True
    # No line of the test called us, so there is no traceback worth showing.
    return pytest.fail(message, pytrace=False)


class _Controller:
    """Tells of the whole run; there is none on a worker."""

    def __init__(self, json_path: Path | None) -> None:
        self._json_path = json_path
        self._properties: list[list[tuple[str, object]]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # The last report of an item holds the properties of all its phases; a subtest's report is a copy.
        if report.when == "teardown" and type(report) is pytest.TestReport and report.user_properties:
            self._properties.append(report.user_properties)

    def pytest_sessionfinish(self) -> None:
        if self._json_path is not None:
            from pytest_refusals.report import json_file

            json_file.write(self._json_path, self._records())

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
        records = self._records() if self._properties else []
        if records:
            from pytest_refusals.report.matrix import matrix

            terminalreporter.section("refusals")
            width = terminalreporter._tw.fullwidth
            for line, failing in matrix(records, width, every_test=config.get_verbosity() > 0):
                terminalreporter.line(line, red=failing)
            self._explain(terminalreporter)
        if self._json_path is not None:
            terminalreporter.line(f"refusals: every verdict written to {self._json_path}")

    def _explain(self, terminalreporter: pytest.TerminalReporter) -> None:
        if terminalreporter.config.getoption("refusals_explain"):
            from pytest_refusals.report.explanation import explained

            terminalreporter.section("refusals explained")
            for text in explained(self._properties):
                terminalreporter.write_line(text)

    def _records(self) -> list[Record]:
        from pytest_refusals.report.ledger import collected

        return collected(self._properties)
