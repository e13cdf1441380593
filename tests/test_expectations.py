"""``expect=``: which channel is demanded on which branch."""

from __future__ import annotations

import pytest

from pytest_refusals.branches import Catalogue
from pytest_refusals.errors import InvalidBranch, InvalidPolicy
from pytest_refusals.expectations import by_branch, channels_of
from pytest_refusals.options import INI
from pytest_refusals.settings import Marked, Settings, settle

NOTHING = {name: "" if kind == "string" else [] for name, (kind, _) in INI.items()}


def settings(*args, ini=None, **kwargs) -> Settings:
    return settle(Catalogue(), {**NOTHING, **(ini or {})}, [Marked(args, kwargs)], [])


def demanded(given: Settings) -> dict[str, set[str]]:
    return {branch.name: set(given.policy_for(branch).loud) for branch in given.branches}


def test_a_channel_for_each_category_and_one_for_the_rest():
    """The example of a policy per category: what it names is tried, and the rest has to meet the star."""
    loud = demanded(settings(expect={"refusal-cyber": "reroute", "refusal-bio": "raise", "*": "log"}))
    assert loud["refusal-cyber"] == {"reroute"}
    assert loud["refusal-bio"] == {"raise"}
    assert loud["refusal-unknown-category"] == loud["unknown-before-output"] == loud["refusal-no-details"] == {"log"}


def test_a_category_is_met_by_its_rule_wherever_it_is_served():
    """Code that decides by the category is right on every branch that has it, not on one branch alone."""
    given = settings("refusal", "category", expect={"refusal-cyber": "reroute", "refusal-bio": "raise", "*": "log"})
    wanted = {"cyber": {"reroute"}, "bio": {"raise"}}
    assert {branch.stop.category for branch in given.branches} > {"cyber", "bio"}
    for branch in given.branches[1:]:
        assert given.policy_for(branch).loud == wanted.get(branch.stop.category, {"log"}), branch.name


def test_a_category_yet_to_come_meets_the_star():
    """A branch that nobody had in mind is under the rule for the rest."""
    catalogue = Catalogue()
    branches = [*catalogue.select(["category"]), *catalogue.select(["refusal-unknown-category"])]
    found = by_branch(channels_of({"refusal-cyber": "raise", "*": "log"}), branches, catalogue)
    assert found.pop("refusal-cyber") == {"raise"}
    assert len(found) > 3
    assert set(found.values()) == {frozenset({"log"})}


def test_the_control_demands_nothing():
    """The star does not speak of branches on which the code stays quiet."""
    assert "end_turn" not in settings(expect={"*": "log"}).expect


def test_a_name_goes_before_a_glob_and_a_glob_before_the_rest():
    """The most exact key decides, wherever it stands."""
    loud = demanded(
        settings(
            expect={"*": "log", "refusal-mid-*": "raise", "unknown": ["warn", "log"], "refusal-mid-text": "surface"}
        )
    )
    assert loud["refusal-mid-text"] == {"surface"}
    assert loud["refusal-mid-thinking"] == {"raise"}
    assert loud["unknown-with-output"] == {"warn", "log"}
    assert loud["refusal-before-output"] == {"log"}


def test_without_the_star_the_rest_is_as_ever():
    """What expect does not speak of is judged by loud=."""
    loud = demanded(settings(expect={"refusal-before-output": "raise"}, loud=["log"]))
    assert loud["refusal-before-output"] == {"raise"}
    assert loud["refusal-mid-text"] == {"log"}


def test_branches_of_the_project_default_are_widened_too():
    """Where the marker chooses no branch, what it demands something of is tried beside the default."""
    given = settings(expect={"refusal-cyber": "raise"}, ini={"refusals_branches": ["unknown"]})
    assert [branch.name for branch in given.branches if branch.group != "unknown"] == ["end_turn", "refusal-cyber"]


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        (("unknown",), {"expect": {"refusal-cyber": "raise"}}, "'refusal-cyber', which was not selected"),
        ((), {"expect": {"refusal-cyber": "raise"}, "exclude": ["refusal-cyber"]}, "which was not selected"),
        ((), {"expect": {"category": "raise"}}, "'category', which was not selected"),
        ((), {"expect": {"end_turn": "raise"}}, "has to stay quiet"),
        ((), {"expect": {"nothing": "raise"}}, "no branch or group 'nothing'"),
    ],
)
def test_a_branch_that_cannot_be_meant(args, kwargs, message):
    """A key that decides nothing is an error, not a rule that is silently skipped."""
    with pytest.raises(InvalidBranch, match=message):
        settings(*args, **kwargs)


@pytest.mark.parametrize("expect", ["raise", {"*": 3}, {3: "raise"}, {"*": "pager"}, {"*": []}])
def test_channels_that_cannot_be(expect):
    """Each value is a channel or several."""
    with pytest.raises(InvalidPolicy):
        settings(expect=expect)
