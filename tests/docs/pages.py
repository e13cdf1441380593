"""Reads a page of the documentation as a reader would follow it: write this file, type that command."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sybil import Document, Region, Sybil
from sybil.parsers.markdown.codeblock import CodeBlockParser

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "examples/quickstart/README.md", *sorted((ROOT / "docs").rglob("*.md")))
FILES = ("python", "toml", "ini")
"""Languages of blocks that are files: the first line of each is a comment with the file's name."""
LANGUAGES = (*FILES, "console", "sh", "json")
_FENCE = re.compile(r"^ *(?:```|~~~)(?P<language>[^\s`]*)[^\n`]*$", re.MULTILINE)


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


def _parser(language: str) -> CodeBlockParser:
    return CodeBlockParser(language=language, evaluator=lambda example: None)


def blocks(page: Path) -> list[Block]:
    """Return the code blocks of `page`, in order."""
    document = Document.parse(str(page), *(_parser(language) for language in LANGUAGES))
    regions: list[Region] = [region for _, region in document]
    return [
        Block(page, document.text.count("\n", 0, region.start) + 1, language_at(document, region), str(region.parsed))
        for region in sorted(regions, key=lambda region: region.start)
    ]
