"""A pytest plugin that fails the build where code drops a model's refusal."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_refusals.branches import BRANCHES, Addition, Branch, Catalogue, Ending, Position
    from pytest_refusals.conversation.api import RefusalApi, serve_script
    from pytest_refusals.conversation.verbs import Scripted
    from pytest_refusals.dialects.anthropic.arranging import stream_of
    from pytest_refusals.dialects.base import Event, Stream
    from pytest_refusals.dialects.usage import Bill, Tokens, Usage
    from pytest_refusals.errors import (
        BranchNotApplicable,
        BrokenChannel,
        InvalidBranch,
        InvalidPolicy,
        InvalidRecording,
        InvalidScript,
        RecordingWarning,
        RefusalsError,
        ScriptNotFollowed,
        UnsafeRecording,
        UnservedRequest,
        VerdictFailed,
    )
    from pytest_refusals.oracle.channels.channel import Channel, Hear
    from pytest_refusals.oracle.channels.taps import tap
    from pytest_refusals.oracle.judge import Verdict, judge
    from pytest_refusals.oracle.outcome import Outcome
    from pytest_refusals.oracle.policy import Policy
    from pytest_refusals.oracle.signals import Heard, Signal
    from pytest_refusals.oracle.sinks import Sink
    from pytest_refusals.orderings import Chunking, Ordering
    from pytest_refusals.recorder import Recorder, record
    from pytest_refusals.recordings.load import load_recording, load_recordings
    from pytest_refusals.recordings.recording import Recording
    from pytest_refusals.session import RefusalStream, serve
    from pytest_refusals.sites import Site
    from pytest_refusals.stops import FRESH, Stop, StopKind
    from pytest_refusals.watching import Watch

_HOMES = {
    "branches": ("BRANCHES", "Addition", "Branch", "Catalogue", "Ending", "Position"),
    "conversation.api": ("RefusalApi", "serve_script"),
    "conversation.verbs": ("Scripted",),
    "dialects.anthropic.arranging": ("stream_of",),
    "dialects.base": ("Event", "Stream"),
    "dialects.usage": ("Bill", "Tokens", "Usage"),
    "errors": (
        "BranchNotApplicable",
        "BrokenChannel",
        "InvalidBranch",
        "InvalidPolicy",
        "InvalidRecording",
        "InvalidScript",
        "RecordingWarning",
        "RefusalsError",
        "ScriptNotFollowed",
        "UnsafeRecording",
        "UnservedRequest",
        "VerdictFailed",
    ),
    "oracle.channels.channel": ("Channel", "Hear"),
    "oracle.channels.taps": ("tap",),
    "oracle.judge": ("Verdict", "judge"),
    "oracle.outcome": ("Outcome",),
    "oracle.policy": ("Policy",),
    "oracle.signals": ("Heard", "Signal"),
    "oracle.sinks": ("Sink",),
    "orderings": ("Chunking", "Ordering"),
    "recorder": ("Recorder", "record"),
    "recordings.load": ("load_recording", "load_recordings"),
    "recordings.recording": ("Recording",),
    "session": ("RefusalStream", "serve"),
    "watching": ("Watch",),
    "sites": ("Site",),
    "stops": ("FRESH", "Stop", "StopKind"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "BRANCHES",
    "FRESH",
    "Addition",
    "Bill",
    "Branch",
    "BranchNotApplicable",
    "BrokenChannel",
    "Catalogue",
    "Channel",
    "Chunking",
    "Ending",
    "Event",
    "Hear",
    "Heard",
    "InvalidBranch",
    "InvalidPolicy",
    "InvalidRecording",
    "InvalidScript",
    "Ordering",
    "Outcome",
    "Policy",
    "Position",
    "Recorder",
    "Recording",
    "RecordingWarning",
    "RefusalApi",
    "RefusalStream",
    "RefusalsError",
    "ScriptNotFollowed",
    "Scripted",
    "Signal",
    "Sink",
    "Site",
    "Stop",
    "StopKind",
    "Stream",
    "Tokens",
    "UnsafeRecording",
    "UnservedRequest",
    "Usage",
    "Verdict",
    "VerdictFailed",
    "Watch",
    "judge",
    "load_recording",
    "load_recordings",
    "record",
    "serve",
    "serve_script",
    "stream_of",
    "tap",
]


def __getattr__(name: str) -> Any:
    # A run that does not use the plugin must not pay for it: every name is imported when it is first asked for.
    if name in _HOME_OF:
        return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
