"""What a project chooses: branches, its own among them, defaults, and the answers that its code can use."""

from __future__ import annotations

from pytest_refusals.branches import BRANCHES


def test_every_branch_can_be_chosen(project, run):
    """Each name of the catalogue is a valid choice, and a loud handler is never failed on any of them."""
    project.makepyfile(
        """
        import app
        import pytest

        @pytest.mark.refusals("*")
        def test_it(refusal_stream):
            refusal_stream.run(app.loud)
        """
    )
    result = run("-v")
    outcomes = result.parseoutcomes()
    assert outcomes["passed"] + outcomes["skipped"] + outcomes.get("failed", 0) == len(BRANCHES)
    # This handler does not claim to notice a refusal in words.
    result.stdout.fnmatch_lines(["*test_it[[]refusal-in-words[]] FAILED*"])
    assert outcomes["failed"] == 1


def test_branches_of_the_users_own(project, run):
    """conftest.py can add to the catalogue; the new branch is chosen by name and by group."""
    project.makeconftest(
        """
        from pytest_refusals import Branch, Position, Stop, StopKind

        def pytest_refusals_branches(config):
            return [
                Branch(
                    "refusal-legal", "ours", "refused by our lawyers",
                    Stop(StopKind.REFUSED, category="legal"), position=Position.MID_TEXT,
                )
            ]
        """
    )
    project.makepyfile(
        """
        import app
        import pytest

        @pytest.mark.refusals("ours")
        def test_it(refusal_stream):
            refusal_stream.run(app.loud)
        """
    )
    result = run("-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*test_it[[]refusal-legal[]] PASSED*"])


def test_ini_options_are_the_defaults(project, run):
    """What the marker does not say comes from the ini file; what it says wins."""
    project.makeini(
        """
        [pytest]
        refusals_branches = refusal-before-output
        refusals_loud = raise
        refusals_vocabulary = kaput
        refusals_noise = deprecated thing
        refusals_partial = keep
        """
    )
    project.makepyfile(
        """
        import logging
        import app
        import pytest

        def test_log_is_not_enough(refusal_stream):
            refusal_stream.run(app.logging_one)

        @pytest.mark.refusals(loud=["log"])
        def test_log_is_enough(refusal_stream):
            refusal_stream.run(app.logging_one)

        def noisy():
            logging.warning("deprecated thing")
            app.loud()

        def test_noise(refusal_stream):
            refusal_stream.run(noisy)
        """
    )
    run().assert_outcomes(passed=5, failed=1)


def test_answers_that_the_code_can_use(project, run):
    """answer= is a text, a dict that is sent as JSON, or a function of the request."""
    project.makepyfile(
        """
        import json
        import app
        import pytest

        def parse():
            return json.loads(app.loud())

        @pytest.mark.refusals("refusal-mid-text", answer={"title": "A long title of a report", "year": 2026})
        def test_dict(refusal_stream):
            outcome = refusal_stream.run(parse)
            if refusal_stream.branch.expects == "quiet":
                assert outcome.returned == {"title": "A long title of a report", "year": 2026}

        @pytest.mark.refusals(
            "refusal-mid-text", answer=lambda body: "You said: " + body["messages"][0]["content"]
        )
        def test_function(refusal_stream):
            outcome = refusal_stream.run(app.loud, "hello there")
            if refusal_stream.branch.expects == "quiet":
                assert outcome.returned == "You said: hello there"
        """
    )
    run().assert_outcomes(passed=4)
