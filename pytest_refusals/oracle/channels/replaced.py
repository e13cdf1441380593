"""Stand in for one attribute of somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def replaced(owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Iterator[None]:
    """Put ``make(original)`` in the place of the function `name` in `owner` while active.

    If somebody else has put theirs around it in the meantime, theirs stays, and ours inside it: `Hear` knows that
    it is over.
    """
    original = vars(owner)[name]
    ours = make(original)
    setattr(owner, name, ours)
    try:
        yield
    finally:
        if vars(owner).get(name) is ours:
            setattr(owner, name, original)
