"""Do generated answers cost little, and find what is hidden?"""

from __future__ import annotations

import contextlib
import importlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
from call import ASK, LIBRARY, shared_client, summarize
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from planted import SMALLEST, TOOLS, rare
from table import Row, interleaved, ratio

import pytest_refusals.strategies as rst
from pytest_refusals import Policy, RefusalStream, Stream, VerdictFailed
from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.endpoint.certificates import read_once
from pytest_refusals.generated import Examples, on_examples
from pytest_refusals.oracle.outcome import Outcome
from pytest_refusals.session import answering

EXAMPLES, SEEDS, ROUNDS, SEED = 300, 20, 9, 1
FREE = settings(max_examples=EXAMPLES, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def naive(draw: st.DrawFn) -> Stream:
    """Draw what `streams` may produce as one would at first: a list of texts for each block, and then what else there
    is.
    """
    drawn = [ev.event(ev.MESSAGE_START, message={"content": [], "stop_reason": None, "usage": {"output_tokens": 1}})]
    for index, kind in enumerate(draw(st.lists(st.sampled_from(["text", "thinking", "tool_use"]), max_size=10))):
        drawn.append(ev.block_start(index, {"type": kind}))
        drawn += [ev.block_delta(index, "text_delta", text=piece) for piece in draw(st.lists(st.text()))]
        drawn.append(ev.block_stop(index))
    reason = draw(st.sampled_from(["end_turn", "refusal", "max_tokens", "unheard_of"]))
    category = draw(st.none() | st.sampled_from(["cyber", "bio", "general_harms"]))
    served = drawn if reason == "end_turn" else drawn[: draw(st.integers(min_value=1, max_value=len(drawn)))]
    for place in draw(st.lists(st.integers(min_value=1, max_value=len(served)), max_size=5)):
        served.insert(place, draw(st.sampled_from([ev.ping(), ev.event("unheard_of")])))
    delta = {"stop_reason": reason, "stop_details": {"type": "refusal", "category": category}}
    return Stream((*served, ev.event(ev.MESSAGE_DELTA, delta=delta), ev.event(ev.MESSAGE_STOP)))


def drawing(strategy: st.SearchStrategy[Stream]) -> Callable[[], None]:
    """Return a function that draws examples and does nothing with them."""

    @FREE
    @given(strategy)
    def draw(_stream: Stream) -> None:
        pass

    return draw


class Heard:
    """Keeps what the item reports: nothing."""

    def generated(self, outcome: Outcome, *, verdict: str | None = None, example: str | None = None) -> None:
        """Take no note."""


class Kept(RefusalStream):
    """Keeps the answers of all examples."""

    served: list[tuple[dict[str, str], tuple[bytes, ...]]]

    def forget(self) -> None:
        """Keep the answers of the last example."""
        for outcome in self.outcomes:
            for exchange in outcome.requests:
                chunks, chunking = exchange.response.chunks, exchange.chunking
                pieces = chunks if chunking is None else chunking(b"".join(chunks))
                self.served.append((dict(exchange.response.headers), pieces))
        super().forget()


def item(body: Callable[[RefusalStream], Any], kind: type[RefusalStream] = RefusalStream) -> RefusalStream:
    """Be the item ``[generated]`` of a test with `body`, on the same examples every time, and return its stream."""
    examples = Examples(None, EXAMPLES, "benchmark")
    stream = kind(examples.plan, Policy())
    if isinstance(stream, Kept):
        stream.served = []
    test = seed(SEED)(FREE(lambda: body(stream)))
    with answering(stream), read_once():
        on_examples(test, examples, stream, Heard(), watched=False)()
    return stream


def same_bytes() -> Callable[[], None]:
    """Return a function that reads through the SDK alone, over a mock transport, what an item serves."""
    client = shared_client()
    stream = item(lambda refusal_stream: refusal_stream.run(summarize, client), Kept)
    assert isinstance(stream, Kept)
    library = importlib.import_module(LIBRARY)
    left: list[tuple[dict[str, str], tuple[bytes, ...]]] = []

    def handle(_request: Any) -> Any:
        headers, chunks = left.pop()
        return library.Response(200, headers=headers, content=iter(chunks))

    mocked = shared_client(http_client=library.Client(transport=library.MockTransport(handle)))

    def read() -> None:
        left[:] = stream.served
        while left:
            with contextlib.suppress(RuntimeError):
                summarize(mocked)

    return read


def fresh(refusal_stream: RefusalStream) -> None:
    """Run a handler that makes a client for itself."""
    refusal_stream.run(lambda: summarize(anthropic.Anthropic(api_key="test", max_retries=0)))


def raw_events(client: anthropic.Anthropic) -> Iterator[Any]:
    """Yield the events of an answer as they are on the wire."""
    with client.messages.with_streaming_response.create(**ASK, tools=TOOLS, stream=True) as response:
        body = b"".join(response.iter_bytes()).decode()
    for line in body.split("\n"):
        if line.startswith("data:"):
            yield json.loads(line[5:])


def planted(number: int) -> int | None:
    """Return how many events the smallest counterexample has that is found with this seed, None where none is."""
    client, examples = shared_client(), Examples(None, EXAMPLES, "planted")
    stream = RefusalStream(examples.plan, Policy())
    test = seed(number)(FREE(lambda: stream.run(lambda: rare(raw_events(client)))))
    try:
        with answering(stream), read_once():
            on_examples(test, examples, stream, Heard(), watched=False)()
    except VerdictFailed as found:
        return found.outcome.events_served
    return None


def measure() -> Iterator[Row]:
    """Yield the rows of this benchmark."""
    draws = interleaved({"ours": drawing(rst.streams()), "naive": drawing(naive())}, ROUNDS)
    yield Row("drawing streams() beside the naive composite strategy", ratio(draws["ours"], draws["naive"]), target=0.2)
    client = shared_client()
    calls = {
        "floor": same_bytes(),
        "item": lambda: item(lambda refusal_stream: refusal_stream.run(summarize, client)),
        "fresh": lambda: item(fresh),
    }
    seconds = interleaved(calls, ROUNDS)
    whole, fresh_ones = (ratio(seconds[name], seconds["floor"]) for name in ("item", "fresh"))
    yield Row("[generated], 300 examples, beside the SDK on the same bytes", whole, target=2)
    yield Row("the same, with a fresh client in every call", fresh_ones, target=10)
    begin = time.perf_counter()
    sizes = [planted(number) for number in range(SEEDS)]
    found = [size for size in sizes if size is not None]
    note = f"{(time.perf_counter() - begin) / SEEDS:.1f} s each, shrinking included"
    missed, above = SEEDS - len(found), max(found) - SMALLEST
    yield Row(f"of {SEEDS} seeds, those that miss a planted drop in 300 examples", missed, "", target=1, note=note)
    yield Row("events of the largest counterexample above the smallest", above, "", target=6, note=str(sizes))
