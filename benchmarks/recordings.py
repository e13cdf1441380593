"""Loading 1,000 recordings of 40 events beside reading the files and splitting them with httpx-sse; recording 50 MB."""

from __future__ import annotations

import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import httpx
from growth import long_stream
from httpx_sse import EventSource
from table import Row, interleaved, ratio

from pytest_refusals import load_recordings
from pytest_refusals.dialects.anthropic.dialect import ANTHROPIC
from pytest_refusals.dialects.anthropic.sse import encode
from pytest_refusals.recordings.secrets import Rules

FILES, DELTAS, ROUNDS = 1_000, 35, 7
HEADERS = {"content-type": "text/event-stream"}
LARGE, CHUNK = 50_000_000, 65_536


def split(files: list[Path]) -> None:
    """Read `files` and split them into events, and do nothing with them."""
    for file in files:
        for _ in EventSource(httpx.Response(200, headers=HEADERS, content=file.read_bytes())).iter_sse():
            pass


def load(files: list[Path]) -> None:
    """Load `files`."""
    for file in files:
        load_recordings(file)


def peak_of_recording(body: bytes) -> float:
    """Return the most megabytes that scrubbing a stream of `LARGE` bytes, made of `body`, takes at once."""
    body = body.replace(b"word ", b"word " * 1_000)  # few and long ones: events are counted in `growth`
    redactor, done = ANTHROPIC.redactor(Rules()), 0
    tracemalloc.start()
    while done < LARGE:
        for at in range(0, len(body), CHUNK):
            done += len(redactor.feed(body[at : at + CHUNK]))
    peak: int = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def measure() -> Iterator[Row]:
    """Yield the rows of this benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, f"{number:04}.sse") for number in range(FILES)]
        for file in files:
            file.write_bytes(encode(long_stream(DELTAS)))
        seconds = interleaved({"split": lambda: split(files), "load": lambda: load(files)}, ROUNDS)
    best = f"fastest: {min(seconds['load']) / min(seconds['split']):.2f} x"
    yield Row(
        "loading 1,000 recordings beside splitting them", ratio(seconds["load"], seconds["split"]), target=2, note=best
    )
    yield Row("memory at most while 50 MB are recorded", peak_of_recording(encode(long_stream(200))), "MB", target=5)
