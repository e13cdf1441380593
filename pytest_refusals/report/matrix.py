"""The matrix of branches and tests, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_refusals.report.ledger import NOT_APPLICABLE, Record

_GAP = 2


def matrix(records: Sequence[Record], width: int, *, every_test: bool = False) -> Iterator[tuple[str, bool]]:
    """Yield lines and whether each tells of a failure.

    First the tests, numbered; then a row for each branch and a column for each test, in as many blocks
    as `width` characters need. Failing verdicts are in capitals. Tests in which nothing failed are
    counted instead of shown, unless `every_test`.
    """
    tests = list(dict.fromkeys(record.test for record in records))
    failing = {record.test for record in records if record.passed is False}
    told = [test for test in tests if every_test or test in failing]
    for number, test in enumerate(told, start=1):
        yield f"{number:>3}  {test}", test in failing
    if told:
        yield "", False
        yield from _blocks(records, told, width)
        yield "", False
    yield _summary(records, len(tests), len(failing)), bool(failing)


def _blocks(records: Sequence[Record], tests: Sequence[str], width: int) -> Iterator[tuple[str, bool]]:
    cells = _cells(records)
    branches = list(dict.fromkeys(record.branch for record in records if record.test in tests))
    label = max(len(branch) for branch in branches) + _GAP
    column = max(len(word) for word in [*cells.values(), "000"]) + _GAP
    room = max(1, (width - label) // column)
    for start in range(0, len(tests), room):
        block = range(start, min(start + room, len(tests)))
        if start:
            yield "", False
        yield (" " * label + "".join(f"{number + 1:<{column}}" for number in block)).rstrip(), False
        for branch in branches:
            words = [cells.get((tests[number], branch), "") for number in block]
            if any(words):
                line = f"{branch:<{label}}" + "".join(f"{word:<{column}}" for word in words)
                yield line.rstrip(), any(word.isupper() for word in words)


def _cells(records: Sequence[Record]) -> dict[tuple[str, str], str]:
    """Return a word for each test and branch; of several runs the worst one."""
    cells: dict[tuple[str, str], str] = {}
    for record in records:
        key = (record.test, record.branch)
        word = record.verdict.upper() if record.passed is False else record.verdict
        if key not in cells or (not cells[key].isupper() and record.verdict != NOT_APPLICABLE):
            cells[key] = word
    return cells


def _summary(records: Sequence[Record], tests: int, failing: int) -> str:
    runs = len(records)
    dropped = sum(record.passed is False for record in records)
    skipped = sum(record.passed is None for record in records)
    parts = [f"{runs} runs of {tests} {'test' if tests == 1 else 'tests'}: {dropped} failing verdicts"]
    if failing:
        parts.append(f"in {failing} {'test' if failing == 1 else 'tests'}")
    if skipped:
        parts.append(f"({skipped} n/a)")
    return " ".join(parts)
