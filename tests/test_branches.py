"""The catalogue."""

from __future__ import annotations

import pytest

from pytest_refusals import BRANCHES, FRESH, Branch, Catalogue, InvalidBranch, Stop, StopKind
from pytest_refusals.stops import freshen, token

GROUPS = {
    "control": ["end_turn"],
    "refusal": [
        "refusal-before-output",
        "refusal-mid-text",
        "refusal-no-details",
        "refusal-unknown-category",
        "refusal-mid-thinking",
        "refusal-mid-tool-input",
        "refusal-after-tool-use",
    ],
    "unknown": ["unknown-before-output", "unknown-with-output", "unknown-with-tool-use"],
    "shape": [
        "refusal-mid-text-open",
        "refusal-mid-tool-input-open",
        "refusal-empty-block",
        "refusal-tool-without-input",
    ],
    "category": [
        "refusal-cyber",
        "refusal-bio",
        "refusal-frontier-llm",
        "refusal-reasoning-extraction",
        "refusal-general-harms",
    ],
    "error": ["rejected-input", "blocked-output", "overloaded-mid-text", "dropped-mid-text", "cut-mid-text"],
    "incomplete": ["max-tokens", "context-window", "pause-turn"],
    "words": ["refusal-in-words"],
    "fallback": ["fallback-served", "fallback-exhausted"],
    "tolerance": [
        "tolerates-pings",
        "tolerates-unknown-event",
        "tolerates-unknown-block",
        "tolerates-unknown-delta",
    ],
}


def names(branches):
    return [branch.name for branch in branches]


def test_the_names_are_the_contract():
    """Groups, names and their order are what users select on."""
    found = {}
    for branch in BRANCHES:
        found.setdefault(branch.group, []).append(branch.name)
    assert found == GROUPS


def test_what_expects_quiet():
    """The control, the tolerance and an answer of a fallback model; all other branches have something to tell."""
    quiet = [branch.name for branch in BRANCHES if branch.expects == "quiet"]
    assert quiet == ["end_turn", "fallback-served", *GROUPS["tolerance"]]


def test_the_default_selection():
    """Without a word the control, the refusals and the unknown stops are tried."""
    assert names(Catalogue().select()) == GROUPS["control"] + GROUPS["refusal"] + GROUPS["unknown"]


@pytest.mark.parametrize(
    ("patterns", "exclude", "expected"),
    [
        (["refusal-mid-text"], [], ["end_turn", "refusal-mid-text"]),
        (["error"], [], ["end_turn", *GROUPS["error"]]),
        (["*-open"], [], ["end_turn", "refusal-mid-text-open", "refusal-mid-tool-input-open"]),
        (["max-tokens", "refusal-cyber"], ["control"], ["refusal-cyber", "max-tokens"]),
        ([], ["refusal", "unknown-with-*"], ["end_turn", "unknown-before-output"]),
    ],
)
def test_selecting(patterns, exclude, expected):
    """Names, groups and globs, in catalogue order, with the control unless it is excluded."""
    assert names(Catalogue().select(patterns, exclude)) == expected


@pytest.mark.parametrize(("patterns", "exclude"), [(["none"], []), ([], ["none"]), (["end_turn"], ["control"])])
def test_a_selection_that_cannot_be(patterns, exclude):
    """What matches nothing, and a selection that is empty, is refused."""
    with pytest.raises(InvalidBranch, match=r"end_turn|No branch is left"):
        Catalogue().select(patterns, exclude)


def test_a_branch_of_the_users_own_needs_no_other_change():
    """One value is all it takes: it can be selected by name and by group, after ours."""
    mine = Branch("refusal-legal", "ours", "refused by our lawyers", Stop(StopKind.REFUSED, category="legal"))
    catalogue = Catalogue().extended([mine])
    assert catalogue["refusal-legal"] is mine
    assert names(catalogue.select(["ours"])) == ["end_turn", "refusal-legal"]
    with pytest.raises(InvalidBranch, match="twice"):
        catalogue.extended([mine])


@pytest.mark.parametrize("name", ["", "Refusal", "a b", "a--b", "-a"])
def test_a_name_is_kebab_case(name):
    """Names are selected with -k, so they have one form."""
    with pytest.raises(InvalidBranch, match="kebab-case"):
        Branch(name, "ours", "", Stop(StopKind.REFUSED))


def test_an_expectation_is_loud_or_quiet():
    """Any other expectation is refused."""
    with pytest.raises(InvalidBranch, match="'loud' or 'quiet'"):
        Branch("mine", "ours", "", Stop(StopKind.REFUSED), expects="nice")


def test_fresh_values_are_new_each_time_and_hold_no_natural_word():
    """An unknown stop, a category and an explanation are made for one run."""
    stop = Stop(StopKind.UNKNOWN, FRESH, FRESH, FRESH)
    first, second = freshen(stop), freshen(stop)
    values = [first.value, first.category, first.explanation, second.value, second.category, second.explanation]
    assert len(set(values)) == 6
    assert FRESH not in values
    assert not set("aeiouy") & set(token(1000))


def test_what_is_not_fresh_is_kept():
    """A stop without placeholders stays as it is."""
    stop = Stop(StopKind.REFUSED, category="cyber")
    assert freshen(stop) == stop
