"""One request and its answer, with how much of the answer was read, and from where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from pytest_refusals.branches import Branch
from pytest_refusals.dialects.base import JSON, Call, Dialect, Request, Response
from pytest_refusals.dialects.usage import Usage
from pytest_refusals.endpoint.headers import masked
from pytest_refusals.orderings import Chunking
from pytest_refusals.sites import Site, calling_site


@dataclass(eq=False)
class Exchange:
    """One request and its answer.

    `branch` is the one the answer took; `told` whether that answer is the one that has to be noticed
    (and not a later, good one). `call_sites` are the lines of project code that led to the request, the
    innermost first; `read_site` is the one that read the stop. `chunks_read` grows while the client reads: one chunk is
    one event of a streamed answer, or a whole JSON body; it has been read when the last byte of it has. `chunking` cuts
    the bytes of all of them together in another way before they go out.
    """

    request: Request
    call: Call
    response: Response
    branch: Branch
    told: bool
    call_sites: tuple[Site, ...] = ()
    read_site: Site | None = None
    chunks_read: int = 0
    finished: bool = field(default=False, repr=False)
    dialect: Dialect | None = field(default=None, repr=False)
    chunking: Chunking | None = field(default=None, repr=False)

    def feed(self) -> Iterator[bytes]:
        """Yield the answer as it goes out; its chunks are counted as read when their last byte is handed over. May run
        once.
        """
        chunks = self.response.chunks
        ends = accumulate(map(len, chunks))
        sent, end = 0, next(ends, None)
        for piece in chunks if self.chunking is None else self.chunking(b"".join(chunks)):
            sent += len(piece)
            while end is not None and end <= sent:
                self._read_one()
                end = next(ends, None)
            yield piece
        self.finished = True

    def _read_one(self) -> None:
        self.chunks_read += 1
        if self.chunks_read == self.response.stop_index:
            self.read_site = calling_site()

    @property
    def call_site(self) -> Site | None:
        """The line of project code that sent the request; None if a library's thread did."""
        return self.call_sites[0] if self.call_sites else None

    @property
    def url(self) -> str:
        """The address the request went to."""
        return self.request.url

    @property
    def model(self) -> str:
        """The model that was asked."""
        return self.call.model

    @property
    def body(self) -> JSON:
        """The parsed JSON body of the request."""
        return self.call.body

    @property
    def messages(self) -> tuple[JSON, ...]:
        """The conversation that was sent."""
        return self.call.messages

    @property
    def tools(self) -> tuple[JSON, ...]:
        """The tools that were sent."""
        return self.call.tools

    @property
    def streamed(self) -> bool:
        """Whether a streamed answer was asked for."""
        return self.call.streaming

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the request, names in lower case. Where they are shown, keys and tokens are not."""
        return masked(self.request.headers)

    @property
    def usage(self) -> tuple[Usage, ...]:
        """What the answer used and what of it is billed, one entry for each model that was run."""
        return self.dialect.usage(self.call, self.response) if self.dialect is not None else ()

    @property
    def stop_read(self) -> bool:
        """Whether the client read far enough to see the stop."""
        return self.chunks_read >= self.response.stop_index

    @property
    def events_served(self) -> int:
        """How many events the answer has; 1 where it is a JSON body."""
        return len(self.response.chunks)

    @property
    def events_read(self) -> int:
        """How many of them the client took."""
        return self.chunks_read

    @property
    def transcript(self) -> str:
        """The bytes of the answer, as text."""
        return b"".join(self.response.chunks).decode("utf-8", "backslashreplace")
