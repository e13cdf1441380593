"""What the code under test handed to callbacks of the test, instead of returning it or beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.oracle.values import Held, Vendors
from pytest_refusals.sites import Site, calling_site

NO_STOPS: frozenset[Exchange] = frozenset()


@dataclass(frozen=True)
class Stored:
    """One thing that was handed to a sink.

    `held` is what was in `value` at that moment, `where` the line that handed it over, `after` the exchanges
    whose stop had been read by then.
    """

    value: object
    held: Held
    where: Site | None = None
    after: frozenset[Exchange] = NO_STOPS


Sinks = Mapping[str, Sequence[Stored]]
"""What was stored, by the name of the sink."""


class Sink:
    """A callback for the code under test that keeps everything it is called with, during one run.

    One argument is kept as it is, several as a tuple with the keyword arguments in a dict at its end. `awaited` is the
    same as an async function.
    """

    def __init__(self, name: str, read: Callable[[], frozenset[Exchange]], vendors: Vendors) -> None:
        self.name = name
        self.stored: list[Stored] = []
        self._read = read
        self._vendors = vendors

    def __call__(self, *args: object, **kwargs: object) -> None:
        """Keep the arguments."""
        value = args[0] if len(args) == 1 and not kwargs else (*args, *([kwargs] if kwargs else []))
        self.stored.append(Stored(value, Held.of(value, self._vendors), calling_site(), self._read()))

    async def awaited(self, *args: object, **kwargs: object) -> None:
        """Keep the arguments, for code that awaits its callback."""
        self(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<sink {self.name!r}, called {len(self.stored)} times>"
