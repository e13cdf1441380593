"""``python -m pytest_refusals``: the command, where scripts are not on the path."""

from __future__ import annotations

import sys

from pytest_refusals.cli import main

if __name__ == "__main__":
    sys.exit(main())
