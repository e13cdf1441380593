"""The marker's ``expect=``: on which branch which channel is demanded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from pytest_refusals.branches import Branch, Catalogue
from pytest_refusals.errors import InvalidBranch, InvalidPolicy
from pytest_refusals.oracle.policy import Policy, accepted

REST = "*"
"""The key that stands for every loud branch that no other key means, those of categories yet to come included."""


def channels_of(expect: Any, more: tuple[str, ...] = ()) -> dict[str, frozenset[str]]:
    """Return `expect`, patterns and one channel or several for each, with its channels as sets.

    `more` holds the names of the user's own channels. Raises `InvalidPolicy` where `expect` is no mapping, or a channel
    is unknown.
    """
    if not isinstance(expect, Mapping):
        raise InvalidPolicy(
            f"Expected expect to be a dict of branches and channels but got expect={expect!r} "
            f"(type={type(expect).__name__})"
        )
    demanded = {}
    for pattern, wanted in expect.items():
        if not isinstance(pattern, str) or not isinstance(wanted, (str, Iterable)):
            raise InvalidPolicy(f"Expected a branch and its channels in expect but got {pattern!r}: {wanted!r}")
        demanded[pattern] = Policy(loud=accepted(wanted), more=more).loud
    return demanded


def widened(patterns: Sequence[str], expect: Mapping[str, object], catalogue: Catalogue) -> tuple[str, ...]:
    """Return `patterns` and the branches that `expect` calls by their very names: where the test chose none
    itself, what it demands something of is tried."""
    names = {branch.name for branch in catalogue}
    return (*patterns, *(pattern for pattern in expect if pattern in names))


def by_branch(
    expect: Mapping[str, frozenset[str]], branches: Sequence[Branch], catalogue: Catalogue
) -> dict[str, frozenset[str]]:
    """Return the channels that are demanded of each of the selected `branches`.

    A branch's own name goes first; then the name of the branch that stands for its category, so that a policy for
    ``refusal-bio`` holds wherever that category is served; then the first group or glob; then `REST`. Raises
    `InvalidBranch` for a key that means no branch, none that was selected, or one that has to stay quiet.
    """
    for pattern in expect:
        if pattern != REST:
            _check(pattern, catalogue.matching(pattern), branches)
    demanded = {}
    for branch in branches:
        meant = _key_for(branch, expect, catalogue)
        if branch.expects == "loud" and meant is not None:
            demanded[branch.name] = expect[meant]
    return demanded


def _check(pattern: str, names: frozenset[str], branches: Sequence[Branch]) -> None:
    meant = [branch for branch in branches if branch.name in names]
    if not meant:
        selected = ", ".join(branch.name for branch in branches)
        raise InvalidBranch(f"expect names {pattern!r}, which was not selected. Selected: {selected}.")
    if all(branch.expects == "quiet" for branch in meant):
        raise InvalidBranch(f"expect names {pattern!r}, where the code under test has to stay quiet")


def _key_for(branch: Branch, expect: Mapping[str, object], catalogue: Catalogue) -> str | None:
    category = branch.stop.category
    kin = [b.name for b in catalogue if b.group == "category" and b.stop.category == category]
    globs = [key for key in expect if key != REST and (key == branch.group or fnmatchcase(branch.name, key))]
    return next((key for key in (branch.name, *kin, *globs, REST) if key in expect), None)
