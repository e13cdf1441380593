"""Illegal orders are named by the rule that they break, and what the SDK does with them is on record."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import given, settings

import pytest_refusals.strategies as rst
from pytest_refusals import InvalidBranch, InvalidRecording, Ordering, stream_of
from pytest_refusals.dialects.anthropic import grammar, sse
from pytest_refusals.dialects.anthropic.breaking import CASES, FRAMING, RULES, broken
from pytest_refusals.dialects.base import Stream

DOCS = Path(__file__).parents[2] / "docs"


@settings(max_examples=200, deadline=None)
@given(rst.illegal(rules=[rule for rule in RULES if rule != FRAMING]))
def test_the_rule_is_the_first_that_the_grammar_finds_broken(illegal):
    """What is wrong with an illegal stream is what it is named by."""
    assert grammar.check(illegal.stream)[0].rule == illegal.rule


@settings(max_examples=30, deadline=None)
@given(rst.illegal(rules=[FRAMING]))
def test_framing(illegal):
    """Bytes without a blank line cannot be decoded, or lack an event."""
    body = sse.encode(illegal.stream)
    try:
        decoded = sse.decode(body)
    except InvalidRecording:
        return
    assert len(decoded.events) < len(illegal.stream.events)


@pytest.mark.parametrize("case", CASES)
def test_every_case_is_illegal_in_its_own_way(case):
    """No case is the same stream as another, nor a legal one."""
    whole = stream_of(Ordering(blocks=("text", "tool_use")))
    mine = sse.encode(broken(whole, case).stream)
    assert mine != sse.encode(whole)
    assert [other for other in CASES if sse.encode(broken(whole, other).stream) == mine] == [case]


def test_a_case_that_does_not_exist():
    """The error lists those that do."""
    with pytest.raises(InvalidBranch, match=r"There is no case 'upside-down'\. Cases: no-message-start, .*"):
        broken(Stream(()), "upside-down")


def test_what_the_sdk_does_is_on_record():
    """The table in the documentation says what the installed SDK does, where it has a column for this version."""
    pytest.importorskip("anthropic")
    spec = importlib.util.spec_from_file_location("illegal", DOCS / "illegal.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    version, done = script.observed()
    table = json.loads((DOCS / "illegal.json").read_text())
    if version not in table:
        pytest.skip(f"there is no column for anthropic {version}: python docs/illegal.py adds it")
    assert table[version] == done
