"""What of a measurement is a statement: its name and its values, not its fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pytest_refusals.dialects import Vendors
from pytest_refusals.oracle.signals import Heard
from pytest_refusals.oracle.values import FLAGS, walk
from pytest_refusals.text import error_text

_FIELD = re.compile(r"stop[ _.-]?reasons?", re.IGNORECASE)
"""A name that holds this says what is measured (``llm_stop_reasons_total``), and nothing of how it stopped."""
_YES = ("true", "yes", "1")
_NOBODY = Vendors(())


def texts_in(value: object) -> Iterator[str]:
    """Yield the texts that `value` holds, at any depth; of mappings the values only, and flags that are set."""
    return (text for _, text in walk(value, _NOBODY) if isinstance(text, str))


def measured(kind: str, name: object, labels: Mapping[str, object] | None = None, *more: object) -> Heard:
    """Return what is heard of a measurement, event or attribute that the project made.

    Its `name`, the values of its `labels` and what `more` holds may name the stop. A label's key does not: it is
    the same whatever happened (``stop_reason="end_turn"``). It does as a flag that says it happened:
    ``refused=True``.
    """
    labels = labels or {}
    shown = ", ".join(f"{key}={_plain(value)}" for key, value in labels.items())
    rest = " ".join(_plain(each) for each in more if each)
    text = " ".join(part for part in (kind, str(name), f"{{{shown}}}" if shown else "", rest) if part)
    flags = [key for key, value in labels.items() if _is_flag(str(key), value)]
    return Heard(
        text,
        said=(_FIELD.sub(" ", str(name)), *map(str, flags), *texts_in(list(labels.values())), *texts_in(list(more))),
    )


def _plain(value: object) -> str:
    return error_text(value) if isinstance(value, BaseException) else str(value)


def _is_flag(key: str, value: object) -> bool:
    return str(value).lower() in _YES and FLAGS.search(key.lower()) is not None
