"""What can go wrong, in three families: the user asked for what cannot be, the code under test
tried to leave the machine, or a verdict failed."""

from __future__ import annotations

import unittest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_refusals.oracle.outcome import Outcome


class RefusalsError(Exception):
    """Something was asked of pytest-refusals that it cannot do. The message names it and lists what is valid."""


class InvalidBranch(RefusalsError):
    """A branch or group does not exist, or a branch contradicts itself."""


class InvalidPolicy(RefusalsError):
    """An argument of the marker, an ini option or a policy is not one of the valid ones."""


class BrokenChannel(UserWarning):
    """A channel failed while it listened. The verdict stands on what was heard all the same."""


class InvalidRecording(RefusalsError):
    """A recording is missing, empty, cut, not a stream, or of another API."""


class NoAnswer(InvalidRecording):
    """A recording holds no answer of a model: an HTTP error, or traffic in which no model is asked."""


class UnsafeRecording(RefusalsError):
    """A recording was not written: it still holds something that looks like a key. The message says where."""


class RecordingWarning(UserWarning):
    """A recording was not written because its answer did not end, or one that was loaded holds a secret."""


class InvalidScript(RefusalsError):
    """A scripted answer contradicts itself, or an argument of it is not one of the valid ones."""


class UnservedRequest(RefusalsError):
    """A request to an LLM API was stopped before its connection was made: no transport of ours serves it."""


class BranchNotApplicable(unittest.SkipTest):
    """The request under test cannot produce the branch (no tools in it, no thinking). pytest shows a skip."""


class VerdictFailed(AssertionError):
    """The oracle's verdict on the code under test is one that fails. `outcome` holds everything seen."""

    def __init__(self, message: str, outcome: Outcome) -> None:
        super().__init__(message)
        self.outcome = outcome


class ScriptNotFollowed(AssertionError):
    """A scripted answer was never asked for, or a request came that nothing was scripted for."""
