"""What ``--refusals-record`` adds to pytest. Registered only where it is given."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pytest_refusals.errors import RefusalsError
from pytest_refusals.recorder import Recorder, check_ci, record

PROPERTY = "refusals_recorded"
"""The user property of an item that names the files which it recorded."""
FIXTURE = "refusal_recorder"


class RecordingPlugin:
    """Records what every test asks a model for in its call phase, into `folder`."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        self._folder = folder
        self._files: set[str] = set()
        try:
            check_ci(forced=config.getoption("refusals_record_in_ci"))
        except RefusalsError as error:
            raise pytest.UsageError(str(error)) from None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        if FIXTURE in getattr(item, "fixturenames", ()):
            return (yield)  # the fixture records
        with recording(item, self._folder):
            return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            self._files.update(str(value) for name, value in report.user_properties if name == PROPERTY)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
        if not hasattr(config, "workerinput"):
            count = len(self._files)
            terminalreporter.line(f"refusals: {count} recording{'' if count == 1 else 's'} written to {self._folder}")


@contextmanager
def recording(item: pytest.Item, folder: Path | None = None) -> Iterator[Recorder]:
    """Record what is asked for while active, into `folder` or the one that the options name, in the name of `item`."""
    config = item.config
    with record(
        folder or _folder(config),
        name=name_of(item.nodeid),
        scrub=config.getini("refusals_scrub"),
        in_ci=config.getoption("refusals_record_in_ci"),
    ) as recorder:
        try:
            yield recorder
        finally:
            item.user_properties.extend((PROPERTY, str(file)) for file in recorder.files)


def _folder(config: pytest.Config) -> Path:
    given: Path | None = config.getoption("refusals_record")
    default = config.rootpath / (config.getini("refusals_recordings") or ".")
    if given is None and (not config.getini("refusals_recordings") or default.is_file()):
        raise RefusalsError(
            f"The fixture {FIXTURE!r} needs a folder: give --refusals-record=DIR, or set the ini option "
            "refusals_recordings to one"
        )
    return given or default


def name_of(nodeid: str) -> str:
    """Return what the recordings of the item `nodeid` are called: ``test_app-test_weather``."""
    file, _, test = nodeid.partition("::")
    return f"{Path(file).stem}-{test}".replace("[end_turn]", "").replace("-end_turn]", "]")
