"""What the plugin does for one test: its settings, what serves it, and who is told of its runs."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from pytest_refusals.branches import CONTROL, Branch, Catalogue
from pytest_refusals.errors import RefusalsError, ScriptNotFollowed
from pytest_refusals.options import INI
from pytest_refusals.oracle.judge import PASSING
from pytest_refusals.oracle.outcome import Outcome
from pytest_refusals.oracle.policy import Policy
from pytest_refusals.plans import planner
from pytest_refusals.plugin import MARKER, RECORDING, STREAM, WATCHED, parameters
from pytest_refusals.report import explanation, ledger
from pytest_refusals.report.names import without_branch
from pytest_refusals.running import code_of
from pytest_refusals.session import RefusalStream, answering
from pytest_refusals.settings import Marked, Settings, settle

if TYPE_CHECKING:
    from pytest_refusals.conversation.api import RefusalApi


def settings_of(node: pytest.Item) -> Settings:
    """Return what the markers of `node` and the project's defaults ask for. Raises pytest's `CollectError`."""
    config = node.config
    try:
        more = [branch for given in node.ihook.pytest_refusals_branches(config=config) for branch in given]
        return settle(
            Catalogue().extended(more),
            {name: config.getini(name) for name in INI},
            [Marked(marker.args, marker.kwargs) for marker in node.iter_markers(MARKER)],
            [config.rootpath, node.path.parent],
            [channel for given in node.ihook.pytest_refusals_channels(config=config) for channel in given],
            live=config.getoption("refusals_record") is not None,
            generate=config.getoption("refusals_generate"),
        )
    except RefusalsError as error:
        raise pytest.Collector.CollectError(f"{node.nodeid}: {error}") from None


class ItemReporter:
    """Writes records of the runs of one item into its properties."""

    def __init__(self, item: pytest.Function, policy: Policy) -> None:
        self._item = item
        self._policy = policy

    def judged(self, outcome: Outcome) -> None:
        """Write the record of a judged run."""
        self._add(ledger.record(outcome, self._item.nodeid, self._test(outcome.branch.name)).to_json())
        self._show(outcome)

    def generated(self, outcome: Outcome, *, verdict: str | None = None, example: str | None = None) -> None:
        """Write the record of an item's examples."""
        self._add(ledger.of_examples(outcome, self._item.nodeid, self._test("generated"), verdict, example).to_json())
        self._show(outcome)

    def _show(self, outcome: Outcome) -> None:
        if outcome.verdict not in PASSING and self._item.config.getoption("refusals_bytes"):
            for number, exchange in enumerate(outcome.requests, start=1):
                self._item.add_report_section("call", f"bytes of answer {number}", exchange.transcript)
        if self._item.config.getoption("refusals_explain"):
            lines = explanation.explanation(outcome, self._policy, self._item.nodeid)
            self._item.user_properties.append((explanation.PROPERTY, "\n".join(lines)))

    def not_applicable(self, branch: Branch) -> None:
        """Write the record of a branch that the request cannot produce."""
        self._add(ledger.not_applicable(branch, self._item.nodeid, self._test(branch.name)).to_json())

    def _add(self, record: str) -> None:
        self._item.user_properties.append((ledger.PROPERTY, record))

    def _test(self, branch: str) -> str:
        return without_branch(self._item.nodeid, branch)


def served(request: pytest.FixtureRequest) -> Iterator[RefusalStream]:
    """Serve the branch of an item while it runs; the fixture is this."""
    item = request.node
    settings = settings_of(item)
    if item.config.getoption("refusals_record") is not None:
        yield _live(request.param, settings)
        return
    if settings.generate or getattr(item.obj, "is_hypothesis_test", False):
        from pytest_refusals.generated import GENERATED, check_given, undecorated

        check_given(item.obj, item.nodeid)
        if request.param is GENERATED:
            yield from _served_examples(item, settings)
            return
        item.obj = undecorated(item.obj)
    policy = settings.policy_for(request.param)
    stream = RefusalStream(
        planner(request.param, _base(item, settings)),
        policy,
        reporter=ItemReporter(item, policy),
        test=code_of(item.obj),
        channels=settings.channels,
    )
    item.stash[STREAM] = stream
    with answering(stream):
        yield stream


def _base(item: pytest.Function, settings: Settings) -> Any:
    """Return the answer that every branch of `item` is injected into."""
    return parameters(item).get(RECORDING, settings.base)


def _served_examples(item: pytest.Function, settings: Settings) -> Iterator[RefusalStream]:
    from pytest_refusals.endpoint.certificates import read_once
    from pytest_refusals.generated import Examples, on_examples

    examples = Examples(_base(item, settings), settings.generate, item.nodeid)
    stream = RefusalStream(examples.plan, settings.policy, test=code_of(item.obj), channels=settings.channels)
    watched = WATCHED in parameters(item)
    item.obj = on_examples(item.obj, examples, stream, ItemReporter(item, settings.policy), watched=watched)
    with answering(stream), read_once():
        yield stream


def _live(branch: Branch, settings: Settings) -> RefusalStream:
    """Return what lets the code under test ask the real API, once for a test: on its control."""
    from pytest_refusals.live import LiveStream

    if branch.name != CONTROL.name:
        pytest.skip("recording: only the control asks the real API")
    return LiveStream(planner(branch), settings.policy, check=False)


def scripted(item: pytest.Item, api: RefusalApi) -> Generator[None, Any, Any]:
    """Run a test that scripts the API itself, and fail it where the script was not followed."""
    try:
        result = yield
    except Exception:
        if api.unanswered:
            item.add_report_section("call", "refusal_api", "\n".join(api.endpoint.complaints()))
        raise
    try:
        api.conclude()
    except ScriptNotFollowed as error:
        message = str(error)
    else:
        return result
    return pytest.fail(message, pytrace=False)


class Body:
    """The body of a watched test. `returned` is what it returned, None before it ran."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.returned: Any = None

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> None:
            self.returned = function(*args, **kwargs)

        @functools.wraps(function)
        async def call_async(*args: Any, **kwargs: Any) -> None:
            self.returned = await function(*args, **kwargs)

        self.function = call_async if inspect.iscoroutinefunction(function) else call
