"""Bad input gets one clear error that names it and lists what is valid."""

from __future__ import annotations

import pytest

MARKERS = {
    '"refusal-mid-txt"': "There is no branch or group 'refusal-mid-txt'*Groups: control, refusal*Branches: end_turn*",
    'exclude=["nothing"]': "There is no branch or group 'nothing'*",
    '"end_turn", exclude=["control"]': "No branch is left*",
    'lod=["log"]': "The marker has no argument 'lod'. Arguments: exclude, loud, *",
    'loud=["pager"]': "There is no channel 'pager'. Channels: raise, log, warn, metric, surface, reroute, message.",
    'expect="raise"': "Expected expect to be a dict of branches and channels but got expect='raise' (type=str)",
    'expect={"refusal-mid-txt": "raise"}': "There is no branch or group 'refusal-mid-txt'*",
    '"unknown", expect={"refusal-cyber": "raise"}': "expect names 'refusal-cyber', which was not selected. Selected: *",
    'expect={"*": "pager"}': "There is no channel 'pager'*",
    "surfaces=3": "Expected surfaces to be a function of the value that came back but got surfaces=3",
    "raises=3": "Expected an exception type but got raises=3",
    'partial="maybe"': "Expected partial to be 'discard' or 'keep' but got partial='maybe'",
    'recording="none.sse"': "There is no recording 'none.sse'*",
    'answer="a", recording="b"': "Expected answer= or recording= but got both*",
    "3": "Expected branches to be names, groups or globs but got 3 (type=int)",
}


@pytest.mark.parametrize(("arguments", "message"), MARKERS.items())
def test_a_wrong_marker(project, run, arguments, message):
    """A wrong argument is one collection error, without our own traceback."""
    project.makepyfile(
        f"""
        import pytest

        @pytest.mark.refusals({arguments})
        def test_it(refusal_stream): ...
        """
    )
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*test_a_wrong_marker.py::test_it: {message}"])
    result.stdout.no_fnmatch_line("*pytest_refusals/*.py*Error*")


@pytest.mark.parametrize(
    ("text", "message"),
    {
        "": "*empty*",
        "hello, world": "*bad.sse*",
        'event: message_start\ndata: {"type": "message_start"': "*bad.sse*",
        'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[]}\n\ndata: [DONE]\n\n': "*bad.sse*",
    }.items(),
    ids=["empty", "not SSE", "cut", "another API"],
)
def test_a_wrong_recording(project, run, text, message):
    """A recording that cannot be a base is refused with its name when the test is collected."""
    project.path.joinpath("bad.sse").write_text(text)
    project.makepyfile(
        """
        import pytest

        @pytest.mark.refusals(recording="bad.sse")
        def test_it(refusal_stream): ...
        """
    )
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*test_a_wrong_recording.py::test_it: {message}"])


RUNS = {
    "refusal_stream.run(3)": "Expected a callable but got 3 (type=int)",
    "refusal_stream.run(coroutine())": "Expected a callable but got a coroutine*",
    "refusal_stream.run(lambda: refusal_stream.run(print))": "Something is being watched already*",
    "refusal_stream.watch().__enter__().verdict": "The watched block has not ended yet*",
}


@pytest.mark.parametrize(("call", "message"), RUNS.items())
def test_a_wrong_call(project, run, call, message):
    """A wrong call is an error of its own kind, and no verdict."""
    project.makepyfile(
        f"""
        async def coroutine(): ...

        def test_it(refusal_stream):
            {call}
        """
    )
    result = run("-k", "end_turn")
    assert result.ret == 1
    result.stdout.fnmatch_lines([f"E * RefusalsError: {message}" if False else f"E *{message}"])


def test_a_method_of_a_testcase(project, run):
    """Unittest methods cannot be parametrized: the marker on one is an error, not silently ignored."""
    project.makepyfile(
        """
        import unittest
        import pytest

        class TestIt(unittest.TestCase):
            @pytest.mark.refusals
            def test_it(self): ...
        """
    )
    result = run()
    assert result.ret != 0
    result.stderr.fnmatch_lines(
        ["*TestIt::test_it: the marker 'refusals' needs a test function*use pytest_refusals.serve*"]
    )


def test_an_answer_function_that_fails(project, run):
    """An error in the user's answer= is shown as that, and never as a verdict."""
    project.makepyfile(
        """
        import app
        import pytest

        @pytest.mark.refusals("refusal-mid-text", answer=lambda body: body["nothing"])
        def test_it(refusal_stream):
            refusal_stream.run(app.silent)
        """
    )
    result = run()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["E *RefusalsError: The answer could not be made: KeyError: 'nothing'"])
    result.stdout.no_fnmatch_line("*CRASHED*")


def test_two_branches_of_one_name(project, run):
    """A name that is taken is refused."""
    project.makeconftest(
        """
        from pytest_refusals import BRANCHES

        def pytest_refusals_branches(config):
            return [BRANCHES[3]]
        """
    )
    project.makepyfile("def test_it(refusal_stream): ...")
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*The branch 'refusal-no-details' is defined twice"])
