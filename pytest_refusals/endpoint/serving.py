"""Let something that answers requests answer those of this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from pytest_refusals import dialects
from pytest_refusals.dialects.base import Request
from pytest_refusals.endpoint.transport import Answered
from pytest_refusals.errors import UnservedRequest


class Serves(Protocol):
    """What answers, whatever carries the bytes."""

    def answer(self, request: Request, /) -> Answered | None:
        """Answer a request, or return None where it is not to a known API."""

    def blocked(self, error: UnservedRequest, /) -> None:
        """Take note of a request that was stopped before it left the machine."""


S = TypeVar("S", bound=Serves)


@contextmanager
def serving(endpoint: S) -> Iterator[S]:
    """Let `endpoint` answer the requests of this process, in every thread and task, while active."""
    from pytest_refusals.endpoint.guard import network_guard
    from pytest_refusals.endpoint.inprocess import in_process

    hosts = [host for dialect in dialects.known() for host in dialect.hosts]
    with network_guard(hosts, endpoint.blocked) as check, in_process(endpoint.answer, check):
        yield endpoint
