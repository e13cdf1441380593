"""Every code block of the README and the documentation is done as a reader would do it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from pages import FILES, LANGUAGES, PAGES, ROOT, Block, blocks, missing

from tests.plugin import here

HARMLESS = {
    "pip install pytest-refusals": ROOT / "pyproject.toml",
    "./run demo": ROOT / "run",
    "./run tests": ROOT / "run",
    "python benchmarks/run.py": ROOT / "benchmarks/run.py",
    "tox": ROOT / "tox.ini",
    'pytest-refusals record --model claude-haiku-4-5 --prompt "Rain in Bergen?" --dir recordings --name rain': (
        ROOT / "pytest_refusals/commands/record.py"
    ),
    "pytest --refusals-record=tests/recordings": ROOT / "pytest_refusals/recording_plugin.py",
    "tox -e frameworks": ROOT / "examples/frameworks/tables.py",
    "tox -e frameworks-anthropic0": ROOT / "examples/frameworks/tables.py",
}
"""Commands of shell blocks that are too slow, or too far-reaching, to be run here: the file that each needs."""

APART = ("README.md", *(f"docs/howto/{name}.md" for name in ("async", "channels", "snapshots")))
"""Pages whose commands need a process of their own: a reader's first one; an event loop's plugin, what is global, and a
library that looks whether it is in a worker of pytest-xdist."""
PROGRAMS = {"python": (), "pytest": ("-m", "pytest"), "pytest-refusals": ("-m", "pytest_refusals")}
"""The programs that a reader types, and how this Python starts each."""


def environment() -> dict[str, str]:
    """Return the environment of a reader who has the package installed, and nothing of this run's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_", "REFUSALS"))}
    options = ["-p", "no:randomly", "-p", "no:cacheprovider"]
    if not entry_points(group="pytest11", name="refusals"):
        options += ["-p", "pytest_refusals.plugin"]
    return {
        **kept,
        "ANTHROPIC_API_KEY": "not-a-key",
        "COLUMNS": "120",
        "PYTEST_ADDOPTS": shlex.join(options),
        "PYTHONPATH": str(ROOT),
    }


class Reader:
    """Follows a page in a folder of its own. `unused` are the test files that no command has run yet."""

    def __init__(self, pytester: pytest.Pytester, *, apart: bool) -> None:
        self.folder = pytester.path
        self._here = None if apart else pytester
        self.unused: dict[str, Block] = {}

    def follow(self, block: Block) -> None:
        """Do what `block` says."""
        assert block.language in LANGUAGES, f"{block.place}: what is {block.language!r}? Known: {LANGUAGES}"
        if block.language in FILES:
            self._write(block)
        elif block.language == "console":
            for command, shown in block.commands:
                self._type(block, command, shown)
        elif block.language == "sh":
            for command in block.text.splitlines():
                self._check(block, command.partition("#")[0].strip())
        else:
            json.loads(block.text)

    def _write(self, block: Block) -> None:
        name = block.file_name
        assert name not in self.unused, f"{self.unused[name].place} is replaced before anything ran it"
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        if block.language == "python":
            self.unused[name] = block

    def _type(self, block: Block, command: str, shown: list[str]) -> None:
        program, *arguments = shlex.split(command)
        assert program in PROGRAMS, f"{block.place}: a reader's command that is not known: {command}"
        status, printed = self._run(program, arguments)
        assert status in {0, 1}, f"{block.place}: {command}\n{printed}"
        line = missing(shown, printed)
        assert line is None, f"{block.place}: {command} did not print, in order,\n{line}\nbut\n{printed}"
        self.unused.clear()

    def _run(self, program: str, arguments: list[str]) -> tuple[int, str]:
        if self._here is not None and program == "pytest":
            result = here.run(self._here, *arguments)
            return int(result.ret), f"{result.stdout.str()}\n{result.stderr.str()}"
        done = subprocess.run(  # noqa: S603  # the program is this Python
            [sys.executable, *PROGRAMS[program], *arguments],
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return done.returncode, done.stdout

    def _check(self, block: Block, command: str) -> None:
        if command == "pytest":
            self._type(block, command, [])
            return
        assert command in HARMLESS, f"{block.place}: {command!r} is not run and not known"
        assert HARMLESS[command].is_file(), f"{block.place}: {command!r} needs {HARMLESS[command]}"


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_a_page_works_when_it_is_followed(
    page: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file of a page can be written, every command typed, and prints what the page shows."""
    pytest.importorskip("anthropic")
    for name in ("ANTHROPIC_API_KEY", "COLUMNS"):
        monkeypatch.setenv(name, environment()[name])
    reader = Reader(pytester, apart=str(page.relative_to(ROOT)) in APART)
    for block in blocks(page):
        reader.follow(block)
    assert not reader.unused, f"never run: {[block.place for block in reader.unused.values()]}"


def test_shown_lines_are_found_in_order() -> None:
    """A shown line matches one printed line, later than the one before it; dots stand for anything."""
    assert missing(["a ... c", "...", "d"], "x\na b c\nz\nd\n") is None
    assert missing(["d", "a"], "a\nd\n") == "a"
