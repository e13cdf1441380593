"""Recordings against the dialect: what each is, what is wrong with it, what is new in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pytest_refusals import dialects
from pytest_refusals.dialects.base import Review
from pytest_refusals.errors import InvalidRecording, NoAnswer
from pytest_refusals.recordings.load import files_in, load_recordings, read_traffic
from pytest_refusals.recordings.recording import Recording
from pytest_refusals.recordings.secrets import secrets_in, secrets_of


@dataclass(frozen=True)
class Checked:
    """What was found in one recording: a file, or a call of a cassette or HAR.

    `review` is None where it could not be read, or is no answer, as `note` says. `problems` should fail a build;
    `unknown` is what the dialect does not know yet.
    """

    source: str
    review: Review | None = None
    date: datetime | None = None
    note: str = ""
    problems: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def check(path: Path) -> list[Checked]:
    """Return what is found in each recording at `path`, a file or a folder. A cut stream is a problem, not an error.

    Raises `InvalidRecording` where there is no such place, or no recording in it.
    """
    if not path.exists():
        raise InvalidRecording(f"{path}: Expected a folder of recordings, or a file, but there is none")
    files = files_in(path) if path.is_dir() else [path]
    if not files:
        raise InvalidRecording(f"{path}: Expected a folder of recordings but there is none in it")
    return [checked for file in files for checked in _checked(file)]


def _checked(file: Path) -> Iterator[Checked]:
    secrets = tuple(f"it holds what looks like a secret: {place}" for place in _secrets(file))
    try:
        recordings = load_recordings(file, allow_cut=True)
    except NoAnswer as error:
        yield Checked(str(file), note=_without_file(error, file), problems=secrets)
    except InvalidRecording as error:
        yield Checked(str(file), problems=(_without_file(error, file), *secrets))
    else:
        for at, recording in enumerate(recordings):
            yield _reviewed(recording, secrets if at == 0 else ())


def _without_file(error: Exception, file: Path) -> str:
    return str(error).removeprefix(str(file)).removeprefix(":").strip()


def _reviewed(recording: Recording, secrets: tuple[str, ...]) -> Checked:
    review = dialects.known()[0].review(recording)
    return Checked(
        recording.source,
        review,
        recording.facts.date,
        problems=(*review.violations, *secrets),
        unknown=review.unknown,
    )


def _secrets(file: Path) -> list[str]:
    try:
        traffic = read_traffic(file)
        if traffic is not None:
            return list(dict.fromkeys(place for one in traffic for place in secrets_of(one)))
        return list(secrets_in(file.read_bytes().decode("utf-8", "replace")))
    except (InvalidRecording, OSError):
        return []
