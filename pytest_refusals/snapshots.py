"""Snapshots for syrupy: streams as files that every reader of server-sent events reads, outcomes as small texts.

Needs the extra ``snapshots``; nothing else of the package imports this module.
"""

from __future__ import annotations

from typing import Any

from syrupy.extensions.amber import AmberSnapshotExtension
from syrupy.extensions.single_file import SingleFileSnapshotExtension

from pytest_refusals.dialects.anthropic.sse import encode
from pytest_refusals.dialects.base import Stream
from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.oracle.outcome import Outcome
from pytest_refusals.report.settled import settled, settled_body
from pytest_refusals.watching import Watch

__all__ = ["OutcomeSnapshot", "StreamSnapshot"]


class StreamSnapshot(SingleFileSnapshotExtension):
    """Stores a `Stream`, a `Recording`, the bytes of a body, or the answer of an exchange, as a ``.sse`` file.

    ``assert recording.inject(stop, after="2nd text delta") == snapshot(extension_class=StreamSnapshot)``. Of the
    answer of an exchange (``outcome.requests[0]``), what is made anew in every run stands as its name. The file is a
    recording: ``load_recording`` reads it. Anything else is a `TypeError`.
    """

    file_extension = "sse"
    _file_extension = "sse"  # what syrupy 4 calls it

    def serialize(self, data: Any, **_options: Any) -> bytes:
        """Return the bytes of the file."""
        if isinstance(data, Stream):
            return encode(data)
        if isinstance(data, Exchange):
            return settled_body(data)
        if isinstance(data, bytes):
            return data
        raise TypeError(f"Expected a stream, an exchange or bytes but got {data!r} (type={type(data).__name__})")


class OutcomeSnapshot(AmberSnapshotExtension):
    """Stores an outcome as a small text: verdict, what came back, signals, requests.

    ``assert outcome == snapshot(extension_class=OutcomeSnapshot)`` documents what a handler does on each branch, and
    fails when it changes. What is made anew in every run stands as its name. Anything else than an outcome, or the
    handle of a watched block, is stored as syrupy does.
    """

    def serialize(self, data: Any, **options: Any) -> str:
        """Return the text."""
        outcome = data.outcome if isinstance(data, Watch) else data
        if not isinstance(outcome, Outcome):
            return super().serialize(data, **options)
        return settled(outcome)
