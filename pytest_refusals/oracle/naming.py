"""Does a text name the stop: a pure question about strings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from pytest_refusals.dialects.base import JSON
from pytest_refusals.stops import Stop
from pytest_refusals.text import strings

GOOD = frozenset(["stop", "stopped", "complete", "completed", "success", "ok", "end", "finished"])
"""What a good end is called by code that has words of its own for it, lower-case."""
_OF_A_SOCKET = re.compile(r"connection[\s_-]?refused|econnrefused|refused (to connect|the connection)|actively refused")
"""What is said of a server that is not there, as an agent for metrics is not in most tests; lower-case."""
_DEEDS = ("refus", "declin")
_NONE_BEFORE = re.compile(r"\b(0|no|none|not|never|zero|without)\s+$")
_UNSET_AFTER = re.compile(r"""\s*=\s*(false|none|null|no|0|""|'')(?![a-z0-9_])|["']?\s*:\s*false""")
_MADE = re.compile(r"[bcdfghjkmnpqrstv]{10}")
"""What `stops.token` makes."""
_AROUND = 8
"""Characters on either side of a word that are compared with what was said by others."""


@dataclass(frozen=True)
class Naming:
    """Knows what names the stop of one run.

    `stop` is the injected one, `words` the vocabulary. `output` is all that the answers said and `asked` the bodies of
    the requests: a word that was copied from there names nothing; a status of one word that a request has too was
    not copied from it. `ends` are the vendor's words of good ends: that the stop reason is one of them, or one of
    `GOOD`, names nothing either.
    """

    stop: Stop
    words: tuple[str, ...]
    output: tuple[str, ...] = ()
    asked: tuple[JSON, ...] = ()
    ends: frozenset[str] = frozenset()

    def names(self, text: str) -> bool:
        """Whether `text` quotes the stop (value, category, explanation) or says a word of the vocabulary."""
        return any(self._holds(text, word) for word in self._own_words()) or self._speaks(text)

    def quotes_this_run(self, text: str) -> bool:
        """Whether `text` holds a word of the stop that was made for this run and never sent before."""
        return any(word.lower() in text.lower() for own in self._own_words() for word in _MADE.findall(own))

    def _own_words(self) -> Iterable[str]:
        stop = self.stop
        if not stop.told:
            return
        for word in (stop.value, stop.category):
            if word:
                yield word
        if stop.explanation:
            yield stop.explanation
            yield from _MADE.findall(stop.explanation)

    def _holds(self, text: str, word: str) -> bool:
        lowered = text.lower()
        if word.lower() not in lowered:  # compiling a pattern for a word of this run costs more than all the rest
            return False
        pattern = rf"(?<![a-z0-9_]){re.escape(word.lower())}(?![a-z0-9_])"
        return lowered.strip() == word.lower() or any(
            not _copied(lowered, match, self._said) for match in re.finditer(pattern, lowered)
        )

    def _speaks(self, text: str) -> bool:
        lowered = _OF_A_SOCKET.sub(" ", text.lower())
        for match in _vocabulary(self.words).finditer(lowered):
            said = self._said if re.search(r"\s", lowered.strip()) else self._answered
            if not _copied(lowered, match, said) and not self._says_it_is_well(lowered, match):
                return True
        return False

    def _says_it_is_well(self, text: str, match: re.Match[str]) -> bool:
        """Whether the word says that nothing happened: a good end, a flag that is not set, a count of nothing."""
        if match[0].endswith("reason"):
            after = re.match(r"[^a-z0-9]{0,4}([a-z0-9_]+)", text[match.end() :])
            return after is not None and after[1] in self.ends | GOOD
        denied = match[0] in _DEEDS and _NONE_BEFORE.search(text[: match.start()]) is not None
        return denied or _UNSET_AFTER.match(text, _end_of_word(text, match)) is not None

    @cached_property
    def _answered(self) -> tuple[str, ...]:
        return tuple(text.lower() for text in self.output)

    @cached_property
    def _said(self) -> tuple[str, ...]:
        return (*self._answered, *(text.lower() for text in strings(self.asked)))


@lru_cache(maxsize=32)
def _vocabulary(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern that finds each of `words`, however its parts are joined: "content-filter", "ContentFilter"."""
    return re.compile("|".join(r"[\s_-]?".join(map(re.escape, re.split(r"[\s_-]+", word.lower()))) for word in words))


def _copied(text: str, match: re.Match[str], said: tuple[str, ...]) -> bool:
    """Whether the word stands in `said` as it stands in `text`: with what is before it, or with what is after it."""
    return any(
        piece in each for piece in _surroundings(text, match.start(), _end_of_word(text, match)) for each in said
    )


def _end_of_word(text: str, match: re.Match[str]) -> int:
    """Return where the word ends of which `match` may be but the stem."""
    end = match.end()
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return end


def _surroundings(text: str, start: int, end: int) -> Iterator[str]:
    before, word, after = text[max(0, start - _AROUND) : start], text[start:end], text[end : end + _AROUND]
    if before.strip():
        yield before + word
    if after.strip():
        yield word + after
    if not before.strip() and not after.strip():
        yield word
