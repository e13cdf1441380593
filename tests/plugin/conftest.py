"""A user's project in a temporary folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.plugin import here

APP = """
import logging

import anthropic

log = logging.getLogger("app")
KNOWN = {"end_turn", "stop_sequence", "tool_use"}


class Refused(Exception):
    pass


def _ask(text):
    client = anthropic.Anthropic(api_key="test", max_retries=0)
    return client.messages.create(
        model="claude-test", max_tokens=100, messages=[{"role": "user", "content": text}]
    )


def loud(text="hello"):
    message = _ask(text)
    if message.stop_reason not in KNOWN:
        raise Refused(message.stop_reason)
    return message.content[0].text


def silent(text="hello"):
    message = _ask(text)
    return message.content[0].text if message.stop_reason in KNOWN else None


def logging_one(text="hello"):
    message = _ask(text)
    if message.stop_reason in KNOWN:
        return message.content[0].text
    log.error("no answer: %s", message.stop_reason)


def leaking(text="hello"):
    return "".join(block.text for block in _ask(text).content)


async def aloud(text="hello"):
    async with anthropic.AsyncAnthropic(api_key="test", max_retries=0) as client:
        message = await client.messages.create(
            model="claude-test", max_tokens=100, messages=[{"role": "user", "content": text}]
        )
    if message.stop_reason not in KNOWN:
        raise Refused(message.stop_reason)
    return message.content[0].text


async def asilent(text="hello"):
    async with anthropic.AsyncAnthropic(api_key="test", max_retries=0) as client:
        message = await client.messages.create(
            model="claude-test", max_tokens=100, messages=[{"role": "user", "content": text}]
        )
    return message.content[0].text if message.stop_reason in KNOWN else None


def tokens(text="hello", swallow=False):
    client = anthropic.Anthropic(api_key="test", max_retries=0)
    question = {"model": "claude-test", "max_tokens": 100, "messages": [{"role": "user", "content": text}]}
    with client.messages.stream(**question) as stream:
        yield from stream.text_stream
        message = stream.get_final_message()
    if message.stop_reason not in KNOWN and not swallow:
        raise Refused(message.stop_reason)
"""

Report = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with an application in it."""
    pytester.makepyfile(app=APP)
    return pytester


@pytest.fixture
def run(project: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Run pytest on the project, in this process."""
    return partial(here.run, project)


@pytest.fixture
def apart(project: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Run pytest on the project in a process of its own, as a user would."""

    def run(*args: str) -> pytest.RunResult:
        cache = () if "--lf" in args else ("-p", "no:cacheprovider")
        return project.runpytest_subprocess("-p", "no:randomly", "--hypothesis-profile=default", *cache, *args)

    return run


def results(path: Path) -> dict[str, str]:
    """Return verdict by node name from a JSON report."""
    report = json.loads(path.read_text(encoding="utf-8"))
    return {row["nodeid"].partition("::")[2]: row["verdict"] for row in report["results"]}
