"""What a generated counterexample looks like to a person: its bytes, and the line that makes it again."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from pytest_refusals.dialects.base import Stream
from pytest_refusals.oracle.outcome import Outcome
from pytest_refusals.orderings import Ordering, as_code

_NAMES = ("Addition", "Chunking", "Ending", "Event", "Ordering", "Stop", "StopKind", "Stream")
"""Names of ours that the code of an example may use."""


def shown(outcome: Outcome | None, example: Ordering | Stream) -> str:
    """Return the transcript of what was served, and lines to paste that serve it again."""
    return "\n".join([*_transcript(outcome), *_lines(as_code(example))])


def _transcript(outcome: Outcome | None) -> Iterator[str]:
    told = [exchange for exchange in outcome.requests if exchange.told] or list(outcome.requests) if outcome else []
    if told:
        yield "This is the smallest answer on which it fails:"
        yield ""
        yield textwrap.indent(_printable(told[0].transcript.strip()), "    ")
        yield ""


def _printable(text: str) -> str:
    """Return `text` with what no terminal shows, or takes for the end of a line, as the code of the character."""
    return "".join(each if each.isprintable() or each == "\n" else repr(each)[1:-1] for each in text)


def _lines(code: str) -> Iterator[str]:
    names = [name for name in _NAMES if f"{name}(" in code or f"{name}." in code]
    yield "To run it again every time, put this above the test:"
    yield ""
    yield "    from hypothesis import example"
    yield f"    from pytest_refusals import {', '.join(names)}"
    yield ""
    yield f"    @example({code})"
    yield ""
    yield "or, anywhere,"
    yield ""
    yield f"    with serve({code}) as refusal_stream:"
