"""The JSON report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pytest_refusals.report.ledger import Record

SCHEMA = 1


def write(path: Path, records: Sequence[Record]) -> None:
    """Write `records` to `path`, UTF-8. `coverage` is null: no coverage of call sites was asked for.

    Folders that are missing are made.
    """
    report = {"schema": SCHEMA, "results": [asdict(record) for record in records], "coverage": None}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
