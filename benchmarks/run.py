"""Print every benchmark as one table: ``python benchmarks/run.py [NAME...]``, or those of the names given.

Ratios are within one run, so that they mean the same on any machine. Exits with 1 where a target is missed.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

BENCHMARKS = ("call", "growth", "startup", "collection", "recordings", "generation")


def main(names: list[str]) -> int:
    """Run the benchmarks `names`, all if there are none, and return the exit status."""
    missed = False
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
    for name in names or BENCHMARKS:
        module = import_module(name)
        print(f"\n{(module.__doc__ or name).splitlines()[0]}")
        for row in module.measure():
            print(f"  {row}", flush=True)
            missed |= row.target is not None and row.value > row.target
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
