"""What a test asked for: the marker's arguments over the project's defaults, checked once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pytest_refusals import expectations
from pytest_refusals.branches import DEFAULT, Branch, Catalogue
from pytest_refusals.errors import InvalidPolicy, InvalidRecording
from pytest_refusals.oracle.channels.channel import Channel
from pytest_refusals.oracle.policy import Policy, accepted, exception_types, names_of

ARGUMENTS = ("exclude", "loud", "raises", "expect", "surfaces", "partial", "answer", "recording")
"""The marker's keyword arguments; its positional ones choose branches."""


@dataclass(frozen=True)
class Settings:
    """What one test asked for. `expect` holds the channels that are demanded of single branches."""

    branches: tuple[Branch, ...]
    policy: Policy
    expect: Mapping[str, frozenset[str]] = field(default_factory=dict)
    answer: Any = None
    recording: Path | None = None
    channels: tuple[Channel, ...] = ()

    def policy_for(self, branch: Branch) -> Policy:
        """Return what counts as loud on `branch`."""
        demanded = self.expect.get(branch.name)
        return replace(self.policy, loud=demanded) if demanded is not None else self.policy


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
) -> Settings:
    """Return the settings of a test.

    `markers` are its markers, the closest one first: each argument is taken from the closest that has
    it. A recording is looked for in `folders`, in order. `channels` are the user's own. Raises `InvalidBranch`,
    `InvalidPolicy` and `InvalidRecording`.
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
    return Settings(
        branches=branches,
        policy=policy,
        expect=expectations.by_branch(expect, branches, catalogue),
        answer=answer,
        recording=_found(recording, folders) if recording is not None else None,
        channels=tuple(channels),
    )


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


def _found(recording: Any, folders: Sequence[Path]) -> Path:
    for folder in folders:
        path = folder / str(recording)
        if path.exists():
            return path
    looked = ", ".join(str(folder) for folder in folders)
    raise InvalidRecording(f"There is no recording {str(recording)!r} (looked in {looked})")
