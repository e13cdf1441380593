"""The fixture, as users see it."""

from __future__ import annotations

import pytest

from pytest_refusals.branches import Catalogue

DEFAULT = [branch.name for branch in Catalogue().select()]


def test_one_test_becomes_one_item_for_each_branch(project, run):
    """The items are the control and the default groups, named after the branches, in catalogue order."""
    project.makepyfile("def test_it(refusal_stream): ...")
    result = run("--collect-only", "-q")
    items = [line.partition("::")[2] for line in result.outlines if "::" in line]
    assert items == [f"test_it[{name}]" for name in DEFAULT]


def test_a_loud_handler_passes_and_a_silent_one_fails(project, run):
    """Branches that the request cannot produce are skipped with the reason."""
    project.makepyfile(
        """
        import app

        def test_loud(refusal_stream):
            refusal_stream.run(app.loud, "the report")

        def test_silent(refusal_stream):
            refusal_stream.run(app.silent, "the report")
        """
    )
    result = run("-rs")
    # No tools and no thinking in the request: 4 of 11 branches do not apply.
    result.assert_outcomes(passed=8, failed=6, skipped=8)
    result.stdout.fnmatch_lines(["*SKIPPED*n/a: *tools*"])


@pytest.mark.parametrize("library", ["asyncio", "anyio"])
def test_async_tests_and_handlers(project, apart, library):
    """`await refusal_stream.run(handler)` works under pytest-asyncio and anyio, on asyncio and trio."""
    project.makepyfile(
        f"""
        import app
        import pytest

        pytestmark = pytest.mark.{library}

        @pytest.mark.refusals("refusal-before-output")
        async def test_loud(refusal_stream):
            outcome = await refusal_stream.run(app.aloud, "the report")
            assert outcome.verdict == ("quiet" if refusal_stream.branch.expects == "quiet" else "loud")

        @pytest.mark.refusals("refusal-before-output")
        async def test_silent(refusal_stream):
            await refusal_stream.run(app.asilent, "the report")

        @pytest.mark.refusals("refusal-before-output")
        async def test_body():
            return await app.asilent("the report")

        @pytest.mark.refusals("refusal-before-output")
        async def test_loud_body():
            await app.aloud("the report")
        """
    )
    backends = 2 if library == "anyio" else 1
    apart().assert_outcomes(passed=6 * backends, failed=2 * backends)


def test_an_async_handler_in_a_plain_test(project, run):
    """A plain test runs an async handler to its end."""
    project.makepyfile(
        """
        import app
        import pytest

        @pytest.mark.refusals("refusal-before-output")
        @pytest.mark.parametrize("handler", [app.aloud, app.asilent])
        def test_it(refusal_stream, handler):
            refusal_stream.run(handler, "the report")
        """
    )
    run().assert_outcomes(passed=3, failed=1)


def test_generators_are_read_to_their_end(project, run):
    """What was yielded before the stop is no leak where the end is loud, and a leak where it is quiet."""
    project.makepyfile(
        """
        import app
        import pytest

        @pytest.mark.refusals("refusal-mid-text")
        def test_loud(refusal_stream):
            outcome = refusal_stream.run(app.tokens)
            assert len(outcome.returned) > 1

        @pytest.mark.refusals("refusal-mid-text")
        def test_swallowing(refusal_stream):
            refusal_stream.run(app.tokens, swallow=True)
        """
    )
    result = run()
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*LEAKED: app.py:*in tokens*"])


def test_watching_a_block(project, run):
    """A block is watched like a call; a value can be handed over."""
    project.makepyfile(
        """
        import app
        import pytest

        @pytest.mark.refusals("refusal-before-output", exclude=["control"])
        def test_loud(refusal_stream):
            with refusal_stream.watch() as outcome:
                app.loud()
            assert outcome.verdict == "loud"
            assert outcome.signals[0].channel == "raise"

        @pytest.mark.refusals("refusal-before-output", exclude=["control"])
        def test_silent(refusal_stream):
            with refusal_stream.watch():
                app.silent()

        @pytest.mark.refusals("refusal-before-output", exclude=["control"])
        def test_value(refusal_stream):
            with refusal_stream.watch() as outcome:
                app.silent()
                outcome.returned = {"status": "refused"}
            assert [s.channel for s in outcome.signals] == ["surface"]
        """
    )
    run().assert_outcomes(passed=2, failed=1)


def test_the_body_of_a_marked_test_is_watched(project, run):
    """Without the fixture the body is the code under test, and what it returns is what came back."""
    project.makepyfile(
        """
        import app
        import pytest

        pytestmark = pytest.mark.refusals("refusal-before-output")

        def test_loud():
            app.loud()

        def test_silent():
            app.silent()

        def test_returning():
            return "refused" if app.silent() is None else "fine"

        def test_asserting():
            assert app.silent() is not None

        class TestClass:
            def test_loud(self):
                app.loud()
        """
    )
    result = run("-W", "error::pytest.PytestReturnNotNoneWarning")
    # The test's own assertion says nothing about the handler: it fails the item.
    result.assert_outcomes(passed=8, failed=2)


def test_other_fixtures_classes_and_parameters(project, run):
    """The fixture is one among others: in other fixtures, in classes, beside parameters."""
    project.makepyfile(
        """
        import app
        import pytest

        @pytest.fixture
        def summarizer(refusal_stream):
            return lambda text: refusal_stream.run(app.loud, text)

        @pytest.mark.refusals("refusal-before-output")
        class TestIt:
            @pytest.mark.parametrize("text", ["a", "b"])
            def test_it(self, summarizer, text, tmp_path):
                summarizer(text)
        """
    )
    run().assert_outcomes(passed=4)


def test_a_stream_that_is_never_used_fails(project, run):
    """Asking for the fixture and never running anything tests nothing."""
    project.makepyfile("def test_it(refusal_stream): ...")
    result = run("-k", "end_turn or mid_text or refusal-mid-text")
    result.assert_outcomes(failed=2, deselected=len(DEFAULT) - 2)
    result.stdout.fnmatch_lines(["E * UNREACHED: no request reached the endpoint"])


def test_the_control_lets_an_exception_through(project, run):
    """An exception on a quiet branch is the test's own failure, shown as it is."""
    project.makepyfile(
        """
        def broken():
            import app
            app.loud()
            raise ValueError("broken anyway")

        def test_it(refusal_stream):
            refusal_stream.run(broken)
        """
    )
    result = run("-k", "end_turn")
    result.assert_outcomes(failed=1, deselected=len(DEFAULT) - 1)
    result.stdout.fnmatch_lines(["E * ValueError: broken anyway"])


def test_nothing_leaks_into_the_next_test(project, apart):
    """After a test that broke off in the middle everything is as it was."""
    project.makepyfile(
        """
        import logging
        import socket
        import warnings

        import app

        BEFORE = (logging.Logger.callHandlers, warnings._showwarnmsg, socket.getaddrinfo, socket.socket.connect)

        def now():
            return (logging.Logger.callHandlers, warnings._showwarnmsg, socket.getaddrinfo, socket.socket.connect)

        def test_first(refusal_stream):
            watch = refusal_stream.watch()
            watch.__enter__()
            app._ask("hello")
            raise KeyboardInterrupt if False else RuntimeError

        def test_second():
            import gc
            gc.collect()
            assert now() == BEFORE
        """
    )
    apart("-k", "end_turn or second").assert_outcomes(failed=1, passed=1, deselected=len(DEFAULT) - 1)
