"""What a policy may be, and what is said of one that cannot be."""

from __future__ import annotations

import pytest

from pytest_refusals import Channel, InvalidPolicy, Policy
from pytest_refusals.oracle.policy import CHANNELS, MESSAGE, VOCABULARY, accepted, exception_types, names_of

NAMES = "raise, log, warn, metric, surface, reroute, message"
PAGER = Channel("pager", None, "a page")


def test_the_default():
    """Every channel of ours is accepted, and none that is not asked for."""
    policy = Policy()
    assert policy.loud == set(CHANNELS)
    assert MESSAGE not in policy.loud
    assert policy.words == VOCABULARY
    assert (policy.partial, policy.raises, policy.noise, policy.surfaces) == ("discard", (), (), None)


def test_what_is_valid():
    """Our channels, those of one's own, and the message, in the order in which they are shown."""
    policy = Policy(frozenset({"pager", MESSAGE}), more=("pager",), vocabulary=("Nay", "ABGELEHNT"))
    assert policy.valid == (*CHANNELS, "pager", MESSAGE)
    assert policy.words == (*VOCABULARY, "nay", "abgelehnt")
    assert (
        Policy(raises=(ValueError, KeyboardInterrupt), partial="keep", noise=("a|b",), surfaces=bool).surfaces is bool
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loud": frozenset({"pager"})}, f"There is no channel 'pager'. Channels: {NAMES}."),
        ({"loud": frozenset()}, f"Expected at least one channel in loud. Channels: {NAMES}."),
        ({"raises": ("ValueError",)}, "Expected an exception type but got raises='ValueError'"),
        ({"raises": (int,)}, "Expected an exception type but got raises=<class 'int'>"),
        ({"raises": (ValueError, ValueError())}, "Expected an exception type but got raises=ValueError()"),
        ({"partial": "some"}, "Expected partial to be 'discard' or 'keep' but got partial='some'"),
        (
            {"surfaces": "refused"},
            "Expected surfaces to be a function of the value that came back but got surfaces='refused'",
        ),
        ({"noise": ("a", "(")}, "Expected a regular expression but got noise='(': "),
    ],
)
def test_what_cannot_be(arguments, message):
    """The message names what was given, and the valid choices."""
    with pytest.raises(InvalidPolicy) as caught:
        Policy(**arguments)
    assert str(caught.value).startswith(message)


def test_one_or_several():
    """A channel, and an exception type, may stand by itself."""
    assert accepted("log") == {"log"}
    assert accepted(["log", "raise"]) == {"log", "raise"}
    assert accepted([]) == frozenset()
    assert accepted(None) == set(CHANNELS)
    assert accepted(None, ["pager"]) == {*CHANNELS, "pager"}
    assert accepted("log", ["pager"]) == {"log"}
    assert exception_types(ValueError) == (ValueError,)
    assert exception_types([ValueError, KeyError]) == (ValueError, KeyError)
    assert exception_types(()) == ()
    assert exception_types(3) == (3,)


def test_channels_of_ones_own():
    """Each is a channel, and its name is nobody else's."""
    assert names_of([]) == ()
    assert names_of([PAGER, Channel("bell", None, "")]) == ("pager", "bell")
    with pytest.raises(InvalidPolicy, match=r"Expected a Channel but got 'pager' \(type=str\)"):
        names_of(["pager"])
    for taken in ([PAGER, PAGER], [Channel("log", None, "")], [Channel("message", None, "")]):
        with pytest.raises(InvalidPolicy, match=f"The channel '{taken[-1].name}' is defined twice"):
            names_of(taken)
