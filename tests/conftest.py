"""What every test of the suite can use."""

from __future__ import annotations

import os

from hypothesis import settings

# pytest and Hypothesis print and keep other things where they take themselves to be in CI, and tests look at those.
for name in ("CI", "BUILD_NUMBER"):
    os.environ.pop(name, None)
settings.load_profile("default")

pytest_plugins = ["pytester"]
