"""The oracle against code as people write it: every verdict on every branch, as labelled by hand."""

from __future__ import annotations

import functools
import importlib
import os
import warnings
from collections import Counter
from operator import attrgetter
from pathlib import Path

import anthropic
import pytest

from pytest_refusals import Branch, Verdict, serve
from pytest_refusals.errors import BranchNotApplicable
from tests.corpus import asking
from tests.corpus.case import BRANCHES, CASES, PLAIN, SETS, Case

_NO_HANDLERS = ("__init__", "case", "asking")
for _file in sorted(Path(__file__).parent.glob("*.py")):
    if _file.stem not in _NO_HANDLERS and not _file.stem.startswith("test_"):
        importlib.import_module(f"tests.corpus.{_file.stem}")

NEW_SDK = int(anthropic.__version__.partition(".")[0]) >= 1
ITEMS = [(number, case, mode) for number, case in enumerate(CASES) for mode in case.modes]
WHOLE = bool(os.environ.get("CORPUS_WHOLE"))
"""Set in the environment, it tries every branch in every mode. Otherwise the modes of a handler share the branches."""


def verdict(case: Case, mode: str, branch: Branch) -> str:
    """Return what the oracle says; "raised" where a quiet branch lets the handler's own exception through."""
    handler = case.handler
    if mode != "direct":
        handler = functools.partial(handler, asking.MODES[mode](set(PLAIN) <= case.lacks))
    with warnings.catch_warnings(record=True), serve(branch, check=False, **case.serving) as refusal_stream:
        warnings.simplefilter("default")  # our suite turns them into errors; here they are one of the ways of telling
        try:
            return refusal_stream.run(handler).verdict.value
        except BranchNotApplicable:
            return "n/a"
        except Exception as error:
            if branch.expects == "loud":
                raise
            return f"raised {type(error).__name__}"


def has(client: object, method: str) -> bool:
    """Whether the client has the method, whose name has dots in it."""
    try:
        return callable(attrgetter(method)(client))
    except AttributeError:
        return False


def share(number: int, case: Case, mode: str) -> list[Branch]:
    """Return the branches that the handler at `number` is tried on in `mode`: its modes take turns."""
    turn = number + case.modes.index(mode)
    return [branch for at, branch in enumerate(BRANCHES) if WHOLE or (at + turn) % len(case.modes) == 0]


@pytest.mark.parametrize(("number", "case", "mode"), ITEMS, ids=[f"{case.name}-{mode}" for _, case, mode in ITEMS])
def test_the_oracle_agrees_with_the_label(number: int, case: Case, mode: str) -> None:
    """Each branch earns the handler the verdict that a person gave it."""
    if case.method is not None and not has(asking.client(), case.method):
        pytest.skip(f"this SDK has no {case.method}")
    sdk = "new" if NEW_SDK else "old"
    conditions = frozenset([mode, sdk, f"{sdk}-{mode}"])
    wrong: dict[tuple[str, str], list[str]] = {}
    for branch in share(number, case, mode):
        expected, actual = case.expected(branch, conditions), verdict(case, mode, branch)
        if expected != actual:
            wrong.setdefault((expected, actual), []).append(branch.name)
    lines = [f"  labelled {label}, judged {judged}: {', '.join(names)}" for (label, judged), names in wrong.items()]
    if lines:
        pytest.fail("\n".join([f"{case.name} ({mode}): {case.handler.__doc__}", *lines]), pytrace=False)


def test_every_branch_is_in_exactly_one_set() -> None:
    """A label speaks of every branch, and once."""
    counted = Counter(name for names in SETS.values() for name in names)
    assert counted == Counter(branch.name for branch in BRANCHES)


def test_the_corpus_is_labelled_and_wide() -> None:
    """Names are unique, verdicts exist, each handler says in a sentence what it is, and both sides are there."""
    assert len({case.name for case in CASES}) == len(CASES) >= 120
    known = {verdict.value for verdict in Verdict} | {"n/a"}
    labels = [label for case in CASES for label in case.labels.values() if not label.startswith("raised ")]
    assert set(labels) <= known
    assert all(case.handler.__doc__ and case.handler.__doc__.endswith(".") for case in CASES)
    loud = [case for case in CASES if case.labels["empty"] == case.labels["partial"] == "loud"]
    deaf = [case for case in CASES if "loud" not in (case.labels["empty"], case.labels["partial"])]
    assert len(loud) >= 40
    assert len(deaf) >= 40
