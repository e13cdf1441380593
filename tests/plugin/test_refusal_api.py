"""The fixture of hand-written conversations, as users see it."""

from __future__ import annotations


def test_the_fixture(project, apart):
    """One item for one test; what was left over, or came unexpected, fails it in words, without our traceback."""
    project.makepyfile(
        """
        import anthropic
        import app
        import pytest

        def test_followed(refusal_api):
            refusal_api.refuse(at="mid-text", category="cyber").then_answer("fine")
            with pytest.raises(app.Refused):
                app.loud()
            assert app.loud() == "fine"
            assert len(refusal_api.requests) == 2

        @pytest.mark.asyncio
        async def test_followed_async(refusal_api):
            refusal_api.answer("fine")
            assert await app.aloud() == "fine"

        def test_left_over(refusal_api):
            refusal_api.answer("fine").then_answer("never")
            app.loud()

        def test_swallowed(refusal_api):
            try:
                app.loud()
            except anthropic.BadRequestError:
                pass

        def test_hidden(refusal_api):
            try:
                answer = app.loud()
            except anthropic.BadRequestError:
                answer = None
            assert answer == "fine"

        def test_wrong(refusal_api):
            refusal_api.refuse(at="mid")
        """
    )
    result = apart()
    result.assert_outcomes(passed=2, failed=4)
    result.stdout.fnmatch_lines(
        [
            "*_ test_left_over _*",
            "scripted answers were left over after 1 request:",
            "  2. answer('never'): not given (test_the_fixture.py:* in test_left_over)",
            "*_ test_swallowed _*",
            "request 1 (to 'claude-test', turn 1, sent from app.py:*) was not answered: no scripted answer is left*",
            "Nothing is scripted.",
            "*_ test_hidden _*",
            "*- Captured refusal_api call -*",
            "request 1 (*) was not answered: no scripted answer is left for it",
            "*_ test_wrong _*",
            '>*refusal_api.refuse(at="mid")',
            "E*InvalidScript: Expected at to be *",
        ]
    )
    result.stdout.no_fnmatch_line("*pytest_refusals/*.py*")


def test_two_who_would_answer(project, run):
    """refusal_stream, or the marker, beside refusal_api is one collection error."""
    project.makepyfile("def test_it(refusal_stream, refusal_api): ...")
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*::test_it: Expected refusal_api or refusal_stream but got both: *"])
