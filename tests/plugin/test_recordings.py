"""Recordings as the base of tests, and made by them."""

from __future__ import annotations

import json

import pytest

from pytest_refusals import load_recordings
from tests.plugin import here
from tests.plugin.conftest import results
from tests.recordings.api import Reply, api
from tests.recordings.traffic import BODY, cassette, interaction

CALLS = """
    import pytest
    from app import loud, tokens

    def test_loud(refusal_stream):
        refusal_stream.run(loud)
"""


@pytest.fixture
def recordings(project):
    """Two recordings below tests, one of them in a cassette."""
    folder = project.mkdir("recs")
    (folder / "rain.sse").write_text(BODY)
    (folder / "old.json").write_text(json.dumps(cassette(interaction(), interaction("{}", url="https://other.test/"))))
    return folder


def marked(what):
    """Return a test on the recording `what`."""
    return CALLS.replace("    def", f"    @pytest.mark.refusals('refusal-mid-text', recording={what})\n    def")


def test_a_folder(project, recordings):
    """A folder makes an item of each recording and branch, with readable ids that -k selects on."""
    project.makepyfile(marked("'recs'"))
    here.run(project, "--refusals-json=r.json").assert_outcomes(passed=4)
    assert results(project.path / "r.json") == {
        "test_loud[old-end_turn]": "quiet",
        "test_loud[old-refusal-mid-text]": "loud",
        "test_loud[rain-end_turn]": "quiet",
        "test_loud[rain-refusal-mid-text]": "loud",
    }
    report = json.loads((project.path / "r.json").read_text())
    assert {row["test"].partition("::")[2] for row in report["results"]} == {"test_loud[old]", "test_loud[rain]"}


def test_recordings_as_objects(project, recordings):
    """What was loaded in Python, or chosen in the path, is a base; else what the ini option names is one."""
    project.makeini("[pytest]\nrefusals_recordings = recs/old.json")
    project.makepyfile(
        """
        import pytest
        from app import loud
        from pytest_refusals import Stop, StopKind, load_recording, load_recordings, serve

        RAIN = load_recording("recs/rain.sse")

        @pytest.mark.refusals("control", recording=RAIN)
        def test_one(refusal_stream):
            assert refusal_stream.run(loud).returned.startswith("Sm")

        @pytest.mark.refusals("control", recording=load_recordings("recs"))
        def test_several():
            loud()

        @pytest.mark.refusals("control", recording="recs/old.json#0")
        def test_chosen(refusal_stream):
            refusal_stream.run(loud)

        @pytest.mark.refusals("control")
        def test_default(refusal_stream):
            assert refusal_stream.run(loud).returned.startswith("Sm")

        @pytest.mark.refusals("control", answer="other")
        def test_other_answer(refusal_stream):
            assert refusal_stream.run(loud).returned == "other"

        @pytest.mark.refusals("control", recording=None)
        def test_none(refusal_stream):
            assert refusal_stream.run(loud).returned.startswith("In short")

        @pytest.mark.refusals("control", answer=lambda request: RAIN)
        def test_answer(refusal_stream):
            assert refusal_stream.run(loud).returned.startswith("Sm")

        @pytest.mark.parametrize("after", RAIN.positions())
        def test_everywhere(after):
            stop = Stop(StopKind.REFUSED, category="cyber")
            with serve(RAIN.inject(stop, after=after)) as refusal_stream:
                refusal_stream.run(loud)
        """
    )
    here.run(project).assert_outcomes(passed=1 + 2 + 1 + 3 + 1 + 4)


ASKING = """
    import pytest
    from app import loud, tokens

    @pytest.mark.refusals(recording="recs")
    def test_loud(refusal_stream):
        assert refusal_stream.run(tokens).returned == ["Smørrebrød 🍞  "]

    @pytest.mark.refusals
    def test_body():
        return "".join(tokens())

    def test_plain():
        list(tokens())

    def test_fixture(refusal_recorder):
        list(tokens())
        assert [file.name for file in refusal_recorder.files] == ["test_asking-test_fixture.sse"]

    def test_nothing():
        pass
"""


@pytest.fixture
def real_api(monkeypatch):
    """The real API: on loopback, where the environment says it is."""
    with api(Reply((BODY.encode(),))) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.delenv("CI", raising=False)
        yield server


def test_recording_a_suite(project, real_api):
    """Every test asks the real API once and is recorded under its name, as a base for later."""
    project.makepyfile(test_asking=ASKING)
    result = here.run(project, "--refusals-record=recs")
    result.assert_outcomes(passed=5, skipped=20)
    result.stdout.fnmatch_lines(["refusals: 4 recordings written to recs"])
    assert len(real_api.requests) == 4
    names = [recording.name for recording in load_recordings(project.path / "recs")]
    assert names == [f"test_asking-test_{name}" for name in ("body", "fixture", "loud", "plain")]


def test_in_ci(project, real_api, monkeypatch):
    """In CI the option is refused before anything runs."""
    monkeypatch.setenv("CI", "true")
    project.makepyfile("def test_it():\n    pass")
    result = here.run(project, "--refusals-record=recs")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*Nothing is recorded in CI*--refusals-record-in-ci*"])


def test_a_folder_is_needed(project, real_api):
    """The fixture says how to give it a folder."""
    project.makepyfile("def test_it(refusal_recorder):\n    pass")
    result = here.run(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*'refusal_recorder' needs a folder: give --refusals-record=DIR*"])


def test_what_is_not_safe(project, real_api):
    """A test whose recording would hold a key fails, with the place; the project's patterns are replaced."""
    project.makepyfile(
        "from app import tokens\n"
        "def test_bad():\n    list(tokens('AKIAABCDEFGHIJKLMNOP'))\n"
        "def test_good():\n    list(tokens('Bluebird'))"
    )
    result = here.run(project, "--refusals-record=recs", "-o", "refusals_scrub=Blue[a-z]+")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["*an AWS key id in request.messages[[]0[]].content*refusals_scrub*"])
    (file,) = (project.path / "recs").iterdir()
    assert "Bluebird" not in file.read_text()
