"""What a test asked for: recordings."""

from __future__ import annotations

import json

import pytest

from pytest_refusals import InvalidPolicy, InvalidRecording
from pytest_refusals.branches import Catalogue
from pytest_refusals.options import INI
from pytest_refusals.settings import Marked, settle
from tests.recordings.traffic import BODY, cassette, interaction

DEFAULTS = {name: "" if kind == "string" else [] for name, (kind, _) in INI.items()}


@pytest.fixture
def place(tmp_path):
    """A project with two recordings."""
    (tmp_path / "recs").mkdir()
    (tmp_path / "recs" / "rain.sse").write_text(BODY)
    (tmp_path / "recs" / "two.json").write_text(json.dumps(cassette(interaction(), interaction())))
    return tmp_path


def asked(place, recording, **more):
    return settle(Catalogue(), DEFAULTS, [Marked((), {"recording": recording})], [place / "nowhere", place], **more)


@pytest.mark.parametrize(
    ("recording", "names"),
    [
        ("recs/rain.sse", []),
        ("recs", ["rain", "two-0", "two-1"]),
        ("recs/two.json", ["two-0", "two-1"]),
        ("recs/two.json#1", []),
        ("recs/two.json#/v1/*", ["two-0", "two-1"]),
        ("recs/two.json#api.anthropic.com", ["two-0", "two-1"]),
        (None, []),
    ],
)
def test_names(place, recording, names):
    """Recordings have a part in the ids where a folder or traffic was asked for, and several are meant."""
    assert asked(place, recording).names == names


def test_equal_names(place):
    """Recordings of one name are told apart."""
    both = asked(place, "recs/rain.sse").recordings * 2
    assert asked(place, both).names == ["rain-0", "rain-1"]


@pytest.mark.parametrize(
    ("recording", "error", "message"),
    [
        ("recs/rain.sse#1", InvalidRecording, r"rain\.sse: Expected a cassette or a HAR to choose from with index=1"),
        ("recs/two.json#5", InvalidRecording, "There is no interaction with index=5"),
        ("recs/new.sse", InvalidRecording, r"There is no recording 'recs/new.sse' \(looked in"),
        (7, InvalidPolicy, "Expected recording to be a path.*recording=7"),
        ([], InvalidPolicy, r"Expected recording to be a path.*recording=\[\]"),
    ],
)
def test_bad_input(place, recording, error, message):
    """A recording that is not there, or is none, is an error that names it."""
    with pytest.raises(error, match=message):
        asked(place, recording)


def test_where_it_is_yet_to_be_made(place):
    """While recordings are made, there need not be one."""
    assert asked(place, "recs/new.sse", live=True).recordings == ()
