"""Reads a page of the documentation as a reader would follow it: write this file, type that command."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sybil import Document
from sybil.parsers.markdown.lexers import FencedCodeBlockLexer

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "examples/quickstart/README.md", *sorted((ROOT / "docs").rglob("*.md")))
FILES = ("python", "toml", "ini")
"""Languages of blocks that are files: the first line of each is a comment with the file's name."""
LANGUAGES = (*FILES, "console", "sh", "json")
_LEXER = FencedCodeBlockLexer("[^\n]*")


@dataclass(frozen=True)
class Block:
    """One code block of a page."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def file_name(self) -> str:
        """The name of the file that this block is."""
        first = self.text.partition("\n")[0]
        found = re.fullmatch(r"# ([\w./-]+\.\w+)", first)
        assert found, f"{self.place}: the first line has to be a comment with the file's name, not {first!r}"
        return found[1]

    @property
    def commands(self) -> list[tuple[str, list[str]]]:
        """The commands of a console block, each with the lines that are shown below it."""
        commands: list[tuple[str, list[str]]] = []
        for line in self.text.splitlines():
            if line.startswith("$ "):
                commands.append((line[2:], []))
            elif line.strip():
                commands[-1][1].append(line)
        return commands


def blocks(page: Path) -> list[Block]:
    """Return the code blocks of `page`, in order; Sphinx directives are none."""
    document = Document(page.read_text(encoding="utf-8"), str(page))
    return [
        Block(page, document.text.count("\n", 0, region.start) + 1, language, str(region.lexemes["source"]))
        for region in sorted(_LEXER(document), key=lambda region: region.start)
        if not (language := str(region.lexemes["language"]).strip()).startswith("{")
    ]


def missing(shown: list[str], printed: str) -> str | None:
    """Return the first line of `shown` that is not in `printed`, in order, or None.

    ``...`` in a shown line stands for anything; a line of ``...`` alone for any lines.
    """
    lines = iter(line.rstrip() for line in printed.splitlines())
    for line in shown:
        if line.strip() == "...":
            continue
        pattern = ".*".join(re.escape(part) for part in line.rstrip().split("..."))
        if not any(re.fullmatch(pattern, printed_line) for printed_line in lines):
            return line
    return None
