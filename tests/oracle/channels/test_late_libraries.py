"""Libraries that are imported in the middle of a run: listened to from their first use, and left as they are."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import itertools
import sys
from contextlib import nullcontext

import pytest

from pytest_refusals import Channel, Heard, tap
from pytest_refusals.oracle.listening import listening
from tests.oracle.channels.telling import CONTROL, watched

NUMBERS = itertools.count()
SOURCE = """
class Pager:
    pages = []

    def page(self, text):
        self.pages.append(text)
"""


@pytest.fixture
def name(tmp_path, monkeypatch):
    """The name of a library that nobody has imported."""
    chosen, before = f"late_library_{next(NUMBERS)}", [*sys.meta_path]
    (tmp_path / f"{chosen}.py").write_text(SOURCE)
    with monkeypatch.context() as here:
        here.syspath_prepend(tmp_path)
        yield chosen
    sys.modules.pop(chosen, None)
    monkeypatch.undo()
    assert sys.meta_path == before


def channel(*names, called="pager"):
    """Return a channel that waits for the libraries of these names."""

    def listen(hear):
        pagers = [sys.modules[each].Pager for each in names if hasattr(sys.modules.get(each), "Pager")]
        return tap(hear, pagers[0], "page", lambda call: Heard(call["text"], by_itself=True))

    return Channel(called, listen, "a page", modules=names)


def page(name):
    """Return code that imports the library and pages somebody."""
    return lambda _: importlib.import_module(name).Pager().page("no answer")


def test_the_first_use_counts(name):
    """It is heard from the first call on, in the run in which it is imported and in later ones."""
    outcomes = [watched(page(name), channels=[channel(name)]) for _ in range(2)]
    assert [outcome.verdict.value for outcome in outcomes] == ["loud", "loud"]
    assert [[signal.text for signal in outcome.signals] for outcome in outcomes] == [["no answer"], ["no answer"]]


def test_nothing_is_left_in_the_module(name):
    """Its loader, and what its spec says of it, are those that it has anyway."""
    watched(page(name), channels=[channel(name)])
    module = sys.modules[name]
    assert type(module.__loader__) is type(module.__spec__.loader) is type(importlib.util.find_spec("json").loader)
    assert module.__loader__ is module.__spec__.loader
    assert vars(module.Pager)["page"].__module__ == name


def test_other_modules(name, tmp_path):
    """One that no channel waits for is imported as ever."""
    (tmp_path / f"{name}_other.py").write_text(SOURCE)
    outcome = watched(page(f"{name}_other"), channels=[channel(name)])
    assert outcome.verdict.value == "silent"
    assert sys.modules.pop(f"{name}_other").Pager.pages == ["no answer"]


def test_several_channels(name, tmp_path):
    """Each begins with its own library, and one that waits for two with the first of them."""
    (tmp_path / f"{name}_more.py").write_text(SOURCE)
    for_one, for_both = channel(name), channel(f"{name}_more", name, called="beeper")
    outcome = watched(page(f"{name}_more"), channels=[for_one, for_both])
    assert [signal.text for signal in outcome.signals] == ["no answer"]
    sys.modules.pop(f"{name}_more")


def test_a_folder_without_code(name, tmp_path):
    """A namespace has no loader, and is imported all the same."""
    (tmp_path / f"{name}_space").mkdir()
    heard = watched(lambda _: importlib.import_module(f"{name}_space"), channels=[channel(f"{name}_space", name)])
    assert heard.raised is None
    assert sys.modules.pop(f"{name}_space").__path__


class Finder(importlib.abc.MetaPathFinder):
    """Finds one module before anybody else does."""

    def __init__(self, path):
        self.path = path

    def find_spec(self, fullname, path, target=None):
        """Find it."""
        if fullname != self.path.stem:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path)


class Ancient:
    """Stands among the finders and is none, as very old code does."""


def test_finders_of_others(name, tmp_path, monkeypatch):
    """One that was put first finds what it finds, and is told of all the same; one that can find nothing is passed."""
    source = tmp_path / "apart" / f"{name}_found.py"
    source.parent.mkdir()
    source.write_text(SOURCE)
    monkeypatch.setattr(sys, "meta_path", [Finder(source), *sys.meta_path])

    def tell(reason):
        ours, *others = sys.meta_path
        with monkeypatch.context() as here:
            here.setattr(sys, "meta_path", [ours, Ancient(), *others])
            page(source.stem)(reason)

    assert watched(tell, channels=[channel(source.stem)]).verdict.value == "loud"
    assert sys.modules.pop(source.stem).__file__ == str(source)


def test_a_library_that_cannot_be_imported(name, tmp_path):
    """It raises what it raises, and is not listened to."""
    (tmp_path / f"{name}.py").write_text("raise ImportError('not today')")
    broken = watched(page(name), CONTROL, channels=[channel(name)])
    assert broken.broken == ()


def test_what_is_heard_afterwards():
    """Whoever kept the ear of a run that is over says nothing in it any more."""
    ears, heard = [], []

    def listen(hear):
        ears.append(hear)
        return nullcontext()

    with listening([Channel("voice", listen, "")], heard, []):
        ears[0](Heard("in time"))
    ears[0](Heard("late"))
    assert [each.text for each in heard] == ["in time"]
