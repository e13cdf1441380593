"""Let requests through to the real API, and keep what it answers."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

from pytest_refusals import dialects
from pytest_refusals.dialects.base import Request
from pytest_refusals.errors import RecordingWarning, RefusalsError, UnsafeRecording
from pytest_refusals.recordings.secrets import Rules
from pytest_refusals.recordings.tape import Result, Shelf, Tape


class Recorder:
    """Records while it is active. `files` are the recordings written so far, in the order in which they ended.

    `missed` says of each answer that was not written why.
    """

    def __init__(self, shelf: Shelf, patterns: Sequence[str] = ()) -> None:
        Rules(patterns=patterns)  # a pattern that is none is told before anything is asked
        self.files: list[Path] = []
        self.missed: list[str] = []
        self._unsafe: list[str] = []
        self._shelf = shelf
        self._patterns = tuple(patterns)
        self._tapes: list[Tape] = []
        self._lock = threading.Lock()

    @property
    def folder(self) -> Path:
        """The folder that recordings are written to."""
        return self._shelf.folder

    def tap(self, request: Request) -> Tape | None:
        """Return what listens to the answer to `request`, or None where it asks no model; what a transport calls."""
        for dialect in dialects.known():
            call = dialect.read(request)
            if call is not None and call.purpose == "message":
                tape = Tape(request, call, dialect, shelf=self._shelf, patterns=self._patterns, done=self._done)
                with self._lock:
                    self._tapes.append(tape)
                return tape
        return None

    def _done(self, result: Result) -> None:
        with self._lock:
            if result.path is not None:
                self.files.append(result.path)
            elif result.why:
                (self._unsafe if result.unsafe else self.missed).append(result.why)

    def end(self) -> None:
        """Give up what has not ended. Warns of each answer that was not written."""
        for tape in self._tapes:
            tape.close(None, complete=False)
        for why in self.missed:
            warnings.warn(f"An answer was not recorded: {why}", RecordingWarning, stacklevel=4)

    def check(self) -> None:
        """Raise `UnsafeRecording` where something that looks like a key kept an answer from being written."""
        if self._unsafe:
            raise UnsafeRecording(
                f"An answer was not recorded in {self.folder}, because something in it looks like a key: "
                f"{'; '.join(self._unsafe)}. Take it out of the prompt, or have it replaced: add a regular expression "
                "that matches it to refusals_scrub (scrub= of record, --scrub)"
            )


@contextmanager
def record(
    folder: str | PathLike[str],
    *,
    name: str = "recording",
    scrub: Sequence[str] = (),
    in_ci: bool = False,
) -> Iterator[Recorder]:
    """Record every answer of the Messages API that this process gets while active, one file for each, in `folder`.

    Requests go where they were going (``ANTHROPIC_BASE_URL``) and answers are passed on as they arrive. `name` is
    what the files are called: ``name.sse`` a stream, ``name-2.json`` an answer without streaming. Keys,
    authorization, cookies, ids of requests and organizations, and e-mail addresses are replaced, and so is what
    matches one of the regular expressions `scrub`. Seen are the clients of httpx and httpx2, which the vendor's SDK
    uses; an answer that did not end, or was not read to its end, is not written, with a `RecordingWarning`.

    Raises `RefusalsError` where the environment variable ``CI`` is set, unless `in_ci`; `InvalidPolicy` for a
    pattern that is none; and at the end `UnsafeRecording` where an answer still held what looks like a key.
    """
    from pytest_refusals.endpoint.inprocess import in_process

    check_ci(forced=in_ci)
    recorder = Recorder(Shelf(Path(folder), name), scrub)
    try:
        with in_process(lambda _request: None, lambda _method, _url: None, recorder.tap):
            yield recorder
    finally:
        recorder.end()
    recorder.check()


def check_ci(*, forced: bool) -> None:
    """Raise `RefusalsError` where this runs in CI, as the environment variable ``CI`` says, and is not `forced`."""
    if not forced and os.environ.get("CI", "").strip().lower() not in ("", "0", "false", "no"):
        raise RefusalsError(
            "Nothing is recorded in CI (the environment variable CI is set): record where you work and commit the "
            "files, or force it with --refusals-record-in-ci (in_ci=True, --in-ci)"
        )
