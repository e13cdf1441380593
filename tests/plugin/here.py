"""Run pytest on a project in this process: many times faster, and enough where no process of its own matters.

A test with a `pytester` forgets what it was the first to import. So all that may not be imported twice is imported
here, before any such test begins.
"""

from __future__ import annotations

import importlib
import importlib.util
from pkgutil import walk_packages

import pytest

import pytest_refusals

OPTIONS = ("-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:asyncio")
NAMES = ("anthropic", "httpx", "httpx2", "syrupy.extensions.amber", "syrupy.extensions.single_file")

for name in (*NAMES, *(module.name for module in walk_packages(pytest_refusals.__path__, "pytest_refusals."))):
    if importlib.util.find_spec(name.partition(".")[0]) is not None:
        importlib.import_module(name)


def run(project: pytest.Pytester, *args: str) -> pytest.RunResult:
    """Run pytest on `project`."""
    return project.runpytest_inprocess(*OPTIONS, *args)
