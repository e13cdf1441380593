"""What is billed of an answer, by the rule in force and by the older one."""

from __future__ import annotations

import pytest

from pytest_refusals import Tokens
from pytest_refusals.dialects.anthropic.billing import RULES
from pytest_refusals.dialects.anthropic.dialect import ANTHROPIC
from tests.dialects.material import answered, asked


def usage(branch, base=None, **fields):
    return ANTHROPIC.usage(asked(**fields), answered(branch, base, **fields))


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("branch", "now", "before"),
    [
        ("refusal-cyber", False, False),
        ("refusal-general-harms", False, False),
        ("refusal-bio", True, False),
        ("refusal-frontier-llm", True, False),
        ("refusal-reasoning-extraction", True, False),
        ("refusal-empty-block", False, False),
        ("unknown-before-output", True, True),
        ("refusal-mid-text", True, True),
        ("refusal-no-details", True, True),
        ("refusal-mid-thinking", True, True),
        ("refusal-mid-tool-input", True, True),
        ("max-tokens", True, True),
        ("end_turn", True, True),
        ("rejected-input", False, False),
    ],
)
def test_what_is_billed(branch, now, before, stream):
    """By category where nothing was said before a refusal; the input and the output so far otherwise."""
    (used,) = usage(branch, stream=stream)
    assert (used.bill.billed, used.older_bill.billed) == (now, before)
    assert used.bill.tokens == (used.tokens if now else Tokens())
    assert used.older_bill.tokens == (used.tokens if before else Tokens())
    assert used.model == "claude-test"


def test_figures_are_those_of_the_wire():
    """Told whether billed or not, with the place that tells them and the rule's source in words."""
    (used,) = usage("refusal-cyber")
    assert used.tokens.input > 0
    assert used.tokens.output == 0
    assert used.source == "usage of message_start and message_delta"
    assert used.bill.rule == (
        "not billed: refused before any output, any other category or none (the vendor's pages, since September 2026)"
    )
    assert used.older_bill.rule.endswith("(the vendor's pages, until August 2026)")
    (cut,) = usage("refusal-mid-text", stream=False)
    (whole,) = usage("end_turn", stream=False)
    assert 0 < cut.tokens.output < whole.tokens.output
    assert cut.source == "usage of the message"


def test_cached_tokens():
    """What was written to and read from a cache is counted apart."""
    figures = {
        "input_tokens": 1,
        "output_tokens": 4,
        "cache_creation_input_tokens": 2,
        "cache_read_input_tokens": 3,
    }
    message = {"type": "message", "content": [{"type": "text", "text": "hello"}], "usage": figures}
    (used,) = usage("end_turn", message, stream=False)
    assert used.tokens == Tokens(input=1, output=4, cache_write=2, cache_read=3)


def test_errors():
    """An HTTP error tells no usage; what broke off in the middle has what was told until then."""
    (rejected,) = usage("rejected-input")
    assert rejected.tokens == Tokens()
    assert rejected.source == "the answer tells no usage"
    for branch in ("overloaded-mid-text", "dropped-mid-text", "cut-mid-text"):
        (broken,) = usage(branch)
        assert broken.bill.billed
        assert "inferred" in broken.bill.rule
    (half,) = usage("dropped-mid-text", stream=False)
    assert half.tokens == Tokens()


def test_each_model_of_a_fallback_is_billed_by_itself():
    """A model that declined by the rule for refusals, the one that answered like any other."""
    chain = [{"model": "claude-b"}, {"model": "claude-c"}]
    declined, served = usage("fallback-served", fallbacks=chain)
    assert (declined.model, declined.bill.billed) == ("claude-test", False)
    assert (served.model, served.bill.billed) == ("claude-b", True)
    assert served.tokens.output > 0
    assert served.source == "usage.iterations[1]"
    exhausted = usage("fallback-exhausted", fallbacks=chain)
    assert [used.model for used in exhausted] == ["claude-test", "claude-b", "claude-c"]
    assert not any(used.bill.billed for used in exhausted)


def test_every_rule_says_who_says_so():
    """No figure is without a source."""
    assert all(rule.now.source and (rule.older is None or rule.older.source) for rule in RULES)
