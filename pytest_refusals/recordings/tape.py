"""One exchange on its way to a file: scrubbed, bit by bit, and there only when it is whole."""

from __future__ import annotations

import json
import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any

from pytest_refusals.dialects.base import Call, Dialect, Request
from pytest_refusals.recordings import facts
from pytest_refusals.recordings.compression import Decompress, decompressor
from pytest_refusals.recordings.interaction import ERROR
from pytest_refusals.recordings.recording import Facts
from pytest_refusals.recordings.secrets import SECRET_HEADERS, Rules
from pytest_refusals.text import error_text

_STREAM = "text/event-stream"
_TEXTS = ("application/json", "text/")
_SCHEMES = ("bearer ", "basic ")
_COOKIES = ("cookie", "set-cookie")
_LONG = 12
"""Characters from which on a part of a cookie that has a digit is taken for a secret, and not for an attribute."""


@dataclass(frozen=True)
class Result:
    """What became of an exchange: the file it is in, or why there is none.

    Neither means that there was nothing worth keeping. `unsafe` means that what looks like a key kept it from being
    written; `why` says where that was.
    """

    path: Path | None = None
    why: str = ""
    unsafe: bool = False


class Shelf:
    """Where recordings are put: ``name.sse``, ``name-2.json``, … in `folder`. Those of an earlier run are replaced."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self._name = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "recording"
        self._count = 0
        self._lock = threading.Lock()

    def next(self, suffix: str) -> Path:
        """Return the path of the next recording."""
        with self._lock:
            self._count += 1
            number = f"-{self._count}" if self._count > 1 else ""
        return self.folder / f"{self._name}{number}{suffix}"


class Tape:
    """Listens to one answer and writes it to a file. A `Tap`; it never raises, and tells `done` how it went.

    `patterns` are what the user wants scrubbed.
    """

    def __init__(
        self,
        request: Request,
        call: Call,
        dialect: Dialect,
        *,
        shelf: Shelf,
        patterns: tuple[str, ...],
        done: Callable[[Result], None],
    ) -> None:
        self._request = request
        self._call = call
        self._dialect = dialect
        self._shelf = shelf
        self._patterns = patterns
        self._done = done
        self._writer: _Stream | _Message | None = None
        self._decompress: list[Decompress] = []
        self._over = False

    def responded(self, status: int, headers: Mapping[str, str]) -> None:
        """The answer begins."""
        try:
            names = [name.strip().lower() for name in headers.get("content-encoding", "").split(",")]
            self._decompress = [decompressor(name) for name in reversed(names)]
            self._begin(status, headers)
        except Exception as error:
            self._end(Result(why=error_text(error)))

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the body."""
        if self._writer is None or self._over:
            return
        try:
            for decompress in self._decompress:
                chunk = decompress(chunk)
            self._writer.write(chunk)
        except Exception as error:
            self._end(Result(why=error_text(error)))

    def close(self, error: BaseException | None, *, complete: bool) -> None:
        """Nothing follows."""
        if self._over or self._writer is None:
            return
        try:
            self._end(self._writer.finish(_reason(error, complete=complete)))
        except Exception as wrong:
            self._end(Result(why=error_text(wrong)))

    def _begin(self, status: int, headers: Mapping[str, str]) -> None:
        rules = Rules(_sent(self._request.headers, headers, self._dialect), self._patterns)
        known = self._facts(status, headers, rules)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == _STREAM:
            self._writer = _Stream(known, self._dialect, rules, self._shelf)
        elif kind.startswith(_TEXTS):
            self._writer = _Message(known, rules, self._shelf)
        else:
            self._end(Result(why=f"its type is {kind!r}, and only {_STREAM} and JSON are recorded"))

    def _facts(self, status: int, headers: Mapping[str, str], rules: Rules) -> Facts:
        both = {**headers, **{k: v for k, v in self._request.headers.items() if k != "content-type"}}
        return Facts(
            status=status,
            model=self._call.model or None,
            date=datetime.now(timezone.utc),
            url=rules.scrub(self._request.url.partition("?")[0]),
            headers={name: rules.scrub(both[name]) for name in self._dialect.telling_headers if name in both},
            request=rules.scrubbed(self._call.body),
        )

    def _end(self, result: Result) -> None:
        self._over = True
        if self._writer is not None:
            self._writer.discard()
        self._done(result)


def _reason(error: BaseException | None, *, complete: bool) -> str | None:
    """Return why a body is not whole, or None where it was read to its end."""
    if complete:
        return None
    if error is None or isinstance(error, GeneratorExit):
        return "the code under test stopped reading it"
    return f"the connection broke: {error_text(error)}"


