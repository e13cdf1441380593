"""One exact order of events, and one way to cut bytes into chunks, as values that can be written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from enum import Enum
from itertools import zip_longest
from typing import Any

from pytest_refusals.branches import Branch, Ending, Expectation
from pytest_refusals.errors import InvalidBranch
from pytest_refusals.stops import Stop, StopKind

NOISE = ("ping", "unknown-event", "unknown-delta", "unknown-block", "early-delta")
"""What may come between the events of an answer and changes nothing in it. An early delta tells figures, no stop."""


class _Written:
    """A value whose repr is the code that makes it, so that it can be pasted."""

    def __repr__(self) -> str:
        return as_code(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001 - the signature of pretty printers
        printer.text("..." if cycle else repr(self))


@dataclass(frozen=True, repr=False)
class Chunking(_Written):
    """How the bytes of an answer are cut into chunks, whatever events they are.

    A chunk ends after `size` bytes (0: no limit) and at each offset in `at`, which is counted round where the body is
    shorter. The default is one chunk for the whole. Negative figures raise `InvalidBranch`.
    """

    size: int = 0
    at: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or any(offset < 0 for offset in self.at):
            raise InvalidBranch(f"Expected sizes and offsets from 0 on but got size={self.size!r}, at={self.at!r}")

    def __call__(self, body: bytes) -> tuple[bytes, ...]:
        """Return the chunks of `body`, none of them empty: together they are `body`."""
        if not body:
            return ()
        edges: Sequence[int] = range(0, len(body), self.size or len(body))
        if self.at:
            edges = sorted({*edges, *(offset % len(body) for offset in self.at)})
        return tuple([body[begin:end] for begin, end in zip_longest(edges, edges[1:])])

    def __str__(self) -> str:
        if not self.at:
            return f"in chunks of {self.size} bytes" if self.size else "in one chunk"
        return f"in chunks cut at {', '.join(map(str, self.at))}" + (f" and every {self.size}" if self.size else "")


WHOLE = Chunking()
"""The whole body in one chunk."""


@dataclass(frozen=True, repr=False)
class Ordering(_Written):
    """One exact order of the events of an answer: what a generated example is, and how it is written down.

    `blocks` are content blocks, by type, that come after those that the answer has anyway; a type that the request
    cannot bring about is left out. Each text, thought and tool input comes in `pieces` deltas (those of a recording
    stay as they are). `says` stands before the text. `noise` holds what comes in between and where: pairs of a word of
    `NOISE` and a place, counted round, from the end if it is negative. The `stop` arrives after `at` events of the last
    of `blocks`, or of the answer's own where there are none, counted round; None is after all. It is told by `ending`,
    and the block that it cuts off is `closed` or not. `chunking` cuts the bytes; None sends each event by itself.

    A combination that cannot be raises `InvalidBranch`.
    """

    blocks: tuple[str, ...] = ()
    pieces: int = 1
    says: str = ""
    noise: tuple[tuple[str, int], ...] = ()
    stop: Stop = Stop(StopKind.COMPLETED)  # noqa: RUF009 - frozen
    at: int | None = None
    ending: Ending = Ending.STOP
    closed: bool = True
    chunking: Chunking | None = WHOLE

    def __post_init__(self) -> None:
        for what, _ in self.noise:
            if what not in NOISE:
                raise InvalidBranch(f"There is no noise {what!r}. Noise: {', '.join(NOISE)}.")
        if self.pieces < 0 or (self.at is not None and self.at < 0):
            raise InvalidBranch(f"Expected pieces and at from 0 on but got pieces={self.pieces!r}, at={self.at!r}")
        if self.ending is Ending.REJECTED:
            raise InvalidBranch("Expected an ending of a stream but got ending=Ending.REJECTED: it is an HTTP error")
        if self.expects == "quiet" and not (self.at is None and self.closed):
            raise InvalidBranch(
                f"Expected a completed answer to be whole but got at={self.at!r}, closed={self.closed!r}"
            )

    @property
    def expects(self) -> Expectation:
        """What the code under test has to be: loud unless the answer is complete."""
        return "loud" if self.stop.told or self.ending is not Ending.STOP else "quiet"

    @property
    def about(self) -> str:
        """The sentence that a failure message prints."""
        parts = [f"blocks: {', '.join(self.blocks)}"] if self.blocks else []
        parts += [f"noise: {', '.join(dict.fromkeys(what for what, _ in self.noise))}"] if self.noise else []
        parts.append(str(self.chunking) if self.chunking is not None else "a chunk for each event")
        return f"{self._end()} ({'; '.join(parts)})"

    def _end(self) -> str:
        if self.ending is not Ending.STOP:
            what = {Ending.ERROR_EVENT: "an error event comes", Ending.DROPPED: "the connection breaks"}
            return f"{what.get(self.ending, 'the stream ends')} {self._place()}"
        if not self.stop.told:
            return "the answer comes in full"
        return f"the answer ends {self._place()}, {self.stop.kind.value}" + (
            "" if self.closed else ", a block left open"
        )

    def _place(self) -> str:
        if self.at is None:
            return "after all output"
        if self.at == 0:
            return "before any output" if not self.blocks else "before its last block"
        events = "event" if self.at == 1 else "events"
        return f"after {self.at} {events} of {'its last block' if self.blocks else 'its blocks'}"

    def branch(self, name: str = "generated") -> Branch:
        """Return what the oracle and the report go by."""
        return Branch(name, "generated", self.about, self.stop, self.expects, ending=self.ending, closed=self.closed)


def as_code(value: object) -> str:
    """Return the Python expression that makes `value`: a dataclass, an enum's member, or what has such a repr."""
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, tuple):
        return f"({', '.join(map(as_code, value))}{',' if len(value) == 1 else ''})"
    known: Mapping[str, Field[Any]] = getattr(value, "__dataclass_fields__", {})
    if not known or isinstance(value, type):
        return repr(value)
    given = [(field, getattr(value, field.name)) for field in fields(value) if field.init]  # type: ignore[arg-type]
    written = (f"{field.name}={as_code(part)}" for field, part in given if _differs(field, part))
    required = [as_code(part) for field, part in given if field.default is MISSING]
    return f"{type(value).__name__}({', '.join([*required, *written])})"


def _differs(field: Field[Any], value: object) -> bool:
    return field.default is not MISSING and field.default != value
