"""Snapshots of streams and outcomes, as a user keeps them."""

from __future__ import annotations

import pytest

from pytest_refusals import load_recordings
from pytest_refusals.dialects.anthropic.message import fold
from tests.plugin import here

pytest.importorskip("syrupy")

TEST = """
    import pytest
    from app import loud, tokens
    from pytest_refusals import Event, Stream
    from pytest_refusals.snapshots import OutcomeSnapshot, StreamSnapshot

    HANDLER = loud

    @pytest.mark.refusals("refusal-unknown-category", "unknown-with-output", "refusal-no-details")
    def test_outcome(refusal_stream, snapshot):
        outcome = refusal_stream.run(HANDLER)
        assert outcome == snapshot(extension_class=OutcomeSnapshot)

    @pytest.mark.refusals("tolerates-unknown-block", "unknown-with-output")
    def test_stream(refusal_stream, snapshot):
        with refusal_stream.watch() as outcome:
            "".join(tokens())
        assert outcome.requests[0] == snapshot(extension_class=StreamSnapshot)
        assert outcome == snapshot(extension_class=OutcomeSnapshot)

    def test_made(snapshot):
        stream = Stream((Event("ping", {"type": "ping"}),))
        assert stream == snapshot(extension_class=StreamSnapshot)
        assert b": hello\\n\\n" == snapshot(extension_class=StreamSnapshot)
        with pytest.raises(TypeError, match="Expected a stream, an exchange or bytes but got 7"):
            StreamSnapshot().serialize(7)
"""


def test_snapshots(project):
    """Snapshots are the same in every run, though much is made anew; they are readable, and tell when code changes."""
    project.makepyfile(test_it=TEST)
    here.run(project, "--snapshot-update").assert_outcomes(passed=8)
    folder = project.path / "__snapshots__"
    first = {path.name: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}
    here.run(project, "--snapshot-update").assert_outcomes(passed=8)
    assert {path.name: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()} == first
    kept = first["test_it.ambr"].decode()
    assert "  raised: Refused: <stop>\n" in kept
    assert "  - raise: Refused: refusal (in loud)\n" in kept
    assert "  - POST /v1/messages to claude-test: 1 of 1 events read\n" in kept
    recordings = load_recordings(folder / "test_it" / "test_stream[unknown-with-output].sse")
    assert fold(recordings[0])["stop_reason"] == "<stop>"
    project.makepyfile(test_it=TEST.replace("HANDLER = loud", "from app import logging_one as HANDLER"))
    result = here.run(project, "-k", "test_outcome")
    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines(["*- log: ERROR no answer: <stop>*"])
