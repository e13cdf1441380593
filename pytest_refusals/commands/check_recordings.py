"""``pytest-refusals check-recordings``: are they still what the dialect says, and what is new in them?"""

from __future__ import annotations

import argparse
import warnings
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pytest_refusals.recordings.check import Checked, check


def add(subparsers: Any) -> argparse.ArgumentParser:
    """Tell argparse of the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "check-recordings",
        help="check a folder of recordings against the grammar, and show what is new in them",
        description="Exits with 1 where a recording cannot be read, breaks the grammar or holds what looks like a "
        "secret; with --strict also where something in it is not known yet.",
    )
    parser.add_argument("path", metavar="DIR", type=Path, help="a folder of recordings, or one file")
    parser.add_argument("--strict", action="store_true", help="fail on what is not known yet, too")
    return parser


def run(options: argparse.Namespace) -> int:
    """Do it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # secrets are listed
        found = check(options.path)
    now = datetime.now(timezone.utc)
    for one in found:
        print("\n".join(_lines(one, now)))  # noqa: T201  # this is a command
    broken = sum(bool(one.problems) for one in found)
    drifted = sum(bool(one.unknown) for one in found)
    recordings = f"{len(found)} recording{'' if len(found) == 1 else 's'}"
    print(f"{recordings}: {broken} with problems, {drifted} with something new")  # noqa: T201
    return int(bool(broken or (options.strict and drifted)))


def _lines(one: Checked, now: datetime) -> list[str]:
    parts = [one.source]
    if one.review is not None:
        blocks = " + ".join(one.review.blocks) or "no blocks"
        stop = one.review.stop.value or one.review.stop.kind.value
        category = f" ({one.review.stop.category})" if one.review.stop.category else ""
        parts += [one.review.model or "model unknown", blocks, f"{stop}{category}", f"{one.review.events} events"]
        parts.append(age(one.date, now))
    elif one.note:
        parts.append(one.note)
    marks = [f"  problem: {problem}" for problem in one.problems] + [f"  new: {what}" for what in one.unknown]
    return ["  ".join(parts), *marks]


def age(date: datetime | None, now: datetime) -> str:
    """Return how old a recording of `date` is."""
    if date is None:
        return "age unknown"
    days = (now - date.astimezone(timezone.utc)).days
    return "today" if days <= 0 else f"{days} day{'' if days == 1 else 's'} old"
