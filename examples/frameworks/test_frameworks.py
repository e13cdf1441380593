"""What holds for every framework that is installed, whatever it makes of a refusal."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pytest

from handlers import FRAMEWORKS
from pytest_refusals import RefusalStream, serve


def _is_installed(name: str) -> bool:
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False


INSTALLED = [handler for name, handlers in FRAMEWORKS.items() if _is_installed(name) for handler in handlers]


def test_something_is_tried() -> None:
    """An environment without any of the frameworks proves nothing."""
    assert INSTALLED, f"none of {list(FRAMEWORKS)} is installed"


@pytest.mark.refusals("end_turn")
@pytest.mark.parametrize("handler", INSTALLED, ids=lambda handler: handler.__name__)
def test_a_full_answer_is_no_alarm(handler: Callable[[], Any], refusal_stream: RefusalStream) -> None:
    """The framework takes our answer as it takes the API's own, and is quiet about it."""
    refusal_stream.run(handler)


@pytest.mark.parametrize("branch", ["refusal-before-output", "unknown-with-output"])
@pytest.mark.parametrize("handler", INSTALLED, ids=lambda handler: handler.__name__)
def test_its_requests_are_served(handler: Callable[[], Any], branch: str) -> None:
    """Whatever HTTP stack it is on, its requests are answered in this process."""
    with serve(branch, check=False) as refusal_stream:
        assert refusal_stream.run(handler).requests
