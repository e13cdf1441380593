"""Why a verdict is what it is: the rule that held, and what was and was not counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pytest_refusals.oracle.judge import RULES, rule_of
from pytest_refusals.oracle.outcome import Outcome
from pytest_refusals.oracle.policy import Policy
from pytest_refusals.oracle.signals import Dismissed
from pytest_refusals.text import shortened

PROPERTY = "refusals explained"
"""Name of the item's property that holds an explanation."""
_LABEL = 14


def explanation(outcome: Outcome, policy: Policy, title: str) -> Iterator[str]:
    """Yield lines: `title` with the verdict, the rule of `judge` that held, then each piece of evidence and whether
    it counted, or why not."""
    rule = rule_of(outcome, policy)
    yield f"{rule.verdict.value.upper()} {title}"
    yield f"  {'rule':<{_LABEL}}{RULES.index(rule) + 1} of {len(RULES)}: {rule.when}"
    for signal in outcome.signals:
        label = "counted" if signal.channel in policy.loud else "not accepted"
        yield f"  {label:<{_LABEL}}{shortened(str(signal))}"
    for each in outcome.dismissed:
        what, why = dismissal(each)
        yield f"  {'not counted':<{_LABEL}}{what}"
        yield f"  {'':<{_LABEL}}{why}"
    if not outcome.signals and not outcome.dismissed:
        yield f"  {'seen':<{_LABEL}}nothing that could have been a signal"


def dismissal(dismissed: Dismissed) -> tuple[str, str]:
    """Return two lines: a piece of evidence that did not count, and why not."""
    signal = dismissed.signal
    place = f" ({signal.where})" if signal.where else ""
    return f"{shortened(f'{signal.channel}: {signal.text}')}{place}", f"  because: {dismissed.why}"


def explained(properties: Iterable[Iterable[tuple[str, object]]]) -> list[str]:
    """Return all explanations among the properties of many items, in an order that no scheduling changes."""
    return sorted(
        (str(value) for each in properties for name, value in each if name == PROPERTY),
        key=lambda text: text.partition("\n")[0].partition(" ")[2],
    )
