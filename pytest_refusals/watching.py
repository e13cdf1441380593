"""Watch code run: listen to the channels, and keep how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import CodeType, TracebackType
from typing import TYPE_CHECKING, Any
from unittest import SkipTest

from pytest_refusals.endpoint.endpoint import Endpoint
from pytest_refusals.errors import RefusalsError
from pytest_refusals.oracle.channels.channel import Channel
from pytest_refusals.oracle.listening import listening
from pytest_refusals.oracle.outcome import Outcome
from pytest_refusals.oracle.signals import Heard

if TYPE_CHECKING:
    from typing_extensions import Self


class Run:
    """One watched run: its endpoint, what was heard, and how it ended."""

    def __init__(self, endpoint: Endpoint, handler: CodeType | None, channels: Sequence[Channel]) -> None:
        self.endpoint = endpoint
        self.handler = handler
        self.channels = channels
        self.heard: list[Heard] = []
        self.broken: list[str] = []
        self.returned: tuple[object, ...] = ()
        self.raised: BaseException | None = None
        self.items: list[Any] = []

    @contextmanager
    def catching(self) -> Iterator[None]:
        """Listen, and keep an exception that says something of the code under test; let others pass."""
        __tracebackhide__ = True
        with listening(self.channels, self.heard, self.broken):
            try:
                yield
            except (SkipTest, RefusalsError):
                raise
            except (Exception, SystemExit) as error:
                self.raised = error


class Watch:
    """A block that is watched, and the handle to its outcome once it has ended.

    Set `returned` inside the block to have a value looked at as what came back. Every attribute of
    `Outcome` can be read from it afterwards; before that, `outcome` raises `RefusalsError`.
    """

    def __init__(
        self, begin: Callable[[], Run], conclude: Callable[[Run, Any], Outcome], abort: Callable[[], None]
    ) -> None:
        self.returned: Any = None
        self._begin = begin
        self._conclude = conclude
        self._abort = abort
        self._outcome: Outcome | None = None
        self._stack = ExitStack()

    @property
    def outcome(self) -> Outcome:
        """The outcome of the block."""
        if self._outcome is None:
            raise RefusalsError("The watched block has not ended yet: its outcome is there afterwards")
        return self._outcome

    def __enter__(self) -> Self:
        self._run = self._begin()
        self._stack.enter_context(self._run.catching())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> bool:
        __tracebackhide__ = True
        caught = self._stack.__exit__(kind, error, tb)
        if error is not None and not caught:
            self._abort()
            return False
        self._outcome = self._conclude(self._run, self.returned)
        return True

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.outcome, name)
