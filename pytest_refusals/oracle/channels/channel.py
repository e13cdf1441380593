"""What a channel is: a name, and a way to listen."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

from pytest_refusals.errors import InvalidPolicy
from pytest_refusals.oracle import leftovers
from pytest_refusals.oracle.signals import Heard
from pytest_refusals.sites import calling_site
from pytest_refusals.text import error_text

_NAME = re.compile(r"[a-z][a-z0-9_-]*")


class Hear:
    """Takes what one channel hears in one run. Call it with a `Heard`; it never raises.

    `broke` takes note of an error of the channel itself, so that it is told and hides no verdict. `over` is
    whether the run has ended: what is heard later is not of it. `inside` is for the channel: what of it is going
    on in this thread. `others` are the threads and tasks that go on with an earlier run.
    """

    def __init__(
        self, channel: str, heard: list[Heard], broken: list[str], others: frozenset[object] = frozenset()
    ) -> None:
        self.inside = threading.local()
        self.over = False
        self._channel = channel
        self._heard = heard
        self._broken = broken
        self._others = others

    def __call__(self, heard: object) -> None:
        """Take `heard`, a `Heard`; anything else is an error of the channel."""
        if not isinstance(heard, Heard):
            self.broke(TypeError(f"Expected a Heard but got {heard!r} (type={type(heard).__name__})"))
        elif not self.over:
            late = heard.own_words_only or leftovers.speaker() in self._others
            where = heard.where or calling_site()
            self._heard.append(replace(heard, channel=self._channel, where=where, own_words_only=late))

    def broke(self, error: BaseException, doing: str = "hearing") -> None:
        """Take note that `error` was raised by the channel itself while `doing` something; each is told once."""
        note = f"The channel {self._channel!r} broke while {doing}: {error_text(error)}"
        if note not in self._broken:
            self._broken.append(note)


Listen = Callable[[Hear], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Channel:
    """A way in which code can tell that it noticed.

    `name` is what `loud=` calls it; ours may share one. `listen` takes a `Hear` and returns a context manager:
    while that is active, everything that comes through the channel is handed to `Hear`, from any thread or
    task. It is None where nothing has to be listened to: the channel is read from how the run ended. `about`
    says what counts, for people. `modules` are the modules without which there is nothing to listen to: none of
    them is imported for the channel's sake, and `listen` is entered (again) whenever one of them is there, be
    it imported in the middle of a run. Raises `InvalidPolicy` for a name that is none.
    """

    name: str
    listen: Listen | None = None
    about: str = ""
    modules: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(str(self.name)):
            raise InvalidPolicy(f"Expected a channel's name in lower-case letters but got name={self.name!r}")
        if self.listen is not None and not callable(self.listen):
            raise InvalidPolicy(f"Expected listen to be callable but got listen={self.listen!r} ({self.name})")
