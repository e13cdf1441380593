"""Tries every framework that is installed on every branch, and writes down what came of it.

``python examples/frameworks/tables.py NAME...`` prints a table for each framework named (default: all);
``--write PAGE`` puts them into a page of the documentation instead, where each has a place of its own.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from handlers import FRAMEWORKS
from pytest_refusals import BranchNotApplicable, serve

BRANCHES = (
    "end_turn",
    "refusal-before-output",
    "refusal-mid-text",
    "refusal-mid-tool-input",
    "refusal-after-tool-use",
    "unknown-before-output",
    "unknown-with-output",
    "unknown-with-tool-use",
    "max-tokens",
    "overloaded-mid-text",
    "cut-mid-text",
)


def tried(handler: Callable[[], Any], branch: str) -> str:
    """Return the verdict on `handler` with the channels of its signals, or that the branch cannot happen to it."""
    try:
        with serve(branch, check=False) as refusal_stream:
            outcome = refusal_stream.run(handler)
    except BranchNotApplicable:
        return "n/a"
    assert outcome.verdict is not None
    channels = ", ".join(dict.fromkeys(signal.channel for signal in outcome.signals))
    return f"**{outcome.verdict.value}** ({channels})" if channels else str(outcome.verdict.value)


def table(name: str) -> Iterator[str]:
    """Yield the lines of a Markdown table: a row for each branch, a column for each way of using the framework."""
    handlers = FRAMEWORKS[name]
    yield f"{name} {version(name)}, anthropic {version('anthropic')}:"
    yield ""
    yield f"| | {' | '.join(str(handler.__doc__).rstrip('.') for handler in handlers)} |"
    yield "| --- " * (len(handlers) + 1) + "|"
    for branch in BRANCHES:
        yield f"| `{branch}` | {' | '.join(tried(handler, branch) for handler in handlers)} |"


def write(page: Path, name: str, lines: str) -> None:
    """Put `lines` into `page`, between the marks of the framework's place. Raises `ValueError` without such a place."""
    place = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    text, count = place.subn(lambda found: f"{found[1]}\n{lines}\n\n{found[2]}", page.read_text(encoding="utf-8"))
    if count != 1:
        raise ValueError(f"{page} has no place for {name!r}")
    page.write_text(text, encoding="utf-8")


def quieten() -> None:
    """Keep what the frameworks say by the way out of the table; it is heard all the same."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    logging.basicConfig(handlers=[logging.NullHandler()])
    warnings.filterwarnings("default")
    warnings.showwarning = lambda *_args, **_kwargs: None


def main() -> None:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*FRAMEWORKS, []], metavar="NAME", help=", ".join(FRAMEWORKS))
    parser.add_argument("--write", type=Path, metavar="PAGE")
    arguments = parser.parse_args()
    quieten()
    for name in arguments.names or FRAMEWORKS:
        lines = "\n".join(table(name))
        if arguments.write is not None:
            write(arguments.write, name, lines)
        else:
            sys.stdout.write(lines + "\n\n")


if __name__ == "__main__":
    main()
