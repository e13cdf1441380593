"""Stand in for an attribute of a class or module, and leave again."""

from __future__ import annotations

from typing import Any

_MISSING = object()


class Swap:
    """Puts `ours` in the place of `owner`'s attribute `name`, from the start until `stop`."""

    def __init__(self, owner: Any, name: str, ours: Any) -> None:
        self._owner = owner
        self._name = name
        self._ours = ours
        self._before = vars(owner).get(name, _MISSING)
        setattr(owner, name, ours)

    def stop(self) -> None:
        """Put back what was there; if somebody has patched over us since, theirs stays."""
        if vars(self._owner).get(self._name) is not self._ours:
            return
        if self._before is _MISSING:
            delattr(self._owner, self._name)
        else:
            setattr(self._owner, self._name, self._before)
