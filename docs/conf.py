"""How Sphinx builds these pages."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent)]

project = "pytest-refusals"
copyright = "2026, the pytest-refusals authors"  # noqa: A001  # Sphinx's own name
version = release = "0.1.0"

extensions = ["myst_parser", "sphinx.ext.autodoc", "tables"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_class_signature = "separated"
html_theme = "furo"
html_title = "pytest-refusals"
exclude_patterns = ["_build"]
nitpicky = False
