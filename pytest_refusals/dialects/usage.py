"""What an answer costs: tokens, and what of them is billed; vendor-neutral."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tokens:
    """Counts of tokens. `input` is what was neither written to nor read from a cache."""

    input: int = 0
    output: int = 0
    cache_write: int = 0
    cache_read: int = 0

    def __bool__(self) -> bool:
        return any((self.input, self.output, self.cache_write, self.cache_read))


@dataclass(frozen=True)
class Bill:
    """The `tokens` that are billed, and the `rule` that says so, in words with its source."""

    tokens: Tokens
    rule: str

    @property
    def billed(self) -> bool:
        """Whether anything is billed."""
        return bool(self.tokens)


@dataclass(frozen=True)
class Usage:
    """What one model used for one request.

    `tokens` are the figures that the answer tells, whether they are billed or not; `source` says where it
    tells them. `bill` is what is billed by the rule in force, `older_bill` by the one before it.
    """

    model: str
    tokens: Tokens
    source: str
    bill: Bill
    older_bill: Bill
