"""The item ``[generated]``, as users see it."""

from __future__ import annotations

import re

import pytest

from tests.plugin.conftest import results

HEAD = """
import app
import pytest
from hypothesis import example, given, seed, settings
from hypothesis import strategies as st
from pytest_refusals import Ordering, Stop, StopKind
"""


def test_every_style_of_test(project, apart):
    """Fixture, block, body, class and async test: the item runs each on all examples."""
    project.makepyfile(
        HEAD
        + """
pytestmark = pytest.mark.refusals("refusal-before-output", generate=25)

class TestLoud:
    def test_run(self, refusal_stream, tmp_path):
        refusal_stream.run(app.loud, "the report")

    def test_block(self, refusal_stream):
        with refusal_stream.watch():
            app.loud()

    @settings(max_examples=7)
    @example(Ordering(blocks=("text", "text")))
    @seed(3)
    def test_decorated(self, refusal_stream):
        refusal_stream.run(app.loud)

    def test_body(self):
        return app.loud()

    @pytest.mark.asyncio
    async def test_asyncio(self, refusal_stream):
        await refusal_stream.run(app.aloud)

    @pytest.mark.asyncio
    async def test_asyncio_body(self):
        await app.aloud()

    @pytest.mark.anyio
    async def test_anyio(self, refusal_stream):
        await refusal_stream.run(app.aloud)

    @pytest.mark.refusals(generate=0)
    def test_not_here(self, refusal_stream):
        refusal_stream.run(app.loud)
"""
    )
    apart("--refusals-json=out.json").assert_outcomes(passed=3 * 6 + 2 + 6)
    verdicts = results(project.path / "out.json")
    assert verdicts["TestLoud::test_run[generated]"] == "loud"


def test_failures(project, apart):
    """Each style shows the verdict, the transcript and the line to paste; the report has the example."""
    project.makepyfile(
        HEAD
        + """
pytestmark = pytest.mark.refusals("refusal-before-output")

def test_run(refusal_stream):
    refusal_stream.run(app.silent)

def test_body():
    app.silent()

@pytest.mark.asyncio
async def test_asyncio(refusal_stream):
    await refusal_stream.run(app.asilent)

@settings(print_blob=True)
def test_blob(refusal_stream):
    refusal_stream.run(app.silent)
"""
    )
    result = apart("-k", "generated", "--refusals-generate=20", "--refusals-json=out.json", "--hypothesis-seed=1")
    result.assert_outcomes(failed=4, deselected=8)
    assert set(results(project.path / "out.json").values()) == {"silent"}
    assert '"example": "Ordering(stop=Stop(StopKind.REFUSED), at=0)"' in (project.path / "out.json").read_text()
    assert sum("This is the smallest answer on which it fails:" in line for line in result.outlines) == 4
    result.stdout.fnmatch_lines(["*SILENT: app.py:*", "*@example(Ordering(stop=Stop(StopKind.REFUSED), at=0))"])
    text = result.stdout.str()
    assert "hypothesis/" not in text
    assert "generated(" not in text
    blob = re.search(r"@reproduce_failure\([^)]*\)", text)
    assert blob
    project.makepyfile(
        test_again=f"""
        import app, pytest
        from hypothesis import reproduce_failure

        @pytest.mark.refusals("refusal-before-output", generate=20)
        {blob[0]}
        def test_blob(refusal_stream):
            refusal_stream.run(app.silent)
        """
    )
    apart("-k", "generated", "test_again.py").assert_outcomes(failed=1, deselected=2)


def test_the_database_and_profiles(project, apart):
    """A counterexample is kept and tried first; a profile's settings count."""
    project.makeini("[pytest]\nrefusals_generate = 30")
    project.makeconftest("from hypothesis import settings\nsettings.register_profile('none', database=None)")
    project.makepyfile(
        HEAD
        + """
def look(calls=[]):
    calls.append(1)
    open("calls", "a").write("x")
    return app.silent()

@pytest.mark.refusals("refusal-before-output")
def test_it(refusal_stream):
    refusal_stream.run(look)
"""
    )
    apart("-k", "generated", "--hypothesis-profile=none").assert_outcomes(failed=1, deselected=2)
    assert not (project.path / ".hypothesis" / "examples").exists()
    apart("-k", "generated").assert_outcomes(failed=1, deselected=2)
    assert (project.path / ".hypothesis" / "examples").exists()


@pytest.mark.parametrize(
    ("test", "options", "message"),
    [
        ("@pytest.mark.refusals(generate=-1)\ndef test_it(): ...", (), "*from 0 on, but got generate=-1*"),
        (
            "@pytest.mark.refusals\ndef test_it(): ...",
            ("-o", "refusals_generate=many"),
            "*got refusals_generate='many'*",
        ),
        (
            "@given(number=st.integers())\ndef test_it(refusal_stream, number): ...",
            (),
            "*is under @given, and its examples would share one refusal_stream*with pytest_refusals.serve(*",
        ),
    ],
)
def test_bad_input(project, run, test, options, message):
    """What cannot be is an error that says what to do."""
    project.makepyfile(HEAD + test)
    result = run(*options, "-x")
    assert result.ret != 0
    result.stdout.fnmatch_lines([message])
