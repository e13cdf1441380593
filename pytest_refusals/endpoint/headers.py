"""Headers that can be looked at without showing the user's key."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SECRET = re.compile(r"auth|key|token|secret|cookie|signature|credential", re.IGNORECASE)
"""What the names of headers have in them that carry a secret."""


class Secret(str):
    """A text that is itself wherever it is used or compared, and hidden where it is shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


def masked(headers: Mapping[str, str]) -> dict[str, str]:
    """Return `headers`, names in lower case, with the values that are secrets hidden in every repr."""
    return {name.lower(): Secret(value) if _SECRET.search(name) else value for name, value in headers.items()}
