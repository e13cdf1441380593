"""Does the cost grow with the number of events, and no faster?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from call import ASK, shared_client
from table import Row

from pytest_refusals import Event, Stream, serve

if TYPE_CHECKING:
    import anthropic

SIZES = (1_000, 10_000, 100_000)
ENDS = {"stop_reason": "end_turn", "stop_sequence": None}
MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-test", "content": []}


def event(**data: object) -> Event:
    """Return an event named by its type."""
    return Event(str(data["type"]), data)


def long_stream(deltas: int) -> Stream:
    """Return the answer of `deltas` pieces of text."""
    usage = {"input_tokens": 9, "output_tokens": 1}
    piece = event(type="content_block_delta", index=0, delta={"type": "text_delta", "text": "word "})
    return Stream(
        (
            event(
                type="message_start", message={**MESSAGE, "stop_reason": None, "stop_sequence": None, "usage": usage}
            ),
            event(type="content_block_start", index=0, content_block={"type": "text", "text": ""}),
            *[piece] * deltas,
            event(type="content_block_stop", index=0),
            event(type="message_delta", delta=ENDS, usage={"output_tokens": deltas}),
            event(type="message_stop"),
        )
    )


def read_events(client: anthropic.Anthropic) -> int:
    """Count the events, keeping none: what the SDK itself puts together grows faster than they do."""
    with client.messages.create(**ASK, stream=True) as events:
        return sum(1 for _ in events)


def seconds_each(events: int) -> float:
    """Return the seconds for each event of one served, watched, judged call."""
    client = shared_client()
    with serve(long_stream(events)) as refusal_stream:
        begin = time.perf_counter()
        refusal_stream.run(read_events, client)
        return (time.perf_counter() - begin) / events


def measure() -> Iterator[Row]:
    """Yield the rows of this benchmark: microseconds an event at each size, and how far they are apart."""
    seconds_each(SIZES[0])
    each = {size: min(seconds_each(size) for _ in range(2)) for size in SIZES}
    for size, seconds in each.items():
        yield Row(f"{size:,} events: each", seconds * 1e6, "us")
    yield Row("an event among 100,000 beside one among 1,000", each[SIZES[2]] / each[SIZES[0]], target=1.5)
