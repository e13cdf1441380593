"""What does a run pay that does not use the plugin?"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from table import Row

ROOT = Path(__file__).parents[1]
COMPILED = str(Path(tempfile.gettempdir(), "pytest-refusals-benchmarks"))
ROUNDS = 25
HEAVY = ("anthropic", "hypothesis", "httpx", "httpx2", "respx", "starlette", "uvicorn", "jinja2", "asyncio")
PLUGIN = ("-p", "pytest_refusals.plugin")
SPY = """
import atexit, sys
atexit.register(lambda: open("modules", "w").write(" ".join(sorted(sys.modules))))
"""


def pytest_command(*options: str) -> list[str]:
    """Return the command that runs the tests of the current folder quietly."""
    return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]


def environment() -> dict[str, str]:
    """Return an environment in which no plugin is loaded that is not named, and compiled modules are kept, as usual."""
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**usual, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": COMPILED}


def cpu_seconds(command: Sequence[str], folder: Path) -> float:
    """Return the CPU seconds, user and system, of one run of `command`, which has to succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env=environment(), capture_output=True, check=True)  # noqa: S603 - ours
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def modules_after(folder: Path, *options: str) -> set[str]:
    """Return the modules that are there when a run has ended."""
    (folder / "conftest.py").write_text(SPY)
    cpu_seconds(pytest_command(*options), folder)
    (folder / "conftest.py").unlink()
    return set((folder / "modules").read_text().split())


def measure() -> Iterator[Row]:
    """Yield the rows of this benchmark."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_trivial.py").write_text("def test_trivial():\n    pass\n")
        added = modules_after(folder, *PLUGIN) - modules_after(folder)
        cpu_seconds(pytest_command(*PLUGIN), folder)
        without, with_plugin = [], []
        for _ in range(ROUNDS):
            without.append(cpu_seconds(pytest_command(), folder))
            with_plugin.append(cpu_seconds(pytest_command(*PLUGIN), folder))
    extra = statistics.median(one - other for one, other in zip(with_plugin, without, strict=True))
    yield Row("a trivial run without the plugin, CPU", statistics.median(without) * 1000, "ms")
    yield Row(
        "what the plugin adds, CPU", extra * 1000, "ms", target=5, note=f"fastest runs: {fastest(with_plugin, without)}"
    )
    heavy = sorted(added & set(HEAVY))
    yield Row("modules the plugin adds", len(added), "", note=", ".join(sorted(added)))
    yield Row("heavy ones among them", len(heavy), "", target=0, note=", ".join(heavy))


def fastest(one: Sequence[float], other: Sequence[float]) -> str:
    """Return the difference of the fastest runs, which noise touches least."""
    return f"{(min(one) - min(other)) * 1000:.1f} ms"
