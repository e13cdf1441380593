"""What a test asked for: the marker's arguments over the project's defaults, checked once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import Any

from pytest_refusals import expectations
from pytest_refusals.branches import DEFAULT, Branch, Catalogue
from pytest_refusals.errors import InvalidPolicy, InvalidRecording
from pytest_refusals.oracle.channels.channel import Channel
from pytest_refusals.oracle.policy import Policy, accepted, exception_types, names_of
from pytest_refusals.recordings.load import loaded, place_of
from pytest_refusals.recordings.recording import Recording

ARGUMENTS = ("exclude", "loud", "raises", "expect", "surfaces", "partial", "answer", "recording", "generate")
"""The marker's keyword arguments; its positional ones choose branches."""


@dataclass(frozen=True)
class Settings:
    """What one test asked for.

    `expect` holds the channels that are demanded of single branches. `several` means that a folder or traffic was
    asked for, even where one recording is in it.
    """

    branches: tuple[Branch, ...]
    policy: Policy
    expect: Mapping[str, frozenset[str]] = field(default_factory=dict)
    answer: Any = None
    recordings: tuple[Recording, ...] = ()
    several: bool = False
    channels: tuple[Channel, ...] = ()
    generate: int = 0

    def policy_for(self, branch: Branch) -> Policy:
        """Return what counts as loud on `branch`."""
        demanded = self.expect.get(branch.name)
        return replace(self.policy, loud=demanded) if demanded is not None else self.policy

    @property
    def base(self) -> Any:
        """The answer that every branch is injected into; with several recordings, each is one."""
        return self.recordings[0] if self.recordings else self.answer

    @property
    def names(self) -> list[str]:
        """The names of the recordings where they are part of the ids of the items, each once."""
        names = [recording.name for recording in self.recordings] if self.several else []
        return [name if names.count(name) == 1 else f"{name}-{at}" for at, name in enumerate(names)]


@dataclass(frozen=True)
class Marked:
    """The arguments of one marker."""

    args: Sequence[Any]
    kwargs: Mapping[str, Any]


def settle(
    catalogue: Catalogue,
    ini: Mapping[str, Any],
    markers: Sequence[Marked],
    folders: Sequence[Path],
    channels: Sequence[Channel] = (),
    *,
    live: bool = False,
    generate: int | None = None,
) -> Settings:
    """Return the settings of a test.

    `markers` are its markers, the closest one first: each argument is taken from the closest that has
    it. A recording, or a folder of them, is looked for in `folders`, in order; where the real API is to answer
    (`live`) there need not be one. `channels` are the user's own; `generate` is the command line's, None where it says
    nothing. Raises `InvalidBranch`, `InvalidPolicy` and `InvalidRecording`.
    """
    given = _merged(markers)
    chosen = next((marker.args for marker in markers if marker.args), None)
    expect = expectations.channels_of(given.get("expect", {}), names_of(channels))
    policy = Policy(
        loud=accepted(given.get("loud") or ini["refusals_loud"] or None, names_of(channels)),
        raises=exception_types(given.get("raises", ())),
        surfaces=given.get("surfaces"),
        partial=given.get("partial") or ini["refusals_partial"] or "discard",
        vocabulary=tuple(ini["refusals_vocabulary"]),
        noise=tuple(ini["refusals_noise"]),
        more=names_of(channels),
    )
    answer, recording = given.get("answer"), given.get("recording")
    if answer is not None and recording is not None:
        raise InvalidPolicy("Expected answer= or recording= but got both: each is the base of every branch")
    patterns = _texts("branches", ini["refusals_branches"] if chosen is None else chosen)
    if chosen is None:
        patterns = expectations.widened(patterns or DEFAULT, expect, catalogue)
    branches = catalogue.select(patterns, _texts("exclude", given.get("exclude", ())))
    if answer is None and "recording" not in given:
        recording = ini["refusals_recordings"] or None
    found = _found(recording, folders) if recording is not None and not live else ()
    recordings = loaded(found) if isinstance(found, Path) else found
    return Settings(
        branches=branches,
        policy=policy,
        expect=expectations.by_branch(expect, branches, catalogue),
        answer=answer,
        recordings=recordings,
        several=len(recordings) > 1 or (isinstance(found, Path) and found.is_dir()),
        channels=tuple(channels),
        generate=_examples(given.get("generate"), generate, ini["refusals_generate"]),
    )


def _examples(marked: Any, command_line: int | None, ini: str) -> int:
    """Return how many examples are wanted: what the command line says, unless the marker says none."""
    if marked is not None and (not isinstance(marked, int) or isinstance(marked, bool) or marked < 0):
        raise InvalidPolicy(f"Expected a number of examples, from 0 on, but got generate={marked!r}")
    if ini and not ini.isdecimal():
        raise InvalidPolicy(f"Expected a number of examples, from 0 on, but got refusals_generate={ini!r}")
    if marked == 0:
        return 0
    if command_line is not None:
        return command_line
    return int(ini or 0) if marked is None else marked


def _merged(markers: Sequence[Marked]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for marker in reversed(markers):
        for name in marker.kwargs:
            if name not in ARGUMENTS:
                raise InvalidPolicy(f"The marker has no argument {name!r}. Arguments: {', '.join(ARGUMENTS)}.")
        merged.update(marker.kwargs)
    return merged


def _texts(name: str, value: Any) -> tuple[str, ...]:
    texts = (value,) if isinstance(value, str) else tuple(value)
    for text in texts:
        if not isinstance(text, str):
            raise InvalidPolicy(
                f"Expected {name} to be names, groups or globs but got {text!r} (type={type(text).__name__})"
            )
    return texts


def _found(recording: Any, folders: Sequence[Path]) -> Path | tuple[Recording, ...]:
    if isinstance(recording, Recording):
        return (recording,)
    if isinstance(recording, (list, tuple)) and recording and all(isinstance(one, Recording) for one in recording):
        return tuple(recording)
    if not isinstance(recording, (str, PathLike)):
        raise InvalidPolicy(
            "Expected recording to be a path, or what load_recordings returns, but got "
            f"recording={recording!r} (type={type(recording).__name__})"
        )
    for folder in folders:
        path = folder / recording
        if place_of(path).exists():
            return path
    looked = ", ".join(str(folder) for folder in folders)
    raise InvalidRecording(f"There is no recording {str(recording)!r} (looked in {looked})")
