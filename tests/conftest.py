"""What every test of the suite can use."""

from __future__ import annotations

pytest_plugins = ["pytester"]
