"""Values that cannot be looked at: whatever a class of the user's raises there hides no verdict."""

from __future__ import annotations

import enum
import logging

import pytest

from pytest_refusals import serve
from tests.oracle.asking import create, text_of

log = logging.getLogger("app.unreadable")


def fail(*_args, **_kwargs):
    """Be a method that cannot do what it is for."""
    raise LookupError("broken")


def made(*names, base=object, **more):
    """Return a class whose methods `names` fail."""
    return type("Broken", (base,), dict.fromkeys(names, fail) | more)


class Colour(enum.Enum):
    """Has a text that fails."""

    RED = 1
    __str__ = __repr__ = fail


VALUES = {
    "text": made("__str__", "__repr__")(),
    "comparison": made("__eq__", "__bool__", "__len__", "__hash__")(),
    "iteration": made("__iter__")(),
    "attributes": made(__dict__=property(fail), __slots__=())(),
    "property": made(stop_reason=property(fail))(),
    "any attribute": made("__getattr__")(),
    "mapping": made("items", "keys", "values", "__iter__", "__len__", base=dict)(a=1),
    "list": made("__iter__", "__len__", "__getitem__", base=list)([1]),
    "string": made("lower", "strip", "split", "splitlines", "__str__", base=str)("words"),
    "exception": made("__str__", "__repr__", base=Exception)("words"),
    "enum": Colour.RED,
}
values = pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)


class Stopped(Exception):
    """Holds something."""

    def __init__(self, value):
        super().__init__("no answer")
        self.value = value


def returned(value, reason):
    """Say so in the log, and return the value."""
    log.error("no answer: %s", reason)
    return value


def raised(value, reason):
    """Raise an error that holds it."""
    raise Stopped(value)


def logged(value, reason):
    """Hand it to the log beside the message."""
    log.error("no answer", extra={"value": value})


def handed_over(value, reason):
    """Hand it to a callback, and say so in the log."""
    KEPT[0](value)
    log.error("no answer: %s", reason)


def dropped(value, reason):
    """Return it as if nothing was."""
    return value


KEPT = []


def verdict(tell, value):
    """Return the verdict on code that does so with the value where there is no answer."""

    def handler():
        message = create()
        return text_of(message) if message.stop_reason == "end_turn" else tell(value, message.stop_reason)

    with serve("refusal-before-output", check=False) as refusal_stream:
        KEPT[:] = [refusal_stream.sink()]
        return refusal_stream.run(handler).verdict.value


@values
@pytest.mark.parametrize("tell", [returned, raised, logged, handed_over])
def test_loud(value, tell):
    """Code that says so is loud, whatever it returns, raises or hands on."""
    assert verdict(tell, value) == "loud"


@values
def test_silent(value):
    """Code that says nothing is silent, whatever it returns."""
    assert verdict(dropped, value) == "silent"


@pytest.mark.parametrize("kind", [made("__str__", "__repr__", base=Exception), made("__str__", base=ValueError)])
def test_an_error_without_a_text(kind):
    """An exception of the project's own is loud though its text fails, raised or logged."""

    def throw(_value, _reason):
        raise kind

    def logs(_value, _reason):
        log.error("no answer", exc_info=kind())

    logging.raiseExceptions, before = False, logging.raiseExceptions
    try:
        assert [verdict(tell, None) for tell in (throw, logs)] == ["loud", "loud"]
    finally:
        logging.raiseExceptions = before
