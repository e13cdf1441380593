"""Listen to calls: stand in for a method while a run goes on, and never be in its way."""

from __future__ import annotations

import functools
import inspect
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import Any

from pytest_refusals.oracle.channels.channel import Hear
from pytest_refusals.oracle.channels.issuers import is_by_project, issuer
from pytest_refusals.oracle.signals import Heard
from pytest_refusals.sites import site_of

Tell = Callable[[Mapping[str, Any]], "Heard | None"]
"""Makes what is heard of a call from its arguments by name (``self`` among them), or None if it says nothing."""


class Tap:
    """A call to listen to: the method or function `name` of `owner` (a class or a module).

    `like` is the function that names the arguments, where that is not the one that is there. Making a tap costs
    more than using it: keep it where it is used again.
    """

    def __init__(self, owner: Any, name: str, tell: Tell, like: Callable[..., Any] | None = None) -> None:
        self.owner = owner
        self.name = name
        self.tell = tell
        self.like = like
        self.ears: tuple[_Ear, ...] = ()
        self._original: Any = None
        self._ours: Any = None

    def join(self, hear: Hear, library: tuple[str, ...] | None, but: tuple[str, ...]) -> bool:
        """Stand in for the method and hand `hear` what comes; return whether there is one, and it did not already."""
        present = vars(self.owner).get(self.name)
        if self.ears and hear in [ear[0] for ear in self.ears]:
            return False
        if present is not self._ours or present is None:
            if not (callable(present) or isinstance(present, classmethod)):
                return False
            if present is not self._original:
                self._original, self._ours = present, self.stand_in(present)
            setattr(self.owner, self.name, self._ours)
        self.ears = (*self.ears, (hear, library, but))
        return True

    def leave(self, hear: Hear) -> None:
        """Undo what `join` did. Where somebody else has put theirs around ours, theirs stays, and ours inside it."""
        self.ears = () if len(self.ears) == 1 else tuple(ear for ear in self.ears if ear[0] is not hear)
        if _kept.depth:
            _kept.taps[self] = None
        else:
            self.restore()

    def restore(self) -> None:
        """Put the method back where nobody listens any more."""
        if not self.ears and vars(self.owner).get(self.name) is self._ours:
            setattr(self.owner, self.name, self._original)

    def stand_in(self, original: Any) -> Any:
        """Return what takes the place of `original`, and calls it."""
        kind = type(original)
        wrapped = kind in (staticmethod, classmethod)
        function = original.__func__ if wrapped else original

        @functools.wraps(function)
        def tapped(*args: Any, **kwargs: Any) -> Any:
            # A library's method that calls another one says it once.
            ears = [ear for ear in self.ears if not getattr(ear[0].inside, "a_call", False)]
            if not ears:
                return function(*args, **kwargs)
            _mark(ears, inside=True)
            try:
                result = function(*args, **kwargs)
            except OSError:  # nobody was there to take it, which is usual in tests: it was said all the same
                self._report(ears, function, sys._getframe(1), args, kwargs)
                raise
            finally:
                _mark(ears, inside=False)
            self._report(ears, function, sys._getframe(1), args, kwargs)
            return result

        return kind(tapped) if wrapped else tapped

    def _report(self, ears: list[_Ear], function: Callable[..., Any], caller: FrameType, *call: Any) -> None:
        args, kwargs = call
        for hear, library, but in ears:
            try:
                frame = issuer(caller, library or (), but)
                if library is None or is_by_project(frame):
                    heard = self.tell(_signature(self.like or function).bind(*args, **kwargs).arguments)
                    if heard is not None:
                        hear(replace(heard, where=site_of(frame)) if frame is not None else heard)
            except Exception as error:  # the call was made: whatever we make of it must not be in its way
                hear.broke(error)


_Ear = tuple[Hear, "tuple[str, ...] | None", tuple[str, ...]]


def _mark(ears: list[_Ear], *, inside: bool) -> None:
    for hear, _, _ in ears:
        hear.inside.a_call = inside


@contextmanager
def tapping(
    hear: Hear, taps: Iterable[Tap], library: tuple[str, ...] | None, but: tuple[str, ...] = ()
) -> Iterator[None]:
    """Hand `hear` what the project's own code says through `taps` while active, each call once.

    `library` holds the packages that speak for their caller, `but` the parts of them that do not (see `issuer`);
    with None it does not matter who calls. A tap whose owner does not have such a method itself, or that `hear`
    listens to already, is passed over.
    """
    joined: list[Tap] = []
    try:
        with _LOCK:
            joined.extend(tap for tap in taps if tap.join(hear, library, but))
        yield
    finally:
        with _LOCK:
            for tap in joined:
                tap.leave(hear)


class _Kept:
    """The taps that stay in their place although nobody listens: between the runs under one `keeping`."""

    def __init__(self) -> None:
        self.depth = 0
        self.taps: dict[Tap, None] = {}


_kept = _Kept()


@contextmanager
def keeping() -> Iterator[None]:
    """Leave what stands in where it is from one run to the next while active, and put everything back at the end.

    To set an attribute of a class costs more than all else that a run does with it: Python forgets what it knew of
    the class and of those below it.
    """
    with _LOCK:
        _kept.depth += 1
    try:
        yield
    finally:
        with _LOCK:
            _kept.depth -= 1
            if not _kept.depth:
                for each in _kept.taps:
                    each.restore()
                _kept.taps.clear()


_LOCK = threading.Lock()
_signature = functools.lru_cache(inspect.signature)


@contextmanager
def tap(
    hear: Hear, owner: Any, name: str, tell: Callable[[Mapping[str, Any]], Heard | None], *, library: str = ""
) -> Iterator[None]:
    """Listen to the calls of one function or method, for a channel of your own.

    `owner` is the class or module that has it, `name` its name there. `tell` is given the arguments of a call by
    name (``self`` too) and returns what is heard of it, or None if it says nothing. It is called after the call
    itself; what it raises is told as an error of the channel. With `library`, the name of the package that
    `owner` is part of, calls that other installed packages make do not count. Raises `AttributeError` where
    `owner` has no such function.
    """
    if name not in vars(owner):
        raise AttributeError(f"{getattr(owner, '__name__', owner)!r} itself has no function {name!r} to listen to")
    with tapping(hear, [Tap(owner, name, tell)], (library,) if library else None):
        yield
