"""Channel ``raise``: an exception that leaves the code under test and is deliberate."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from dataclasses import replace
from types import CodeType, TracebackType

from pytest_refusals.oracle.channels.channel import Channel
from pytest_refusals.oracle.channels.warn import NOT_OF_AN_ANSWER
from pytest_refusals.oracle.naming import Naming
from pytest_refusals.oracle.signals import Dismissed, Signal
from pytest_refusals.sites import Site, is_project, is_projects_type, site_of
from pytest_refusals.stops import Stop, StopKind
from pytest_refusals.text import error_text

_ACCIDENTS: tuple[type[BaseException], ...] = (
    LookupError,
    AttributeError,
    TypeError,
    NameError,
    ArithmeticError,
    RecursionError,
    StopIteration,
    StopAsyncIteration,
    UnicodeError,
    EOFError,
)
_OF_IDENTIFIERS = (NameError, AttributeError, TypeError, ImportError)
_ACCIDENTAL_NAMES = frozenset({"JSONDecodeError", "ValidationError"})
"""Of the standard library, simplejson, orjson, pydantic, jsonschema, marshmallow: an answer that could not be read."""
_CARRIERS = frozenset(
    {"httpx", "httpx2", "httpcore", "httpcore2", "aiohttp", "requests", "urllib3", "http", "botocore", "h11", "h2"}
)
"""Packages that carry bytes: their errors tell of a failed exchange."""


def read(
    error: BaseException,
    naming: Naming,
    raises: tuple[type[BaseException], ...],
    sdk: frozenset[str],
    test: CodeType | None,
) -> Signal | Dismissed:
    """Return the signal that `error` is, or why it is none.

    `raises` holds the types the user calls deliberate, `sdk` the vendor's own packages, `test` the code of
    the test function: its own bare assertions are about the code under test, not part of it.
    """
    leaves = list(_leaves(error))
    unnamed = Signal("raise", error_text(error), origin(leaves[0]))
    if isinstance(error, NOT_OF_AN_ANSWER):  # a filter turned a warning into an error
        return Dismissed(unnamed, "a warning about the program, not about an answer")
    named = any(_names(cause, naming, test) for leaf in leaves for cause in _causes(leaf))
    deliberate = (
        isinstance(error, raises) or named or any(_is_deliberate(leaf, raises, naming, sdk, test) for leaf in leaves)
    )
    return replace(unnamed, names_stop=named) if deliberate else Dismissed(unnamed, _why_not(leaves[0], test))


def _names(error: BaseException, naming: Naming, test: CodeType | None) -> bool:
    """Whether the text of `error` names the stop.

    What Python says of a name that is missing holds the program's own identifiers (``no attribute 'refusal'``): that
    counts where the project says it itself, or where words are in it that were made for this run.
    """
    text = error_text(error)
    if isinstance(error, _OF_IDENTIFIERS) and not _raised_by_project(error, test):
        return naming.quotes_this_run(text)
    return naming.names(text)


def _why_not(error: BaseException, test: CodeType | None) -> str:
    if _is_accident(error):
        return f"{type(error).__name__} is an accident, and it does not name the stop"
    innermost = _innermost(error.__traceback__)
    if innermost is None or not is_project(innermost.tb_frame.f_code.co_filename):
        return "library code, does not name the stop"
    if innermost.tb_frame.f_code is test:
        return "an assertion of the test itself"
    return "no raise statement of the project's, and it does not name the stop"


def _is_deliberate(
    error: BaseException,
    raises: tuple[type[BaseException], ...],
    naming: Naming,
    sdk: frozenset[str],
    test: CodeType | None,
) -> bool:
    if isinstance(error, raises) or tells_of_failure(error, naming.stop, sdk):
        return True
    # To define a type is as deliberate as to raise it, whatever it derives from. A library that gives up retrying wraps
    # the project's own exception in one of its own.
    return any(
        is_projects_type(type(cause)) or (not _is_accident(cause) and _raised_by_project(cause, test))
        for cause in _causes(error)
    )


def tells_of_failure(error: BaseException, stop: Stop, sdk: frozenset[str]) -> bool:
    """Whether `error` is the SDK's or the transport's own, and the exchange did fail."""
    return stop.kind is StopKind.FAILED and any(_package(cause) in sdk | _CARRIERS for cause in _causes(error))


def _is_accident(error: BaseException) -> bool:
    """Whether `error` is of a type that tells of a bug or of an unreadable answer, and of no decision."""
    names = {kind.__name__ for kind in type(error).__mro__}
    return isinstance(error, _ACCIDENTS) or not _ACCIDENTAL_NAMES.isdisjoint(names)


def _raised_by_project(error: BaseException, test: CodeType | None) -> bool:
    if isinstance(error, SystemExit):
        # A library that ends the program with a failing status was asked to. With status 0 all is well, for its caller.
        return error.code not in (None, 0)
    innermost = _innermost(error.__traceback__)
    if innermost is None or not is_project(innermost.tb_frame.f_code.co_filename):
        return False
    if isinstance(error, AssertionError) and innermost.tb_frame.f_code is test:
        return False
    return isinstance(error, Warning) or _is_raise_statement(innermost)


def _is_raise_statement(tb: TracebackType) -> bool:
    """Whether the line was left by ``raise`` or ``assert``, and not by a built-in that failed (``int("")``)."""
    code, at = tb.tb_frame.f_code, tb.tb_lasti
    return dis.opname[code.co_code[at]] in ("RAISE_VARARGS", "RERAISE")


def _innermost(tb: TracebackType | None) -> TracebackType | None:
    while tb is not None and tb.tb_next is not None:
        tb = tb.tb_next
    return tb


def origin(error: BaseException) -> Site | None:
    """Return the innermost place in project code that `error` came through."""
    found, tb = None, error.__traceback__
    while tb is not None:
        if is_project(tb.tb_frame.f_code.co_filename):
            found = Site(tb.tb_frame.f_code.co_filename, tb.tb_lineno, tb.tb_frame.f_code.co_name)
        tb = tb.tb_next
    return found or (site_of(last.tb_frame) if (last := _innermost(error.__traceback__)) else None)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """Yield what an exception group (of task groups) holds, or the error itself."""
    inner = getattr(error, "exceptions", None)
    if isinstance(inner, tuple) and inner and all(isinstance(e, BaseException) for e in inner):
        for each in inner:
            yield from _leaves(each)
    else:
        yield error


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__


def _package(error: BaseException) -> str:
    return type(error).__module__.partition(".")[0]


CHANNEL = Channel(
    "raise",
    None,
    "an exception that is deliberate: of a type in `raises=`, or it names the stop, or the project's own code raised "
    "it and it is no accident like `IndexError`; the SDK's own error on an `error` branch",
)
