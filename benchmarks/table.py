"""What a benchmark gives back: rows of a table, each a ratio or a figure beside its target."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure. `unit` is ``"x"`` for a ratio; `target` the most it should be, None where it is for comparison."""

    what: str
    value: float
    unit: str = "x"
    target: float | None = None
    note: str = ""

    def __str__(self) -> str:
        figure = f"{self.value:9.2f} {self.unit}"
        verdict = "" if self.target is None else f"<= {self.target:g}"
        mark = "" if self.target is None else ("ok" if self.value <= self.target else "MISSED")
        return f"{self.what:<66} {figure:<13} {verdict:<9} {mark:<7} {self.note}".rstrip()


def interleaved(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each of `rounds` calls, taken in turns so that a slow moment strikes all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    names = list(calls)
    for number in range(rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            begin = time.perf_counter()
            calls[name]()
            seconds[name].append(time.perf_counter() - begin)
    return seconds


def ratio(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the median of `one` divided by the median of `other`."""
    return statistics.median(one) / statistics.median(other)
