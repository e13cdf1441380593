"""One request and its answer as a file of somebody else's holds them, and which of them was meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from pytest_refusals import dialects
from pytest_refusals.errors import InvalidRecording, NoAnswer
from pytest_refusals.recordings.compression import decompressed

ERROR = 400
"""The HTTP status from which on an answer is an error."""


@dataclass(frozen=True)
class Interaction:
    """One request and its answer. Header names are lower-case.

    `index` counts all interactions of the file, from 0. `body` is the answer's, decompressed; None where the file
    has none. `request` is the body of the request, empty where the file has none. `date` is as the file has it.
    """

    index: int
    method: str
    url: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None
    request_headers: Mapping[str, str] = field(repr=False)
    request: bytes = b""
    date: str | None = None

    def __str__(self) -> str:
        return f"{self.index}: {self.method} {self.url.partition('?')[0]} ({self.status})"

    @property
    def is_call(self) -> bool:
        """Whether it is a call that asks a model for a message."""
        return any(dialect.asks_here(self.method, self.url) for dialect in dialects.known())

    @property
    def is_error(self) -> bool:
        """Whether the answer is an HTTP error."""
        return self.status >= ERROR


@dataclass(frozen=True)
class Choice:
    """Which interactions of a file are meant: by index, by host or by path (globs); all of them where nothing is set.

    `text` is how the user wrote it after ``#``.
    """

    index: int | None = None
    host: str | None = None
    path: str | None = None

    @classmethod
    def read(cls, text: str) -> Choice:
        """Return the choice that `text` is: digits are an index, what begins with ``/`` a path, the rest a host."""
        if text.isdecimal():
            return cls(index=int(text))
        text = text.replace("\\", "/")  # what a path of Windows makes of it
        return cls(path=text) if text.startswith("/") else cls(host=text)

    def __bool__(self) -> bool:
        return self != Choice()

    def __str__(self) -> str:
        given = {"index": self.index, "host": self.host, "path": self.path}
        return ", ".join(f"{name}={value!r}" for name, value in given.items() if value is not None)

    def matches(self, interaction: Interaction) -> bool:
        """Whether `interaction` is one of those that are meant."""
        place = urlsplit(interaction.url)
        return (
            self.index in (None, interaction.index)
            and (self.host is None or fnmatchcase((place.hostname or "").lower(), self.host.lower()))
            and (self.path is None or fnmatchcase(place.path, self.path))
        )


def chosen(interactions: Sequence[Interaction], choice: Choice, where: str) -> list[Interaction]:
    """Return the calls among `interactions` that are meant by `choice` and were answered, HTTP errors left out.

    Raises `InvalidRecording`, which lists what there is, where none is left.
    """
    matching = [interaction for interaction in interactions if choice.matches(interaction)]
    calls = [interaction for interaction in matching if interaction.is_call]
    good = [interaction for interaction in calls if not interaction.is_error]
    if good:
        return good
    there = "; ".join(map(str, interactions)) or "none"
    if not matching and choice:
        raise InvalidRecording(f"{where}: There is no interaction with {choice}. Interactions: {there}")
    if calls:
        raise NoAnswer(f"{where}: Expected an answer of a model but every call got an HTTP error: {there}")
    raise NoAnswer(
        f"{where}: Expected a call of the Messages API but there is none{_with(choice)}. Interactions: {there}"
    )


def _with(choice: Choice) -> str:
    return f" with {choice}" if choice else ""


def part(entry: Any, name: str, where: str) -> Mapping[str, Any]:
    """Return the mapping `name` of an interaction as its file has it; `where` is what the error calls it."""
    value = entry.get(name) if isinstance(entry, Mapping) else None
    if not isinstance(value, Mapping):
        raise InvalidRecording(f"{where}: Expected a {name} but there is none")
    return value


def status(value: Any, where: str) -> int:
    """Return the HTTP status that `value` is."""
    if not isinstance(value, int):
        raise InvalidRecording(f"{where}: Expected an HTTP status but got status={value!r}")
    return value


def plain(body: bytes | None, headers: Mapping[str, str], where: str) -> bytes | None:
    """Return `body` decompressed as `headers` say; one that is plain already comes back as it is."""
    try:
        return decompressed(body, headers.get("content-encoding", "")) if body else body
    except InvalidRecording as error:
        raise InvalidRecording(f"{where}: {error}") from error
