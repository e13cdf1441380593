"""Channel ``raise``: which exceptions are deliberate, and what is said of those that are not."""

from __future__ import annotations

import pytest

from pytest_refusals.oracle.channels import raising
from pytest_refusals.oracle.naming import Naming
from pytest_refusals.oracle.policy import VOCABULARY
from pytest_refusals.oracle.signals import Dismissed
from pytest_refusals.stops import Stop, StopKind
from tests.oracle.installed import installed

SDK = frozenset({"anthropic"})
LIBRARY = installed("made_up", "def fail(error):\n    raise error\n\ndef call(function):\n    return function()\n")


class Refused(Exception):
    """The project's own."""


class Missing(KeyError):
    """The project's own, though it derives from what is an accident elsewhere."""


def fail(error):
    raise error


def caught(raises, *arguments):
    """Return what ``raises(*arguments)`` raises."""
    with pytest.raises(BaseException) as info:  # noqa: PT011
        raises(*arguments)
    return info.value


def read(error, *, raises=(), test=None, kind=StopKind.REFUSED):
    """Return what the channel makes of `error`."""
    return raising.read(error, Naming(Stop(kind, "refusal"), VOCABULARY), raises, SDK, test)


def by_library(error):
    """Return `error`, raised by a library."""
    return caught(LIBRARY.fail, error)


@pytest.mark.parametrize(
    "error",
    [
        caught(fail, RuntimeError("no answer")),
        caught(fail, Refused()),
        caught(fail, Missing("key")),
        by_library(Refused()),
        by_library(Missing("key")),
        by_library(SystemExit(1)),
        by_library(SystemExit("no answer")),
        by_library(RuntimeError("stopped: refusal")),
        by_library(KeyError("refusal")),
        caught(fail, UserWarning("no answer")),
        caught(fail, AssertionError()),
    ],
    ids=repr,
)
def test_deliberate(error):
    """What the project raises or defines, what ends the program, and what names the stop."""
    assert read(error).channel == "raise"


NOT_DELIBERATE = {
    "accident": (caught(lambda: {}["key"]), "KeyError is an accident, and it does not name the stop"),
    "raised accident": (caught(fail, KeyError("key")), "KeyError is an accident, and it does not name the stop"),
    "identifier": (caught(lambda: object().refusal), "AttributeError is an accident, and it does not name the stop"),
    "library": (by_library(RuntimeError("no answer")), "library code, does not name the stop"),
    "status 0": (by_library(SystemExit(0)), "library code, does not name the stop"),
    "no status": (caught(fail, SystemExit()), "no raise statement of the project's, and it does not name the stop"),
    "built-in": (caught(lambda: int("")), "no raise statement of the project's, and it does not name the stop"),
    "deprecation": (caught(fail, DeprecationWarning("refused")), "a warning about the program, not about an answer"),
    "never raised": (RuntimeError("no answer"), "library code, does not name the stop"),
}


@pytest.mark.parametrize(("error", "why"), NOT_DELIBERATE.values(), ids=NOT_DELIBERATE)
def test_not_deliberate(error, why):
    """An exception that is no signal says why."""
    found = read(error)
    assert isinstance(found, Dismissed)
    assert found.why == why


def test_an_assertion_of_the_test_itself():
    """A bare assertion in the test's own body is about the code under test; one in a helper is a part of that."""

    def body():
        raise AssertionError

    error = caught(body)
    assert read(error).channel == "raise"
    assert read(error, test=fail.__code__).channel == "raise"
    assert read(error, test=body.__code__).why == "an assertion of the test itself"
    assert read(caught(LIBRARY.call, body), test=body.__code__).why == "an assertion of the test itself"


@pytest.mark.parametrize("package", ["anthropic", "httpx", "httpcore2"])
def test_the_sdks_own_error(package):
    """Where the exchange failed, the SDK's or the transport's error tells so; elsewhere it tells of something else."""
    error = by_library(type("APIError", (Exception,), {"__module__": f"{package}._exceptions"})("sorry"))
    assert read(error, kind=StopKind.FAILED).channel == "raise"
    assert read(error).why == "library code, does not name the stop"
    other = by_library(type("APIError", (Exception,), {"__module__": "made_up"})("sorry"))
    assert read(other, kind=StopKind.FAILED).why == "library code, does not name the stop"


def test_a_cause_in_the_chain():
    """A library that wraps what the project raised hands on that it was deliberate; a chain that is a ring ends."""
    inner, outer = caught(fail, Refused()), RuntimeError("gave up")
    outer.__cause__ = inner
    assert read(by_library(outer)).channel == "raise"
    first, second = RuntimeError("one"), RuntimeError("two")
    first.__cause__, second.__cause__ = second, first
    assert read(by_library(first)).why == "library code, does not name the stop"


def test_a_type_of_the_users():
    """A type that the user calls deliberate is, from wherever it comes and whatever it wraps."""
    assert read(by_library(KeyError("key")), raises=(LookupError,)).channel == "raise"
    assert read(by_library(ValueError("key")), raises=(LookupError,)).why == "library code, does not name the stop"
    group = by_library(Group(by_library(ValueError("key")), by_library(KeyError("key"))))
    assert read(group, raises=(LookupError,)).channel == "raise"


class Group(Exception):
    """Holds others, as a task group's does; older Pythons have none."""

    __module__ = "made_up"

    def __init__(self, *exceptions):
        super().__init__("unhandled errors in a TaskGroup")
        self.exceptions = exceptions


def test_a_group():
    """A group is what is in it: deliberate if one of them is, and otherwise told of the first."""
    accident, library = caught(lambda: {}["key"]), by_library(RuntimeError("no answer"))
    assert read(by_library(Group(accident, caught(fail, Refused())))).channel == "raise"
    assert read(by_library(Group(Group(caught(fail, Refused())), accident))).channel == "raise"
    found = read(by_library(Group(library, accident)))
    assert (found.why, found.signal.where) == ("library code, does not name the stop", raising.origin(library))
    assert read(by_library(Group(accident, library))).why == "KeyError is an accident, and it does not name the stop"


@pytest.mark.parametrize("inside", [(), ("Refused",), (RuntimeError("no answer"), 1)])
def test_what_only_looks_like_a_group(inside):
    """An error that holds something else under that name is an error like any other."""
    assert read(by_library(Group(*inside))).signal.text == "Group: unhandled errors in a TaskGroup"


def test_where_it_came_through():
    """The place is the innermost of the project's that it came through, or where it was raised if there is none."""
    error = caught(lambda: LIBRARY.fail(ValueError("no answer")))
    assert read(error).signal.where.function == "<lambda>"
    assert read(caught(LIBRARY.call, lambda: fail(Refused()))).where.function == "fail"
    outside = by_library(ValueError())
    outside.__traceback__ = outside.__traceback__.tb_next
    assert raising.origin(outside).file == LIBRARY.fail.__code__.co_filename
    assert raising.origin(ValueError()) is None