def _sent(request: Mapping[str, str], answer: Mapping[str, str], dialect: Dialect) -> Iterator[str]:
    """Yield the secrets of this very exchange: keys, ids, and what is in cookies."""
    for headers in (request, answer):
        for name in (*SECRET_HEADERS, *dialect.private_headers):
            value = headers.get(name, "")
            if name in _COOKIES:
                parts = value.replace(";", " ").replace("=", " ").split()
                yield from (part for part in parts if len(part) >= _LONG and any(char.isdigit() for char in part))
            else:
                yield value.partition(" ")[2].strip() if value.lower().startswith(_SCHEMES) else value


class _Stream:
    """A streamed answer: a file of its own until it is whole, then the recording."""

    def __init__(self, known: Facts, dialect: Dialect, rules: Rules, shelf: Shelf) -> None:
        self._shelf = shelf
        self._redactor = dialect.redactor(rules)
        self._suspects = _suspects(facts.described(known), rules)
        self._part = _Part(shelf)
        self._part.file.write(facts.comments(known))

    def write(self, chunk: bytes) -> None:
        self._part.file.write(self._redactor.feed(chunk))

    def finish(self, reason: str | None) -> Result:
        self._part.file.write(self._redactor.finish())
        suspects = [*self._suspects, *dict.fromkeys(self._redactor.suspects)]
        if suspects:
            return _unsafe(suspects)
        if not self._redactor.ended:
            return Result(why=f"it is cut after {self._redactor.events} events: {reason or 'the stream ended there'}")
        return Result(self._part.become(self._shelf.next(".sse")))

    def discard(self) -> None:
        self._part.discard()


class _Message:
    """An answer that is no stream: kept until it is whole."""

    def __init__(self, known: Facts, rules: Rules, shelf: Shelf) -> None:
        self._known = known
        self._rules = rules
        self._shelf = shelf
        self._body = bytearray()

    def write(self, chunk: bytes) -> None:
        self._body += chunk

    def finish(self, reason: str | None) -> Result:
        body = _value(bytes(self._body))
        if reason is not None and self._known.status >= ERROR:
            return Result()  # clients that try again do not read what went wrong
        if reason is not None and not isinstance(body, (dict, list)):
            return Result(why=f"it is cut after {len(self._body)} bytes: {reason}")
        value = {**facts.described(self._known), facts.BODY: self._rules.scrubbed(body)}
        text = json.dumps(value, ensure_ascii=False, indent=2)
        suspects = _suspects(value, self._rules)
        if suspects:
            return _unsafe(suspects)
        part = _Part(self._shelf)
        try:
            part.file.write(text.encode("utf-8", "backslashreplace") + b"\n")
            return Result(part.become(self._shelf.next(".json")))
        finally:
            part.discard()

    def discard(self) -> None:
        self._body.clear()


def _value(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "backslashreplace")


def _suspects(value: Any, rules: Rules, at: str = "") -> list[str]:
    """Return what in the JSON `value` looks like a key, and where: ``"an AWS key id in request.messages[0]"``."""
    if isinstance(value, dict):
        named = {f"{at}.{key}".lstrip("."): (item, f"{key}: {item}") for key, item in value.items()}
        return [hit for place, (item, pair) in named.items() for hit in _suspects_in(item, rules, place, pair)]
    if isinstance(value, list):
        return [hit for number, item in enumerate(value) for hit in _suspects(item, rules, f"{at}[{number}]")]
    return _suspects_in(value, rules, at, value) if isinstance(value, str) else []


def _suspects_in(item: Any, rules: Rules, at: str, shown: str) -> list[str]:
    """Return the suspects in `item`; a text is looked at as it is `shown`, with its name, which may give it away."""
    if not isinstance(item, str):
        return _suspects(item, rules, at)
    what = rules.suspect(shown)
    return [f"{what} in {at}"] if what else []


def _unsafe(suspects: list[str]) -> Result:
    return Result(why="; ".join(suspects), unsafe=True)


class _Part:
    """A file that is not a recording yet. It is made beside where it will be, and never left behind."""

    def __init__(self, shelf: Shelf) -> None:
        shelf.folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".recording-", suffix=".part", dir=shelf.folder)
        self._path: Path | None = Path(name)
        self.file: IO[bytes] = os.fdopen(handle, "wb")

    def become(self, path: Path) -> Path:
        self.file.close()
        if self._path is not None:
            self._path.chmod(0o644)
            self._path.replace(path)
            self._path = None
        return path

    def discard(self) -> None:
        self.file.close()
        if self._path is not None:
            with suppress(FileNotFoundError):
                self._path.unlink()
            self._path = None
