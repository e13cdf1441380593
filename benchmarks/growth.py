"""Does the cost grow with the number of events, and no faster?"""

from __future__ import annotations

import time
from collections.abc import Iterator

from call import shared_client, summarize
from table import Row

from pytest_refusals import serve

SIZES = (1_000, 10_000, 100_000)


def seconds_for(events: int) -> float:
    """Return the seconds that one served, watched, judged call takes whose text comes in about `events` pieces."""
    text = "one two " * events  # two words are one piece
    client = shared_client()
    with serve("end_turn", answer=text) as refusal_stream:
        begin = time.perf_counter()
        outcome = refusal_stream.run(summarize, client)
        passed = time.perf_counter() - begin
    return passed / outcome.requests[0].events_served


def measure() -> Iterator[Row]:
    """Yield the rows of this benchmark: microseconds an event at each size, and how far they are apart."""
    seconds_for(SIZES[0])
    each = {size: min(seconds_for(size) for _ in range(2)) for size in SIZES}
    for size, seconds in each.items():
        yield Row(f"{size:,} events: each", seconds * 1e6, "us")
    yield Row("an event among 100,000 beside one among 10,000", each[SIZES[2]] / each[SIZES[1]], target=1.5)
