"""The quickstart, run as a newcomer runs it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
QUICKSTART = ROOT / "examples/quickstart"

pytest.importorskip("anthropic")

EXPECTED = {
    "silent_summarizer": {"refusal-before-output": "silent"},
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The verdicts of the quickstart, from its JSON report."""
    path = tmp_path_factory.mktemp("quickstart") / "refusals.json"
    options = ["-p", "no:cacheprovider"]
    if not entry_points(group="pytest11", name="refusals"):
        options += ["-p", "pytest_refusals.plugin"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_", "ANTHROPIC_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", f"--refusals-json={path}"],
        cwd=QUICKSTART,
        env={**kept, "PYTEST_ADDOPTS": shlex.join(options), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    return list(json.loads(path.read_text(encoding="utf-8"))["results"])


def test_verdicts() -> None:
    pass
