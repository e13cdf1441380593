"""One plain record for each judged run. Records cross processes and reach JUnit as an item's properties."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from pytest_refusals.branches import BRANCHES, Branch
from pytest_refusals.oracle.judge import PASSING
from pytest_refusals.oracle.outcome import Outcome
from pytest_refusals.sites import Site, shown
from pytest_refusals.text import error_text, safe_repr, shortened

PROPERTY = "refusals"
"""Name of the property that holds a record, as JSON."""
NOT_APPLICABLE = "n/a"
"""Stands for the verdict where the request under test cannot produce the branch."""


@dataclass(frozen=True)
class Record:
    """What the JSON report says of one judged run. `passed` is None where the branch was not applicable."""

    nodeid: str
    test: str
    branch: str
    group: str
    expects: str
    verdict: str
    passed: bool | None
    signals: tuple[dict[str, Any], ...] = ()
    requests: int = 0
    events_served: int = 0
    events_read: int = 0
    call_sites: tuple[dict[str, Any], ...] = ()
    returned: str | None = None
    raised: str | None = None
    example: str | None = None

    def to_json(self) -> str:
        """Return the record as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Record:
        """Return the record that `to_json` wrote."""
        return cls(**json.loads(text))


def record(outcome: Outcome, nodeid: str, test: str) -> Record:
    """Return the record of a judged outcome."""
    assert outcome.verdict is not None
    raised = outcome.raised
    return Record(
        nodeid=nodeid,
        test=test,
        branch=outcome.branch.name,
        group=outcome.branch.group,
        expects=outcome.branch.expects,
        verdict=outcome.verdict.value,
        passed=outcome.verdict in PASSING,
        signals=tuple(
            {
                "channel": signal.channel,
                "text": shortened(signal.text, 500),
                "where": _place(signal.where),
                "names_stop": signal.names_stop,
            }
            for signal in outcome.signals
        ),
        requests=len(outcome.requests),
        events_served=outcome.events_served,
        events_read=outcome.events_read,
        call_sites=tuple(
            {"file": shown(site.file), "line": site.line, "function": site.function} for site in outcome.call_sites
        ),
        returned=safe_repr(outcome.returned) if raised is None else None,
        raised=shortened(error_text(raised)) if raised is not None else None,
    )


def of_examples(outcome: Outcome, nodeid: str, test: str, verdict: str | None, example: str | None) -> Record:
    """Return the record of all examples of an item, by the `outcome` that tells of them.

    `verdict` stands in the place of the outcome's, ``"flaky"`` where it cannot be relied on; `example` is the code of
    the counterexample, None where there is none.
    """
    one = record(outcome, nodeid, test)
    return replace(one, verdict=verdict or one.verdict, passed=example is None, example=example)


def not_applicable(branch: Branch, nodeid: str, test: str) -> Record:
    """Return the record of a branch that the request under test cannot produce."""
    return Record(nodeid, test, branch.name, branch.group, branch.expects, NOT_APPLICABLE, None)


def _place(site: Site | None) -> str | None:
    return f"{shown(site.file)}:{site.line}" if site is not None else None


def records_in(properties: Iterable[tuple[str, object]]) -> Sequence[Record]:
    """Return the records among an item's properties."""
    return [Record.from_json(str(value)) for name, value in properties if name == PROPERTY]


def ordered(records: Iterable[Record], branches: Sequence[str]) -> list[Record]:
    """Return `records` in an order that no scheduling changes: by test, then by the catalogue, then by node."""
    places = {name: place for place, name in enumerate(branches)}
    return sorted(records, key=lambda r: (r.test, places.get(r.branch, len(places)), r.branch, r.nodeid))


def collected(properties: Iterable[Iterable[tuple[str, object]]]) -> list[Record]:
    """Return all records among the properties of many items, ordered."""
    records = [record for each in properties for record in records_in(each)]
    return ordered(records, [branch.name for branch in BRANCHES])
