"""A handler of the corpus with the verdicts it deserves, written down by hand."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from pytest_refusals import Branch, Catalogue

GROUPS = ("control", "refusal", "unknown", "shape", "error", "incomplete", "words", "tolerance")
"""The groups of the catalogue that every handler is tried on."""
BRANCHES = tuple(branch for branch in Catalogue() if branch.group in GROUPS)

SETS: Mapping[str, frozenset[str]] = {
    "quiet": frozenset(b.name for b in BRANCHES if b.group in ("control", "tolerance")),
    "empty": frozenset(["refusal-before-output", "refusal-mid-thinking", "refusal-empty-block"]),
    "partial": frozenset(
        [
            "refusal-mid-text",
            "refusal-no-details",
            "refusal-unknown-category",
            "refusal-mid-text-open",
            "refusal-mid-tool-input",
            "refusal-mid-tool-input-open",
            "refusal-tool-without-input",
            "refusal-after-tool-use",
        ]
    ),
    "unknown": frozenset(b.name for b in BRANCHES if b.group == "unknown"),
    "cut": frozenset(["cut-mid-text", *(b.name for b in BRANCHES if b.group == "incomplete")]),
    "failed": frozenset(b.name for b in BRANCHES if b.group == "error") - {"cut-mid-text"},
    "words": frozenset(["refusal-in-words"]),
}
"""What a label speaks of: a full answer; a refusal with nothing to see; one after visible text; a stop that nobody
knows; an answer that is not whole; an error that the SDK raises itself; a refusal in plain words."""


@dataclass(frozen=True)
class Case:
    """One handler. `labels` are verdicts by set, branch name, or glob over names; a name or glob may end in
    ``@condition``. `lacks` are the parts its request leaves no room for. `modes` are the ways it asks. `method` is
    one of the client's that not every SDK has."""

    handler: Callable[..., Any]
    labels: Mapping[str, str]
    modes: tuple[str, ...]
    lacks: frozenset[str] = frozenset()
    thread: str | None = None
    method: str | None = None
    serving: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The handler's name."""
        return self.handler.__name__

    def expected(self, branch: Branch, conditions: frozenset[str]) -> str:
        """Return the verdict on `branch`: the most particular label that holds."""
        if branch.needs in self.lacks:
            return "n/a"
        _, verdict = max(
            (rank, verdict)
            for key, verdict in self.labels.items()
            if (rank := _rank(key, branch.name, conditions)) is not None
        )
        return verdict


def _rank(key: str, branch: str, conditions: frozenset[str]) -> tuple[int, int] | None:
    """Return how particular the label `key` is where it holds for `branch`: a name above a glob above a set."""
    pattern, _, condition = key.partition("@")
    if condition and condition not in conditions:
        return None
    if pattern in SETS:
        return (0, bool(condition)) if branch in SETS[pattern] else None
    return (1 + (pattern == branch), bool(condition)) if fnmatchcase(branch, pattern) else None


CASES: list[Case] = []


def case(
    refused: str | None = None,
    *,
    empty: str | None = None,
    partial: str | None = None,
    unknown: str | None = None,
    cut: str | None = None,
    failed: str = "loud",
    words: str = "silent",
    quiet: str = "quiet",
    but: Mapping[str, str] | None = None,
    modes: tuple[str, ...] = (),
    lacks: tuple[str, ...] = (),
    thread: str | None = None,
    method: str | None = None,
    **serving: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Put the decorated handler into the corpus.

    `refused` is the verdict on every refusal, unknown stop and answer that is not whole; the other
    arguments are those of `SETS`, and `but` is for single branches. Left out, the SDK's own errors leave the handler
    (loud), words go unnoticed (silent), and full answers stay quiet. A handler with a parameter asks through it, in
    `modes`; one without asks by itself. `thread` is a public report of the idiom, `method` what the
    client has to have. The rest is for `serve`.
    """

    def add(handler: Callable[..., Any]) -> Callable[..., Any]:
        labels = {
            "empty": empty or refused,
            "partial": partial or refused,
            "unknown": unknown or refused,
            "cut": cut or refused,
            "failed": failed,
            "words": words,
            "quiet": quiet,
            **(but or {}),
        }
        missing = [key for key, verdict in labels.items() if verdict is None]
        if missing:
            raise ValueError(f"No verdict for {missing} of {handler.__name__}")
        CASES.append(Case(handler, labels, modes or _modes(handler), frozenset(lacks), thread, method, serving))
        return handler

    return add


AS_IT_CAME = {"empty": "silent", "partial": "leaked", "unknown": "silent", "cut": "leaked"}
"""The labels of code that hands on whatever text came."""
PLAIN = ("thinking", "tool_use")
"""What a request lacks that says nothing of tools and thinking."""


def _modes(handler: Callable[..., Any]) -> tuple[str, ...]:
    if not inspect.signature(handler).parameters:
        return ("direct",)
    asynchronous = inspect.iscoroutinefunction(handler) or inspect.isasyncgenfunction(handler)
    return ("acreate", "astream") if asynchronous else ("create", "stream")
