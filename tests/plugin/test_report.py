"""The JSON report, the matrix and JUnit, in one process and in several."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from tests.plugin import here
from tests.plugin.conftest import results

TESTS = """
import app
import pytest

@pytest.mark.refusals("refusal-before-output", "refusal-mid-text", "refusal-mid-thinking")
@pytest.mark.parametrize("handler", [app.loud, app.silent, app.leaking], ids=["loud", "silent", "leaking"])
def test_it(refusal_stream, handler):
    refusal_stream.run(handler)
"""
EXPECTED = {
    ("loud", "end_turn"): "quiet",
    ("loud", "refusal-before-output"): "loud",
    ("loud", "refusal-mid-text"): "loud",
    ("loud", "refusal-mid-thinking"): "n/a",
    ("silent", "end_turn"): "quiet",
    ("silent", "refusal-before-output"): "silent",
    ("silent", "refusal-mid-text"): "silent",
    ("silent", "refusal-mid-thinking"): "n/a",
    ("leaking", "end_turn"): "quiet",
    ("leaking", "refusal-before-output"): "silent",
    ("leaking", "refusal-mid-text"): "leaked",
    ("leaking", "refusal-mid-thinking"): "n/a",
}


def go(tested, *options):
    """Run pytest on the tests: in this process, where no other one is asked for."""
    if {"-n", "randomly", "no:terminal"} & {*options}:
        return tested.runpytest_subprocess(*options)
    return here.run(tested, *options)


@pytest.fixture
def tested(project):
    project.makepyfile(test_it=TESTS)
    return project


def by_branch(path):
    found = {}
    for row in json.loads(path.read_text(encoding="utf-8"))["results"]:
        test = row["test"].partition("[")[2].removesuffix("]")
        found[test, row["branch"]] = row["verdict"]
    return found


@pytest.mark.parametrize(
    "options", [(), ("-n", "2"), ("-p", "no:xdist"), ("-p", "no:terminal"), ("-p", "randomly", "-p", "no:xdist")]
)
def test_the_results_are_the_same_however_the_tests_run(tested, options):
    """Workers, a missing plugin or another order change nothing in the report."""
    go(tested, *options, "--refusals-json=out/report.json")
    path = tested.path / "out" / "report.json"
    assert by_branch(path) == EXPECTED
    report = json.loads(path.read_text(encoding="utf-8"))
    order = [(row["test"], row["branch"]) for row in report["results"]]
    assert order == sorted(order, key=lambda key: (key[0], list(EXPECTED).index((EXPECTED_NAME(key[0]), key[1]))))
    assert report["schema"] == 1
    assert report["coverage"] is None


def EXPECTED_NAME(test):  # noqa: N802
    return test.partition("[")[2].removesuffix("]")


def test_a_row_of_the_report(tested):
    """A row says what was served, read, returned and signalled, and where the request came from."""
    go(tested, "-k", "before-output and (loud or leaking)", "--refusals-json=report.json")
    report = json.loads((tested.path / "report.json").read_text(encoding="utf-8"))
    rows = {row["test"]: row for row in report["results"]}
    loud, leaking = rows["test_it.py::test_it[loud]"], rows["test_it.py::test_it[leaking]"]
    assert loud["nodeid"].startswith("test_it.py::test_it[")
    assert (loud["group"], loud["expects"], loud["passed"]) == ("refusal", "loud", True)
    assert (leaking["passed"], leaking["returned"], leaking["raised"]) == (False, "''", None)
    assert loud["raised"] == "Refused: refusal"
    signal = loud["signals"][0]
    assert (signal["channel"], signal["names_stop"]) == ("raise", True)
    assert signal["where"].startswith("app.py:")
    assert (loud["requests"], loud["events_served"], loud["events_read"]) == (1, 1, 1)
    assert [(site["file"], site["function"]) for site in loud["call_sites"]] == [("app.py", "_ask")]


def test_selecting_and_repeating(tested):
    """-k selects by branch, --lf repeats what failed."""
    tested.runpytest_subprocess("-k", "refusal-mid-text", "--refusals-json=report.json").assert_outcomes(
        passed=1, failed=2, deselected=9
    )
    tested.runpytest_subprocess("--lf", "--refusals-json=report.json").assert_outcomes(failed=2)
    assert sorted(results(tested.path / "report.json").values()) == ["leaked", "silent"]


def test_the_matrix(tested):
    """The summary numbers the failing tests and shows each branch's verdict, failures in capitals."""
    result = go(tested, "-p", "no:randomly")
    result.stdout.fnmatch_lines(
        [
            "*= refusals =*",
            "  1  test_it.py::test_it[[]leaking[]]",
            "  2  test_it.py::test_it[[]silent[]]",
            "",
            "                       1       2",
            "end_turn               quiet   quiet",
            "refusal-before-output  SILENT  SILENT",
            "refusal-mid-text       LEAKED  SILENT",
            "refusal-mid-thinking   n/a     n/a",
            "",
            "12 runs of 3 tests: 4 failing verdicts in 2 tests (3 n/a)",
        ],
        consecutive=True,
    )


def test_junit(tested):
    """Each item's record is a property in JUnit's file."""
    go(tested, "--junit-xml=junit.xml", "-k", "refusal-mid-text and silent")
    properties = ElementTree.parse(tested.path / "junit.xml").findall(".//property")  # noqa: S314 - our own file
    records = [json.loads(p.attrib["value"]) for p in properties if p.attrib["name"] == "refusals"]
    assert [record["verdict"] for record in records] == ["silent"]


def test_a_run_without_us_prints_nothing(project):
    """A project that does not use the plugin sees nothing of it."""
    project.makepyfile("def test_it(): ...")
    project.runpytest_subprocess().stdout.no_fnmatch_line("*refusals*[=]=*")


def test_the_bytes(tested):
    """--refusals-bytes shows what was served where a verdict fails."""
    result = go(tested, "--refusals-bytes", "-k", "refusal-before-output and silent")
    result.stdout.fnmatch_lines(["*bytes of answer 1*", '*"stop_reason":*"refusal"*'])


@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_every_verdict_can_be_explained(tested, options):
    """With --refusals-explain each verdict is told with its rule and evidence, in order, from every process."""
    result = go(tested, *options, "--refusals-explain", "-k", "mid-text")
    result.stdout.fnmatch_lines(
        [
            "*= refusals explained =*",
            "LEAKED test_it.py::test_it[[]*leaking*",
            "  rule          5 of 11: partial output came back*",
            "LOUD test_it.py::test_it[[]*loud*",
            "  counted       raise: Refused: refusal (app.py:* in loud)",
            "SILENT test_it.py::test_it[[]*silent*",
            "  rule          9 of 11: nothing told",
        ]
    )
