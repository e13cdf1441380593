"""What must not be in a recording: how it looks, and what stands in for it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_refusals import dialects
from pytest_refusals.errors import InvalidPolicy, RecordingWarning
from pytest_refusals.recordings.interaction import Interaction

SCRUBBED = "scrubbed"
EMAIL = "scrubbed@example.invalid"

_BEGINS = r"(?:(?<=\\u[0-9a-fA-F]{4})|(?<=\\[bfnrt\"/])|(?<![\w%+.\\-]))"
"""Where a word begins, in a text and in JSON, where a backslash and a letter may stand right before it."""

SECRET_HEADERS = (
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
)
"""Headers of HTTP, and of several vendors, that hold a key or a session."""

_KEYS: tuple[tuple[str, str, str, str], ...] = (
    # what it is, a word without which it is not there (lower-case), how it looks, what stands in for it
    ("an API key", "sk-", _BEGINS + r"sk-(?=[A-Za-z_-]{0,40}\d)[\w-]{12,}", f"sk-{SCRUBBED}"),
    ("a bearer token", "bearer", r"(?i:\bbearer)\s+(?!sk-scrubbed)[\w.~+/-]{16,}=*", f"Bearer {SCRUBBED}"),
)
_PERSONAL = (
    ("an e-mail address", "@", _BEGINS + r"[\w.%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b", EMAIL),
)
_VALUE = r"\\?[\"']?\s{0,3}[:=]\s{0,3}\\?[\"']?(?=[\w+/.=-]{0,60}\d)(?=[\d+/.=-]{0,60}[A-Za-z_])[\w+/.=-]{16,}"
"""What makes the name of a secret one that gives it away: its value, with digits and letters in it."""
_SUSPECTS: tuple[tuple[str, str, str], ...] = (
    ("an AWS key id", "akia", r"\bAKIA[0-9A-Z]{16}\b"),
    ("an AWS session's key id", "asia", r"\bASIA[0-9A-Z]{16}\b"),
    ("a Google API key", "aiza", r"\bAIza[\w-]{35}\b"),
    ("a Google access token", "ya29.", r"\bya29\.[\w-]{20,}"),
    ("a GitHub token", "gh", r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,})"),
    ("a GitLab token", "glpat-", r"\bglpat-[\w-]{20,}"),
    ("a Slack token", "xox", r"\bxox[abeoprs]-[\w-]{10,}"),
    ("a Hugging Face token", "hf_", r"\bhf_[A-Za-z0-9]{30,}\b"),
    ("a Stripe key", "k_live_", r"\b[rs]k_live_[A-Za-z0-9]{16,}"),
    ("a JSON web token", "eyj", r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    ("a private key", "private key", r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----"),
    ("a key beside its name", "key", r"(?i:api[_-]?key)" + _VALUE),
    ("a secret beside its name", "secret", "(?i:secret)" + _VALUE),
    ("a token beside its name", "token", "(?i:token)" + _VALUE),
    ("a password beside its name", "passw", "(?i:passw(?:or)?d)" + _VALUE),
)
_LOOKS = tuple((what, re.compile(look)) for what, _, look, *_ in (*_KEYS, *_SUSPECTS))
_PLACEHOLDER = re.compile(
    r"(?i)scrub|redact|filter|dummy|fake|mask|placeholder|example|hidden|removed|secret|not-a-key|\*\*|xxx|test"
)
_LONG = 16
"""Characters from which on the value of a secret header is taken for one."""


@dataclass(frozen=True)
class Span:
    """A part of a text that is a secret, what kind of one, and what stands in for it."""

    start: int
    end: int
    what: str
    instead: str


class Rules:
    """What is found in a text and replaced, and what is only suspected.

    `exact` are secrets that are known word for word (the key that was sent); `patterns` regular expressions of the
    user's own, and every match of one is replaced. A pattern that is none raises `InvalidPolicy`.
    """

    def __init__(self, exact: Iterable[str] = (), patterns: Sequence[str] = ()) -> None:
        known = sorted({text for text in exact if len(text) >= len("sk-12345")}, key=len, reverse=True)
        self._rules = [
            *(("a secret that was sent", text.lower(), re.compile(re.escape(text)), SCRUBBED) for text in known),
            *((f"a match of {pattern!r}", "", _compiled(pattern), SCRUBBED) for pattern in patterns),
            *((what, word, re.compile(look), instead) for what, word, look, instead in _all_rules()),
        ]
        self._suspects = [(what, word, re.compile(look)) for what, word, look in _SUSPECTS]

    def find(self, text: str) -> list[Span]:
        """Return what has to be replaced in `text`, in order, none over another."""
        small = text.lower()
        spans = [
            Span(match.start(), match.end(), what, match.expand(instead))
            for what, word, look, instead in self._rules
            if word in small  # many times faster than the expressions, and nearly always enough
            for match in look.finditer(text)
            if match.end() > match.start()
        ]
        apart: list[Span] = []
        for span in sorted(spans, key=lambda span: (span.start, -span.end)):
            if not apart or span.start >= apart[-1].end:
                apart.append(span)
        return [span for span in apart if text[span.start : span.end] != span.instead]

    def scrub(self, text: str) -> str:
        """Return `text` with everything replaced that `find` finds."""
        return replaced(text, self.find(text))

    def scrubbed(self, value: Any) -> Any:
        """Return the JSON `value` with every text in it scrubbed, keys included."""
        if isinstance(value, str):
            return self.scrub(value)
        if isinstance(value, Mapping):
            return {self.scrub(key): self.scrubbed(item) for key, item in value.items()}
        return [self.scrubbed(item) for item in value] if isinstance(value, list) else value

    def suspect(self, text: str) -> str | None:
        """Return what in `text` looks like a key ("an AWS key id"), or None."""
        small = text.lower()
        return next((what for what, word, look in self._suspects if word in small and look.search(text)), None)


def replaced(text: str, spans: Sequence[Span]) -> str:
    """Return `text` with each of `spans` replaced."""
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], span.instead]
        at = span.end
    return "".join([*parts, text[at:]])


def _all_rules() -> Iterator[tuple[str, str, str, str]]:
    for dialect in dialects.known():
        yield from dialect.private
    yield from (*_KEYS, *_PERSONAL)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise InvalidPolicy(f"Expected a regular expression to scrub but got {pattern!r}: {error}") from None


def warn_of(interactions: Sequence[Interaction], where: str) -> None:
    """Warn with `RecordingWarning` of the secrets in somebody's traffic, all of a file's in one."""
    found = list(dict.fromkeys(place for one in interactions for place in secrets_of(one)))
    if found:
        warnings.warn(f"{where}: holds what looks like secrets: {'; '.join(found)}", RecordingWarning, stacklevel=4)


def secrets_of(interaction: Interaction) -> Iterator[str]:
    """Yield what looks like a secret in `interaction`, and where."""
    at = f"interaction {interaction.index}"
    private = {name for dialect in dialects.known() for name in dialect.private_headers}
    for side, headers in (("request", interaction.request_headers), ("answer", interaction.headers)):
        for name, value in headers.items():
            if (name in SECRET_HEADERS or name in private) and _is_value(value):
                yield f"{at}, {side} header {name!r}"
    for side, body in (("request", interaction.request), ("answer", interaction.body or b"")):
        for what in secrets_in(body.decode("utf-8", "replace")):
            yield f"{at}, body of the {side}: {what}"


def secrets_in(text: str) -> Iterator[str]:
    """Yield what kinds of keys `text` holds, or what looks like one."""
    for what, look in _LOOKS:
        if any(SCRUBBED not in match[0] for match in look.finditer(text)):
            yield what


def _is_value(value: str) -> bool:
    return len(value) >= _LONG and _PLACEHOLDER.search(value) is None and any(char.isdigit() for char in value)
