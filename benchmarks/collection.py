"""Does collecting tests with `refusal_stream` cost more than parametrizing them by hand?"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from startup import PLUGIN, cpu_seconds, pytest_command
from table import Row

from pytest_refusals.branches import BRANCHES

TESTS = 200
ROUNDS = 7


def by_fixture() -> str:
    """Return a test file that asks for the fixture."""
    return "\n".join(f"def test_{number}(refusal_stream):\n    pass\n" for number in range(TESTS))


def by_hand() -> str:
    """Return a test file with the same items, parametrized by hand."""
    names = [branch.name for branch in BRANCHES if branch.group in ("control", "refusal", "unknown")]
    mark = f'@pytest.mark.parametrize("branch", {names!r})'
    tests = (f"{mark}\ndef test_{number}(branch):\n    pass\n" for number in range(TESTS))
    return "import pytest\n\n" + "\n".join(tests)


def measure() -> Iterator[Row]:
    """Yield the rows of this benchmark: collection alone, what starting the test runner costs taken off both."""
    with tempfile.TemporaryDirectory() as name:
        folders = {kind: Path(name, kind) for kind in ("fixture", "hand", "none")}
        texts = {"fixture": by_fixture(), "hand": by_hand(), "none": "def test_one():\n    pass\n"}
        seconds: dict[str, list[float]] = {kind: [] for kind in folders}
        for kind, folder in folders.items():
            folder.mkdir()
            (folder / "test_many.py").write_text(texts[kind])
        for number in range(ROUNDS + 1):
            for kind, folder in folders.items():
                passed = cpu_seconds(pytest_command(*PLUGIN, "--collect-only"), folder)
                if number:  # the first run compiles
                    seconds[kind].append(passed)
    start, fixture, hand = (statistics.median(seconds[kind]) for kind in ("none", "fixture", "hand"))
    yield Row(f"collecting {TESTS} tests parametrized by hand, CPU", (hand - start) * 1000, "ms")
    yield Row("collecting them with refusal_stream", (fixture - start) / (hand - start), target=1.5)
    yield Row("the same, whole runs", fixture / hand)
