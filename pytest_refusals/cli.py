"""The command ``pytest-refusals``: a thin door to the subcommands."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from pytest_refusals.commands import check_recordings, record
from pytest_refusals.errors import RefusalsError

COMMANDS = (record, check_recordings)
"""The subcommands, in the order of the help."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the subcommand that `arguments` (those of the process by default) name and return its exit status.

    0 means done, 1 that it found something wrong, 2 that it was asked for what cannot be.
    """
    parser = argparse.ArgumentParser(prog="pytest-refusals", description="Find the code that drops a model's refusal.")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        subparser = command.add(subparsers)
        subparser.set_defaults(run=command.run)
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
    except RefusalsError as error:
        print(f"pytest-refusals: error: {error}", file=sys.stderr)  # noqa: T201  # this is a command
        return 2
    return status
