"""Whose code is this: the project's own, or a library's; and where in it are we."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType

_HERE = str(Path(__file__).parent)
_WATCHED_FROM = str(Path(__file__).with_name("session.py"))
_INSTALLED = ("site-packages", "dist-packages")


@dataclass(frozen=True)
class Site:
    """A place in the project's code: file as Python names it, line from 1, function name."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{shown(self.file)}:{self.line} in {self.function}"


def shown(file: str) -> str:
    """Return `file` relative to the working directory where it lies below it, as test runners show paths."""
    try:
        relative = os.path.relpath(file)
    except ValueError:  # another drive
        return file
    return file if relative.startswith("..") else relative


def _library_roots() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    roots = {paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib") if key in paths}
    roots.update(site.getsitepackages() if hasattr(site, "getsitepackages") else ())
    # A virtual environment of a Debian or pyenv Python keeps its standard library with the base installation.
    roots.add(os.path.dirname(os.__file__))
    return tuple(os.path.join(root, "") for root in roots | {_HERE})


_ROOTS = _library_roots()


@lru_cache(maxsize=4096)
def is_project(file: str) -> bool:
    """Whether `file` is the project's own code: neither installed, nor the standard library, nor this plugin.

    A package that is installed, but whose source lies below the working directory (``./app`` or
    ``./src/app``: what tox and plain ``pip install .`` do), is the project's own all the same.
    """
    if file.startswith(("<frozen", "<string>")):
        return False
    parts = Path(file).parts
    for name in _INSTALLED:
        if name in parts:
            inside = parts[len(parts) - parts[::-1].index(name) :]
            return bool(inside) and not file.startswith(_HERE) and _has_source_here(inside[0])
    return not file.startswith(_ROOTS)


def is_projects_type(kind: type) -> bool:
    """Whether `kind` is a class that the project's own code defines."""
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return file is not None and is_project(file)


@lru_cache(maxsize=1024)
def _has_source_here(top: str) -> bool:
    return any(os.path.exists(os.path.join(folder, top)) for folder in (os.curdir, "src"))


def site_of(frame: FrameType) -> Site:
    """Return the place where `frame` stands."""
    return Site(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)


def calling_sites() -> Iterator[Site]:
    """Yield the places in project code that led here, the innermost first, up to where the code was watched from."""
    frame: FrameType | None = sys._getframe(1)
    inside = False
    while frame is not None and not (inside and frame.f_code.co_filename == _WATCHED_FROM):
        if is_project(frame.f_code.co_filename):
            inside = True
            yield site_of(frame)
        frame = frame.f_back


def calling_site() -> Site | None:
    """Return the innermost place in project code that led here, or None if a library thread did."""
    return next(calling_sites(), None)


def site_of_code(code: CodeType | None) -> Site | None:
    """Return where `code` begins, or None if there is none."""
    return Site(code.co_filename, code.co_firstlineno, code.co_name) if code is not None else None
