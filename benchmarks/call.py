"""One streaming call of the SDK: served, watched and judged, beside the same bytes over a mock transport."""

from __future__ import annotations

import gc
import importlib
import statistics
from collections.abc import Iterator

import anthropic
import respx
from table import Row, interleaved, ratio

from pytest_refusals import RefusalStream, serve

ROUNDS = 600
ASK = {"model": "claude-test", "max_tokens": 99, "messages": [{"role": "user", "content": "the report"}]}
LIBRARY = "httpx2" if int(anthropic.__version__.partition(".")[0]) else "httpx"


def summarize(client: anthropic.Anthropic) -> str:
    """Be the code under test: take the text piece by piece, and look at how it ended."""
    with client.messages.stream(**ASK) as stream:
        text = "".join(stream.text_stream)
        if stream.get_final_message().stop_reason != "end_turn":
            raise RuntimeError("the answer did not end")
    return text


def shared_client(**options: object) -> anthropic.Anthropic:
    """Return a client to be used for every call of one kind."""
    return anthropic.Anthropic(api_key="test", max_retries=0, **options)


def served_body() -> tuple[dict[str, str], bytes]:
    """Return headers and bytes of the answer that we serve."""
    with serve("end_turn") as refusal_stream:
        response = refusal_stream.run(summarize, shared_client()).requests[0].response
    return dict(response.headers), b"".join(response.chunks)


def measure() -> Iterator[Row]:
    """Yield the rows of this benchmark."""
    if LIBRARY == "httpx2":
        importlib.import_module("pytest_httpx2._plugin")  # registers respx's mocker for httpcore2
    headers, body = served_body()
    library = importlib.import_module(LIBRARY)
    transport = library.MockTransport(lambda _: library.Response(200, headers=headers, content=body))
    mocked, ours, routed = (
        shared_client(http_client=library.Client(transport=transport)),
        shared_client(),
        shared_client(),
    )

    def by_route() -> None:
        import httpx

        with respx.mock(using=LIBRARY.replace("httpx", "httpcore")) as router:
            answer = httpx.Response(200, headers=headers, content=body)
            router.post("https://api.anthropic.com/v1/messages").mock(return_value=answer)
            summarize(routed)

    def whole() -> None:
        with serve("end_turn") as refusal_stream:
            refusal_stream.run(summarize, ours)

    def mock() -> None:
        summarize(mocked)

    gc.collect()
    with serve("end_turn") as shared:
        in_serve = interleaved({"floor": mock, "run": lambda: run(shared, ours)}, ROUNDS)
    apart = interleaved({"floor": mock, "respx": by_route, "serve": whole}, ROUNDS)
    floor = statistics.median(in_serve["floor"]) * 1000
    yield Row("SDK over MockTransport, one call of ten text deltas", floor, "ms")
    yield Row(
        "run(): served, watched, judged",
        ratio(in_serve["run"], in_serve["floor"]),
        target=1.15,
        note=best(in_serve, "run"),
    )
    yield Row(
        "the same with `with serve(…)` around each call",
        ratio(apart["serve"], apart["floor"]),
        note=best(apart, "serve"),
    )
    yield Row(
        "a hand-written respx route around each call", ratio(apart["respx"], apart["floor"]), note=best(apart, "respx")
    )


def run(refusal_stream: RefusalStream, client: anthropic.Anthropic) -> None:
    """Run the code under test, and keep no outcome."""
    refusal_stream.run(summarize, client)
    refusal_stream.outcomes.clear()


def best(seconds: dict[str, list[float]], name: str) -> str:
    """Return the ratio of the fastest calls, which noise touches least."""
    return f"fastest calls: {min(seconds[name]) / min(seconds['floor']):.2f} x"
