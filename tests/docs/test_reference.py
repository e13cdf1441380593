"""The reference names all that there is, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_refusals import settings

ROOT = Path(__file__).parents[2]
TABLE = re.compile(r"\| argument \|.*\n\| --- .*\n((?:\|.*\n)+)")


@pytest.mark.parametrize("page", ["README.md", "docs/reference/pytest.md"])
def test_marker_arguments(page: str) -> None:
    """A table of the marker's arguments has a row for each."""
    found = TABLE.search((ROOT / page).read_text(encoding="utf-8"))
    assert found
    named = re.findall(r"^\| `(\*?\w+)`", found[1], re.MULTILINE)
    assert sorted(named) == sorted(["*branches", *settings.ARGUMENTS])


def test_links() -> None:
    """Every relative link in the README and the pages leads to a file."""
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#:\s]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"
