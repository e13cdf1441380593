"""Texts: made to fit on a line, and found in plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_WIDTH = 200


def shortened(text: str, width: int = _WIDTH) -> str:
    """Return `text` on one line of at most `width` characters, its middle left out where it is longer."""
    line = " ".join(text.split())
    if len(line) <= width:
        return line
    half = (width - 5) // 2
    return f"{line[:half]} ... {line[-half:]}"


def safe_repr(value: object, width: int = _WIDTH) -> str:
    """Return ``repr(value)`` on one line; an object whose repr fails is named by its type."""
    try:
        return shortened(repr(value), width)
    except Exception as error:  # a broken repr of the user's must not hide a verdict
        return f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"


def error_text(error: BaseException) -> str:
    """Return type and text of `error`; where the text fails, that is said in its place."""
    try:
        text = str(error)
    except Exception as wrong:  # as in `safe_repr`
        text = f"<a text that raises {type(wrong).__name__}>"
    return f"{type(error).__name__}: {text}"


def strings(value: object) -> Iterator[str]:
    """Yield the strings in `value`, plain data as JSON knows it; of mappings those of the values only."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from strings(item)
