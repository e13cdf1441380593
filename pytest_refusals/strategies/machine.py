"""A state machine for conversations: turns, refusals, resets, reroutes and retries in any order."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from pytest_refusals.endpoint.certificates import read_once
from pytest_refusals.endpoint.endpoint import Plan
from pytest_refusals.endpoint.serving import serving
from pytest_refusals.oracle.policy import Policy
from pytest_refusals.orderings import Ordering
from pytest_refusals.plans import planner
from pytest_refusals.session import RefusalStream
from pytest_refusals.stops import StopKind
from pytest_refusals.strategies.engine import REQUESTED
from pytest_refusals.strategies.recipes import only
from pytest_refusals.strategies.streams import drawn

_ANSWERED = only(REQUESTED, StopKind.COMPLETED)
_REFUSED = only(REQUESTED, StopKind.REFUSED, StopKind.UNKNOWN)


class ChatMachine(RuleBasedStateMachine):
    """Holds conversations with a chat object of yours, in which any turn may be refused.

    Say in a subclass how to make the chat (`start`), and how to do with it what it can do: `send` a prompt, and, each
    only if it is overridden, `reset` the conversation, `reroute` it to another model, and `retry` the last turn as it
    was. Its `TestCase` is the test. The API answers as the real one: a refused turn that is still in the conversation
    ends the same way again, unless another model is asked. Every turn is judged: a refused one has to be loud, an
    answered one quiet, and none may go on with a refused turn in it.

    `recovers=False` is for a chat that has to be reset or rerouted by its caller before it is used again. `policy` is
    what counts as loud. Shrinks towards few turns and short answers.
    """

    recovers: ClassVar[bool] = True
    policy: ClassVar[Policy] = Policy()

    def __init__(self) -> None:
        super().__init__()
        self._ordering = Ordering()
        self._prompts = 0
        self._refused = self._retryable = False
        self._stream = RefusalStream(self._plan, self.policy, remember=True)
        with ExitStack() as stack:
            stack.enter_context(serving(self._stream))
            stack.enter_context(read_once())
            self._chat = self.start()
            self._stack = stack.pop_all()

    def start(self) -> Any:
        """Return a new chat."""
        raise NotImplementedError(f"{type(self).__name__} has to say in start() what the chat is")

    def send(self, chat: Any, prompt: str) -> Any:
        """Send `prompt` and return what comes back: by default ``chat.send(prompt)``."""
        return chat.send(prompt)

    def reset(self, chat: Any) -> Any:
        """Begin the conversation anew."""

    def reroute(self, chat: Any) -> Any:
        """Go on with another model."""

    def retry(self, chat: Any) -> Any:
        """Ask the last turn again as it was, and return what comes back."""

    @precondition(lambda self: self._may_send())
    @rule(ordering=drawn(_ANSWERED))
    def answered(self, ordering: Ordering) -> None:
        """Take a turn that is answered."""
        self._turn(ordering)

    @precondition(lambda self: self._may_send())
    @rule(ordering=drawn(_REFUSED))
    def refused(self, ordering: Ordering) -> None:
        """Take a turn that is refused, or ends with a stop that nobody knows."""
        self._turn(ordering)
        self._refused = self._retryable = True

    @precondition(lambda self: self._can("reset"))
    @rule()
    def resets(self) -> None:
        """Begin anew."""
        self.reset(self._chat)
        self._refused = self._retryable = False

    @precondition(lambda self: self._can("reroute"))
    @rule()
    def reroutes(self) -> None:
        """Ask another model from now on."""
        self.reroute(self._chat)
        self._refused = self._retryable = False

    @precondition(lambda self: self._can("retry") and self._retryable)
    @rule()
    def retries(self) -> None:
        """Ask a refused turn again: it is refused again."""
        self._run(lambda: self.retry(self._chat))

    def teardown(self) -> None:
        """Stop serving."""
        self._stack.close()

    def _turn(self, ordering: Ordering) -> None:
        self._ordering = ordering
        self._prompts += 1
        prompt = f"Question {self._prompts}"
        self._retryable = False
        self._run(lambda: self.send(self._chat, prompt))

    def _run(self, call: Callable[[], Any]) -> None:
        self._stream.run(call)

    def _plan(self) -> Plan:
        return planner(self._ordering)()

    def _may_send(self) -> bool:
        return self.recovers or not self._refused

    def _can(self, name: str) -> bool:
        return getattr(type(self), name) is not getattr(ChatMachine, name)
