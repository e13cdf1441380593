"""Does a text name the stop: a pure question about strings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pytest_refusals.stops import Stop

_MADE = re.compile(r"[bcdfghjkmnpqrstvwxz]{10}")
"""What `stops.token` makes."""
_AROUND = 8
"""Characters on either side of a word that are compared with the answer's own text."""


@dataclass(frozen=True)
class Naming:
    """Knows what names the stop of one run.

    `stop` is the injected one, `words` the vocabulary, `output` all that the answers themselves said: a word
    that was copied from there names nothing.
    """

    stop: Stop
    words: tuple[str, ...]
    output: tuple[str, ...] = ()

    def names(self, text: str) -> bool:
        """Whether `text` quotes the stop (value, category, explanation) or says a word of the vocabulary."""
        return self._quotes(text) or self._speaks(text.lower())

    def _quotes(self, text: str) -> bool:
        return any(self._holds(text, word) for word in self._own_words())

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
        pattern = rf"(?<![a-z0-9_]){re.escape(word.lower())}(?![a-z0-9_])"
        lowered = text.lower()
        return any(
            text.strip().lower() == word.lower() or not self._copied(lowered, match.start(), match.end())
            for match in re.finditer(pattern, lowered)
        )

    def _speaks(self, text: str) -> bool:
        for word in self.words:
            start = text.find(word)
            while start >= 0:
                if not self._copied(text, start, start + len(word)):
                    return True
                start = text.find(word, start + 1)
        return False

    def _copied(self, text: str, start: int, end: int) -> bool:
        before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
        word = text[start:end]
        pieces = [before + word] * bool(before.strip()) + [word + after] * bool(after.strip()) or [word]
        return any(piece in said for piece in pieces for said in self._said)

    @property
    def _said(self) -> tuple[str, ...]:
        return tuple(text.lower() for text in self.output)
