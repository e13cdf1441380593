"""Mutation testing of the oracle: ``python -m tests.mutation [PATH-PART...] [--jobs N]``.

Every mutant of every file in ``pytest_refusals/oracle`` (or of those whose path holds one of the parts) is tried
against the tests of the oracle and the corpus. Cosmic Ray makes the mutants; each is tried in a process that was forked
with the heavy libraries imported already and nothing of ours, so that a mutant costs seconds. Prints what survived.
"""

from __future__ import annotations

import argparse
import importlib.abc
import importlib.util
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cosmic_ray.plugins
from cosmic_ray.mutating import mutate_code

ROOT = Path(__file__).parents[2]
ORACLE = ROOT / "pytest_refusals/oracle"
TESTS = ROOT / "tests"
COMPARISONS = (
    *("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is"),
    *("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Lt_GtE", "Gt_LtE"),
)
OPERATORS = (
    *("AddNot", "ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue"),
    *("ReplaceUnaryOperator_Delete_Not", "ReplaceBreakWithContinue", "ReplaceContinueWithBreak"),
    *("ReplaceBinaryOperator_Add_Sub", "ReplaceBinaryOperator_Sub_Add", "ReplaceBinaryOperator_Mul_Add"),
    *("NumberReplacer", "ZeroIterationForLoop"),
    *(f"ReplaceComparisonOperator_{each}" for each in COMPARISONS),
)
"""Those that make another program of ours; the others change annotations, or what no test could tell apart."""
NEAREST = {
    "channel": ("listening",),
    "conversation": ("context", "going_on"),
    "documents": ("values", "naming"),
    "dogstatsd": ("statsd",),
    "issuers": ("listening", "prometheus", "statsd", "sentry"),
    "judge": ("sinks",),
    "leaks": ("sinks", "going_on"),
    "listening": ("late_libraries",),
    "observe": ("evidence", "sinks", "verdicts", "surfaces"),
    "outcome": ("verdicts", "leaks"),
    "policy": ("judge", "verdicts"),
    "raising": ("verdicts",),
    "replaced": ("listening", "statsd", "structlog"),
    "reroute": ("going_on", "context"),
    "signals": ("evidence", "judge"),
    "speaking": ("log", "loguru", "structlog"),
    "surface": ("surfaces", "sinks"),
    "taps": ("listening",),
    "words": ("log", "prometheus", "naming"),
}
"""The tests that are tried next after those of the file's own name."""
LIMIT = 120
"""Seconds after which a round of tests that does not end counts as one that fails."""


@dataclass(frozen=True)
class Mutant:
    """One change to one file."""

    path: Path
    operator: str
    occurrence: int
    code: str

    @property
    def is_of_a_decorator(self) -> bool:
        """Whether it changes how something is kept (the size of a cache, a frozen class) and nothing that is done."""
        return self.place.partition(": ")[2].startswith("@")

    @property
    def place(self) -> str:
        """Where it is and what was changed, as a line of the file before and after."""
        before, after = self.path.read_text(encoding="utf-8").splitlines(), self.code.splitlines()
        for number, (old, new) in enumerate(zip(before, after, strict=False), start=1):
            if old != new:
                return f"{self.path.relative_to(ROOT)}:{number}: {old.strip()}  ->  {new.strip()}"
        return f"{self.path.relative_to(ROOT)}: {self.operator} {self.occurrence}"


def mutants(parts: list[str]) -> Iterator[Mutant]:
    """Yield every mutant of the files whose path holds one of `parts`, or of all."""
    for path in sorted(ORACLE.rglob("*.py")):
        if parts and not any(part in str(path) for part in parts):
            continue
        source = path.read_text(encoding="utf-8")
        for name in OPERATORS:
            operator, occurrence = cosmic_ray.plugins.get_operator(f"core/{name}")(), 0
            while (code := mutate_code(source, operator, occurrence)) is not None:
                yield Mutant(path, name, occurrence, code)
                occurrence += 1


def rounds(path: Path) -> list[list[str]]:
    """Return the tests in the order in which they are tried: those that are likeliest to notice go first."""
    oracle = TESTS / "oracle"
    nearest = [each for name in (path.stem, *NEAREST.get(path.stem, ())) for each in oracle.rglob(f"test_{name}.py")]
    wide = [*sorted(oracle.glob("test_*.py")), oracle / "channels"]
    return [[str(each) for each in group] for group in (nearest, [TESTS / "corpus"], wide) if group]


class _Mutated(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    """Gives one module the code of a mutant."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant
        self._name = ".".join(mutant.path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")

    def find_spec(self, fullname, path, target=None):
        """Find that module, and leave the others to the others."""
        return importlib.util.spec_from_loader(fullname, self) if fullname == self._name else None

    def get_filename(self, fullname):
        """Return the path of the file itself: what looks at paths sees no difference."""
        return str(self._mutant.path)

    def get_data(self, path):
        """Return the mutant's code."""
        return self._mutant.code.encode()


def tried(every: list[Mutant], jobs: int) -> Iterator[tuple[Mutant, bool]]:
    """Try each of `every`, `jobs` at a time and each in a process of its own; yield it with whether it survived."""
    waiting, running = list(reversed(every)), dict[int, Mutant]()
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            child = os.fork()
            if child == 0:
                os._exit(_try(mutant))
            running[child] = mutant
        child, status = os.wait()
        yield running.pop(child), os.waitstatus_to_exitcode(status) == 0


def _try(mutant: Mutant) -> int:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    sys.meta_path.insert(0, _Mutated(mutant))
    import pytest
    from hypothesis import Phase, settings

    # to find that something is wrong is enough
    settings.register_profile("default", phases=[Phase.explicit, Phase.generate], database=None)
    early = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"
    # plain: what rewrites assertions would load the plugin itself, and not the mutant
    options = ["-x", "-q", "--assert=plain", "-p", "no:randomly", "-p", "no:cacheprovider", "-W", early]
    for tests in rounds(mutant.path):
        signal.alarm(LIMIT)
        if pytest.main([*options, *tests]) != pytest.ExitCode.OK:
            return 1
    return 0


def main() -> None:
    """Try them all and say what survived."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("parts", nargs="*")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    os.chdir(ROOT)
    for heavy in ("anthropic", "anthropic.lib.tools", "hypothesis", "pytest", "respx", "trio", "pydantic", "attrs"):
        importlib.import_module(heavy)
    assert not any(name.startswith("pytest_refusals") for name in sys.modules), "ours must be imported by each mutant"
    judge = ORACLE / "judge.py"
    [(_, passes)] = tried([Mutant(judge, "none", 0, judge.read_text(encoding="utf-8"))], 1)
    if not passes:
        sys.exit("The tests do not pass without a mutation")
    every, survivors = [each for each in mutants(arguments.parts) if not each.is_of_a_decorator], 0
    for number, (mutant, alive) in enumerate(tried(every, arguments.jobs), start=1):
        survivors += alive
        if alive:
            sys.stdout.write(f"{mutant.place}\n")
            sys.stdout.flush()
        sys.stderr.write(f"\r{number} of {len(every)}, {survivors} survived ")
    share = 100 * (len(every) - survivors) / max(1, len(every))
    sys.stdout.write(f"{len(every) - survivors} of {len(every)} mutants were killed: {share:.1f} %\n")


if __name__ == "__main__":
    main()
