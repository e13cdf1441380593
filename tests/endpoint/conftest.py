"""The fake endpoint, answering; and the HTTP libraries, each in turn."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.endpoint.fake import FakeEndpoint, allow


@pytest.fixture(params=["httpx", "httpx2"])
def library(request) -> ModuleType:
    return pytest.importorskip(request.param)


@pytest.fixture
def endpoint() -> Iterator[FakeEndpoint]:
    from pytest_refusals.endpoint.inprocess import in_process

    fake = FakeEndpoint()
    with in_process(fake.answer, allow):
        yield fake
