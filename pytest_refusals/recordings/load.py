"""Recorded answers from files: streams, messages, VCR cassettes, HAR exports; or from a folder of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Any

from pytest_refusals import dialects
from pytest_refusals.dialects.base import JSON, Request, Stream
from pytest_refusals.errors import InvalidRecording, NoAnswer
from pytest_refusals.recordings import cassette, facts, har
from pytest_refusals.recordings.interaction import ERROR, Choice, Interaction, chosen
from pytest_refusals.recordings.recording import Facts, Recording
from pytest_refusals.recordings.secrets import warn_of

SUFFIXES = (".sse", ".json", ".yaml", ".yml", ".har")
"""Endings of the files that a folder of recordings is read for; all others are passed over."""
_YAML = (".yaml", ".yml")
_JSON = (".json", ".har")
_TYPES = ("text/event-stream", "application/json", "text/plain", "application/octet-stream", "")
_HEADERS = ("content-type",)


def load_recordings(
    path: str | PathLike[str],
    *,
    index: int | None = None,
    host: str | None = None,
    url_path: str | None = None,
    allow_cut: bool = False,
) -> tuple[Recording, ...]:
    """Return the recordings at `path`: one of a stream's or message's file, one for each call of a cassette or HAR,
    all of those in a folder and the folders below it.

    ``.sse`` holds what ``curl -N`` writes, a syrupy snapshot of a stream, or what our recorder wrote; ``.json`` a
    message, what our recorder wrote, a VCR cassette or a HAR; ``.yaml`` a VCR cassette (extra ``recordings``);
    ``.har`` a HAR. Of cassettes and HARs, `index` (of all interactions, from 0), `host` and `url_path` (globs) choose
    some; ``"weather.yaml#2"``, ``"weather.yaml#api.anthropic.com"`` and ``"weather.yaml#/v1/messages"`` do so in the
    path. Answers that are HTTP errors are no base of anything and are left out; of a folder, so are files of traffic
    without a call of a model.

    Raises `InvalidRecording`, which names file and line or interaction and says what was expected, where a file is
    missing, empty, cut (but with `allow_cut`), not UTF-8, of another API, or nothing is left. Warns of secrets in
    somebody's cassette.
    """
    place, choice = _asked(path, Choice(index, host, url_path))
    if place.is_dir():
        return _folder(place, allow_cut=allow_cut)
    return _file(place, choice, place.stem, allow_cut=allow_cut)


def load_recording(
    path: str | PathLike[str],
    *,
    index: int | None = None,
    host: str | None = None,
    url_path: str | None = None,
    allow_cut: bool = False,
) -> Recording:
    """Return the one recording at `path`, as `load_recordings`; several are an `InvalidRecording` that lists them."""
    found = load_recordings(path, index=index, host=host, url_path=url_path, allow_cut=allow_cut)
    if len(found) > 1:
        raise InvalidRecording(
            f"{path}: Expected one recording but there are {len(found)}; choose one by index, host or url_path: "
            + "; ".join(recording.source for recording in found)
        )
    return found[0]


def loaded(path: Path) -> tuple[Recording, ...]:
    """Return what `load_recordings` does, read anew only where a file has changed: every item of a run asks for it."""
    return _loaded(path, _stamp(path))


@lru_cache(maxsize=64)
def _loaded(path: Path, _stamp: object) -> tuple[Recording, ...]:
    return load_recordings(path)


def _stamp(path: Path) -> tuple[tuple[Path, int, int], ...]:
    place = place_of(path)
    files = files_in(place) if place.is_dir() else [place]
    return tuple((file, (stat := file.stat()).st_mtime_ns, stat.st_size) for file in files if file.exists())


def files_in(folder: Path) -> list[Path]:
    """Return the files in `folder`, and the folders below it, that are read as recordings, in order."""
    return sorted(place for place in folder.rglob("*") if place.suffix.lower() in SUFFIXES and place.is_file())


def load_sse(path: str | PathLike[str], *, allow_cut: bool = False) -> Stream:
    """Return the stream in the file at `path`, whatever its name: as `load_recording` reads a ``.sse`` file."""
    place = Path(path)
    return _from_body(_content(place), str(place), place.stem, allow_cut=allow_cut)


def parse_sse(body: bytes, where: str, *, allow_cut: bool = False) -> Stream:
    """Return the stream in `body`; `where` is what errors call it. Raises `InvalidRecording`."""
    try:
        return dialects.known()[0].parse(body, allow_cut=allow_cut)
    except InvalidRecording as error:
        raise type(error)(f"{where}: {error}") from error


def place_of(path: str | PathLike[str]) -> Path:
    """Return the file or folder that `path` means, without the choice after its hash."""
    return _asked(path, Choice())[0]


def _asked(path: str | PathLike[str], choice: Choice) -> tuple[Path, Choice]:
    text = str(path)
    before, hash_, after = text.rpartition("#")
    if not hash_ or not after or Path(text).exists():
        return Path(text), choice
    return Path(before), Choice.read(after)


def _content(place: Path) -> bytes:
    expected = "Expected a recorded answer"
    try:
        return place.read_bytes()
    except FileNotFoundError as error:
        raise InvalidRecording(f"{place}: {expected}, but there is no such file (from {Path.cwd()})") from error
    except OSError as error:
        raise InvalidRecording(f"{place}: {expected}, but it cannot be read: {error.strerror}") from error


def _folder(folder: Path, *, allow_cut: bool) -> tuple[Recording, ...]:
    files = files_in(folder)
    stems = [_name(folder, place.with_suffix("")) for place in files]
    found: list[Recording] = []
    for place, stem in zip(files, stems, strict=True):
        name = stem if stems.count(stem) == 1 else _name(folder, place)
        try:
            found.extend(_file(place, Choice(), name, allow_cut=allow_cut))
        except NoAnswer:
            continue
    if not found:
        raise InvalidRecording(
            f"{folder}: Expected a folder of recorded answers ({', '.join(SUFFIXES)}) but there is none in it"
        )
    return tuple(found)


def _name(folder: Path, place: Path) -> str:
    """Return the path of `place` below `folder` as a name that can be an id of a test."""
    return re.sub(r"[^\w.]+", "-", "-".join(place.relative_to(folder).parts)).strip("-.")


def _file(place: Path, choice: Choice, name: str, *, allow_cut: bool) -> tuple[Recording, ...]:
    where, content = str(place), _content(place)
    value = _json(content, where) if place.suffix.lower() in _JSON else {}
    traffic = _interactions(place, content, value)
    if traffic is not None:
        return _traffic(traffic, choice, where, name, allow_cut=allow_cut)
    if choice:
        raise InvalidRecording(f"{where}: Expected a cassette or a HAR to choose from with {choice} but it is neither")
    if facts.is_ours(value):
        return (_ours(value, where, name),)
    return (_from_body(content, where, name, allow_cut=allow_cut),)


def read_traffic(place: Path) -> list[Interaction] | None:
    """Return the interactions of the cassette or HAR at `place`, None where it is neither."""
    content = _content(place)
    value = _json(content, str(place)) if place.suffix.lower() in _JSON else {}
    return _interactions(place, content, value)


def _interactions(place: Path, content: bytes, value: dict[str, Any]) -> list[Interaction] | None:
    where, suffix = str(place), place.suffix.lower()
    if suffix in _YAML:
        return cassette.read_yaml(content, where)
    if suffix == ".har" or "log" in value:
        return har.interactions(value, where)
    return cassette.interactions(value, where) if "interactions" in value else None


def _json(content: bytes, where: str) -> dict[str, Any]:
    """Return the JSON object in `content`; an empty one where another reader has a better error for it."""
    try:
        value = json.loads(content)
    except ValueError as error:
        if content.lstrip()[:1] in (b"{", b"["):
            raise InvalidRecording(f"{where}: Expected JSON, but it begins like JSON and is none: {error}") from error
        return {}
    return value if isinstance(value, dict) else {}


def _from_body(content: bytes, where: str, name: str, *, allow_cut: bool) -> Recording:
    known, body = facts.split(content)
    return _recording(parse_sse(body, where, allow_cut=allow_cut), name, where, known)


def _ours(value: dict[str, Any], where: str, name: str) -> Recording:
    known = facts.read(value)
    if known.status >= ERROR:
        raise NoAnswer(f"{where}: Expected an answer of a model but it is an HTTP error: status {known.status}")
    body = json.dumps(value[facts.BODY]).encode()
    return _recording(parse_sse(body, where), name, where, known)


def _recording(stream: Stream, name: str, source: str, known: Facts) -> Recording:
    return Recording(stream.events, stream.dropped, stream.tail, name, source, known)


def _traffic(
    interactions: list[Interaction], choice: Choice, where: str, name: str, *, allow_cut: bool
) -> tuple[Recording, ...]:
    warn_of(interactions, where)
    calls = chosen(interactions, choice, where)
    return tuple(
        _answer(call, f"{where}: interaction {call.index}", one, allow_cut=allow_cut)
        for call, one in zip(calls, _names(calls, name), strict=True)
    )


def _names(calls: list[Interaction], name: str) -> Iterator[str]:
    for call in calls:
        yield name if len(calls) == 1 else f"{name}-{call.index}"


def _answer(call: Interaction, where: str, name: str, *, allow_cut: bool) -> Recording:
    if not call.body:
        raise InvalidRecording(
            f"{where}: Expected the body of an answer but there is none: {call}. Browsers leave out the bodies of "
            "streams: export with content, or record it anew"
        )
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _TYPES:
        raise InvalidRecording(f"{where}: Expected text/event-stream or application/json but its type is {kind!r}")
    model, request = _asked_for(call)
    known = Facts(
        status=call.status,
        model=model,
        date=_date(call.date),
        url=call.url.partition("?")[0],
        headers={header: call.headers[header] for header in _HEADERS if header in call.headers},
        request=request,
    )
    return _recording(parse_sse(call.body, where, allow_cut=allow_cut), name, where, known)


def _asked_for(call: Interaction) -> tuple[str | None, JSON | None]:
    """Return the model and the body of the request of `call`, as far as the file has them."""
    request = Request(call.method, call.url, {}, call.request)
    read = next((found for dialect in dialects.known() if (found := dialect.read(request)) is not None), None)
    return (read.model or None, read.body) if read is not None else (None, None)


def _date(text: str | None) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return read((text or "").replace("Z", "+00:00"))
        except (TypeError, ValueError):
            continue
    return None
