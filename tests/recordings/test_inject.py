"""Any stop at any place of a recording."""

from __future__ import annotations

import pytest

from pytest_refusals import FRESH, Ending, InvalidBranch, InvalidRecording, Recording, Stop, StopKind, serve
from pytest_refusals.dialects.anthropic.grammar import check
from pytest_refusals.dialects.anthropic.message import fold
from pytest_refusals.dialects.anthropic.places import ordinal
from tests.dialects.material import answered, each_recording, load
from tests.endpoint.fake import ASK, sdk

REFUSED = Stop(StopKind.REFUSED, category="cyber", explanation="No.")


def read():
    """Read a stream as the SDK does."""
    with sdk().messages.stream(**ASK) as stream:
        return stream.get_final_message()


@pytest.fixture
def recording():
    """A recording with thinking, a tool call and pings in it."""
    base = [
        {"type": "thinking", "thinking": "Let me see what there is to see."},
        {"type": "text", "text": "It rains in Bergen, as it does on most days."},
        {"type": "tool_use", "name": "weather", "input": {"city": "Bergen", "day": "today"}},
    ]
    return Recording(answered("end_turn", base).stream.events, source="weather.sse")


def test_names(recording):
    """Places are named by what came last, counted by kind."""
    names = recording.positions()
    assert names[:3] == ("1st message start", "1st thinking start", "1st ping")
    assert "2nd text delta" in names
    assert "1st tool use start" in names
    assert names[-1] == "1st tool use stop"
    assert len(set(names)) == len(names)
    assert " ".join(map(ordinal, (1, 2, 3, 4, 11, 12, 13, 21, 102, 111))) == (
        "1st 2nd 3rd 4th 11th 12th 13th 21st 102nd 111th"
    )


@each_recording
def test_every_place_of_every_recording(path):
    """A refusal at any place of any recording is a legal stream that holds all that came before, byte for byte."""
    recording = Recording(load(path).events)
    names = recording.positions()
    for at in range(0, len(names), 1 + len(names) // 12):
        name = names[at]
        injected = recording.inject(REFUSED, after=name)
        assert injected.events[: at + 1] == recording.events[: at + 1]
        assert not check(injected)
        assert fold(injected)["stop_reason"] == "refusal"


def test_ways_to_say_where(recording):
    """A place is given by its name, by its index, or left out for the end."""
    names = recording.positions()
    by_name = recording.inject(REFUSED, after=" 2nd  Text delta ")
    assert by_name == recording.inject(REFUSED, after=names.index("2nd text delta"))
    assert recording.inject(REFUSED, after=-1) == recording.inject(REFUSED)
    assert len(recording.inject(REFUSED).events) == len(recording.events)


def test_endings(recording):
    """The stop is told by an event, by an error event, by a broken connection, or not at all; a block may stay open."""
    after = "1st text delta"
    error = recording.inject(Stop(StopKind.FAILED, "overloaded_error"), after=after, ending=Ending.ERROR_EVENT)
    assert error.events[-1].data["error"]["type"] == "overloaded_error"
    dropped = recording.inject(Stop(StopKind.FAILED), after=after, ending=Ending.DROPPED)
    assert dropped.dropped
    assert len(recording.inject(Stop(StopKind.FAILED), after=after, ending=Ending.CUT).events) == (
        recording.positions().index(after) + 1
    )
    kinds = [event.name for event in recording.inject(REFUSED, after=after, closed=False).events]
    assert kinds[-3:] == ["content_block_delta", "message_delta", "message_stop"]
    with pytest.raises(InvalidBranch, match="rejected"):
        recording.inject(REFUSED, ending="rejected")


def test_fresh_values(recording):
    """A stop reason that no code can know is another one each time."""
    unknown = Stop(StopKind.UNKNOWN, value=FRESH)
    assert len({fold(recording.inject(unknown))["stop_reason"] for _ in range(5)}) == 5


@pytest.mark.parametrize("after", ["99th text delta", "somewhere", 999, -999, ""])
def test_places_that_are_not_there(recording, after):
    """A place that is not there is an error that names the recording and lists the places, runs of them as one."""
    with pytest.raises(InvalidRecording, match=r"weather\.sse: .*after=.*1st text delta to \d+th text delta"):
        recording.inject(REFUSED, after=after)


def test_served(recording):
    """What was injected is served as it is, and what the code under test read before it is known."""
    with serve(recording.inject(REFUSED, after="2nd text delta"), check=False) as refusal_stream:
        message = refusal_stream.run(read).returned
    assert message.stop_reason == "refusal"
    assert 0 < len(message.content[1].text) < len("It rains in Bergen, as it does on most days.")
