"""Whose code a file is."""

from __future__ import annotations

import json
import logging
import sysconfig

import pytest

import pytest_refusals
from pytest_refusals import Site
from pytest_refusals.sites import calling_site, is_project, shown


@pytest.fixture(autouse=True)
def _forget():
    is_project.cache_clear()
    yield
    is_project.cache_clear()


@pytest.mark.parametrize(
    "file",
    [json.__file__, logging.__file__, pytest.__file__, pytest_refusals.__file__, "<frozen importlib._bootstrap>"],
)
def test_libraries(file):
    """Installed packages, the standard library and this plugin are not the project's code."""
    assert not is_project(file)


def test_the_project():
    """A file that is not installed is the project's."""
    assert is_project(__file__)
    assert is_project("/srv/app/service.py")


def test_a_project_that_is_installed_is_still_the_project(tmp_path, monkeypatch):
    """What has its source in the working directory is the project's own, wherever it was imported from."""
    from pytest_refusals import sites

    (tmp_path / "src" / "app").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    sites._has_source_here.cache_clear()
    installed = f"{sysconfig.get_paths()['purelib']}/app/service.py"
    assert is_project(installed)
    assert not is_project(installed.replace("/app/", "/other/"))
    sites._has_source_here.cache_clear()


def test_the_calling_site_is_the_innermost_project_line():
    """Frames of libraries between here and there are passed over."""
    site = json.loads("{}", object_hook=lambda _: calling_site())
    assert isinstance(site, Site)
    assert site.file == __file__
    assert site.function == "<lambda>"


def test_paths_are_shown_as_test_runners_do(tmp_path, monkeypatch):
    """Relative below the working directory, absolute elsewhere."""
    monkeypatch.chdir(tmp_path)
    assert shown(str(tmp_path / "a" / "b.py")) == "a/b.py"
    assert shown("/elsewhere/b.py") == "/elsewhere/b.py"
