"""The quickstart, run as a newcomer runs it: which verdict each of its handlers gets on which branch."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
QUICKSTART = ROOT / "examples/quickstart"

BRANCHES = (
    "end_turn",
    "refusal-before-output",
    "refusal-mid-text",
    "refusal-no-details",
    "refusal-unknown-category",
    "refusal-mid-thinking",
    "refusal-mid-tool-input",
    "refusal-after-tool-use",
    "unknown-before-output",
    "unknown-with-output",
    "unknown-with-tool-use",
)
_LOUD = "quiet loud loud loud loud n/a n/a n/a loud loud n/a"
EXPECTED = {
    "silent_summarizer": "quiet silent silent silent silent silent n/a n/a silent silent n/a",
    "loud_summarizer": "quiet loud loud loud loud loud n/a n/a loud loud n/a",
    "leaking_chat": "quiet silent leaked leaked leaked n/a n/a n/a silent silent n/a",
    "loud_chat": _LOUD,
    "crashing_triage": "quiet crashed crashed crashed crashed n/a n/a n/a crashed silent n/a",
    "loud_triage": _LOUD,
    "leaking_tools": "quiet silent leaked leaked leaked n/a leaked leaked silent silent leaked",
    "loud_tools": "quiet loud loud loud loud n/a loud loud loud loud loud",
    "silent_service": "quiet silent silent silent silent n/a n/a n/a silent silent n/a",
    "loud_service": _LOUD,
}
"""Each handler's verdicts, in the order of `BRANCHES`. Streaming or not, old SDK or new, they are the same."""

Verdicts = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    """The verdicts of the quickstart by handler and branch, from its JSON report."""
    pytest.importorskip("anthropic")
    path = tmp_path_factory.mktemp("quickstart") / "refusals.json"
    done = subprocess.run(  # noqa: S603  # the program is this Python
        [sys.executable, "-m", "pytest", f"--refusals-json={path}"],
        cwd=QUICKSTART,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout
    found: Verdicts = {}
    for result in json.loads(path.read_text(encoding="utf-8"))["results"]:
        handler = result["test"].partition("::test_")[2]
        found.setdefault(handler, {})[result["branch"]] = result["verdict"]
    return found


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_", "ANTHROPIC_"))}
    options = ["-p", "no:cacheprovider"]
    if not entry_points(group="pytest11", name="refusals"):
        options += ["-p", "pytest_refusals.plugin"]
    return {**kept, "PYTEST_ADDOPTS": shlex.join(options), "PYTHONPATH": str(ROOT)}


def test_every_handler_is_expected(verdicts: Verdicts) -> None:
    """The quickstart has the handlers that are listed here, and no others."""
    assert verdicts.keys() == EXPECTED.keys()


@pytest.mark.parametrize("handler", EXPECTED)
def test_verdicts(verdicts: Verdicts, handler: str) -> None:
    """The handler gets its verdict on every branch that is tried by default."""
    assert verdicts[handler] == dict(zip(BRANCHES, EXPECTED[handler].split(), strict=True))
