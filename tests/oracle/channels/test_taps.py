"""Listening to calls: what is heard of them, by whom, and what is left of it afterwards."""

from __future__ import annotations

from contextlib import ExitStack, nullcontext

import pytest

from pytest_refusals import Heard, tap
from pytest_refusals.oracle.channels.channel import Hear
from pytest_refusals.oracle.channels.taps import Tap, keeping, tapping
from tests.oracle.installed import installed

MADE_UP = installed("made_up", "def say(speaker, text):\n    speaker.say(text)\n")
ELSEWHERE = installed("elsewhere", "def say(speaker, text):\n    speaker.say(text)\n")


class Speaker:
    """What is listened to."""

    def __init__(self):
        self.said = []

    def say(self, text):
        """Say it."""
        self.said.append(text)
        if text == "fail":
            raise OSError("nobody is there")
        if text == "break":
            raise ValueError(text)
        return len(self.said)

    def shout(self, text):
        """Say it twice, by way of the other."""
        return self.say(text) + self.say(text)

    @staticmethod
    def still(text):
        """Say nothing."""

    @classmethod
    def named(cls, text):
        """Say nothing either."""

    quiet = None


ORIGINALS = {name: vars(Speaker)[name] for name in ("say", "shout", "still", "named", "quiet")}


def tell(call):
    """Say what the argument is, and nothing of a word that is to be passed over."""
    return Heard(call["text"]) if call["text"] != "nothing" else None


@pytest.fixture(autouse=True)
def as_it_was():
    """Everything is back in its place in the end."""
    yield
    assert {name: vars(Speaker)[name] for name in ORIGINALS} == ORIGINALS


@pytest.fixture
def speaker():
    """Somebody who speaks."""
    return Speaker()


def ear():
    """Return something that hears, and the texts that it heard."""
    heard, broken = [], []
    hear = Hear("voice", heard, broken)
    return hear, Texts(heard, broken)


class Texts:
    """What was heard so far."""

    def __init__(self, heard, broken):
        self.heard, self.broken = heard, broken

    def __call__(self):
        """Return the texts, and forget them."""
        texts = [each.text for each in self.heard]
        self.heard.clear()
        return texts


def taps(*names):
    """Return a tap for each method."""
    return tuple(Tap(Speaker, name, tell) for name in names)


def test_a_call_is_heard_and_made(speaker):
    """It does what it did, returns what it returned, and raises what it raised; where a server is missing it counts."""
    hear, heard = ear()
    with tapping(hear, taps("say"), None):
        assert speaker.say("one") == 1
        assert speaker.say(text="two") == 2
        assert speaker.say("nothing") == 3
        with pytest.raises(OSError, match="nobody is there"):
            speaker.say("fail")
        with pytest.raises(ValueError, match="break"):
            speaker.say("break")
        speaker.say("three")
    speaker.say("four")
    assert heard() == ["one", "two", "fail", "three"]
    assert speaker.said == ["one", "two", "nothing", "fail", "break", "three", "four"]


def test_a_method_that_calls_another(speaker):
    """It is said once, by the outer one; what comes after it is heard again."""
    hear, heard = ear()
    with tapping(hear, taps("say", "shout"), None):
        speaker.shout("twice")
        speaker.say("once")
        speaker.shout("twice")
    assert heard() == ["twice", "once", "twice"]


def test_static_and_class_methods():
    """They stay what they are."""
    hear, heard = ear()
    with tapping(hear, taps("still", "named"), None):
        Speaker.still("one")
        Speaker().still("two")
        Speaker.named("three")
    assert heard() == ["one", "two", "three"]


def test_what_is_not_there():
    """A name that the owner itself does not have, and one that cannot be called, are passed over."""
    hear, heard = ear()

    class Younger(Speaker):
        pass

    missing = (Tap(Younger, "say", tell), *taps("quiet", "nowhere"))
    with tapping(hear, missing, None):
        assert "say" not in vars(Younger)
        assert "nowhere" not in vars(Speaker)
        Younger().say("one")
    assert heard() == []


@pytest.mark.parametrize("kept", [False, True])
def test_who_listens_twice_hears_once(speaker, kept):
    """The second time is passed over, and its end is not that of the first."""
    hear, heard = ear()
    both = taps("say")
    with keeping() if kept else nullcontext(), tapping(hear, both, None):
        with tapping(hear, both, None):
            speaker.say("one")
        speaker.say("two")
    speaker.say("three")
    assert heard() == ["one", "two"]


@pytest.mark.parametrize("kept", [False, True])
def test_two_who_listen(speaker, kept):
    """Each hears what is said while it listens, in whatever order they leave."""
    (first, firsts), (second, seconds), (third, thirds) = ear(), ear(), ear()
    shared = taps("say")
    with keeping() if kept else nullcontext(), ExitStack() as early, ExitStack() as late:
        early.enter_context(tapping(first, shared, None))
        speaker.say("one")
        late.enter_context(tapping(second, shared, None))
        late.enter_context(tapping(third, shared, None))
        speaker.say("two")
        early.close()
        speaker.say("three")
        late.close()
        speaker.say("four")
    assert (firsts(), seconds(), thirds()) == (["one", "two"], ["two", "three"], ["two", "three"])


def test_keeping(speaker):
    """What stands in stays from one run to the next, heard by nobody in between, and is gone at the end."""
    hear, heard = ear()
    shared = taps("say")
    with keeping():
        with keeping(), tapping(hear, shared, None):
            stands_in = vars(Speaker)["say"]
        assert vars(Speaker)["say"] is stands_in is not ORIGINALS["say"]
        speaker.say("one")
        with tapping(hear, shared, None):
            assert vars(Speaker)["say"] is stands_in
            speaker.say("two")
    assert vars(Speaker)["say"] is ORIGINALS["say"]
    with tapping(hear, shared, None):
        speaker.say("three")
    assert vars(Speaker)["say"] is ORIGINALS["say"]
    assert heard() == ["two", "three"]


def test_somebody_elses_around_it(speaker):
    """Who has put theirs around ours keeps it, and ours in it says nothing more."""
    hear, heard = ear()
    shared = taps("say")
    with tapping(hear, shared, None):
        ours = Speaker.say
        Speaker.say = theirs = lambda self, text: ours(self, f"({text})")
        speaker.say("one")
    assert Speaker.say is theirs
    speaker.say("two")
    with tapping(hear, shared, None):
        speaker.say("three")
    assert Speaker.say is theirs
    assert heard() == ["(one)", "three"]
    Speaker.say = ORIGINALS["say"]


@pytest.mark.parametrize(
    ("packages", "expected"),
    [(None, ["mine", "made up", "elsewhere", "fail"]), (("made_up",), ["mine", "made up"]), ((), ["mine"])],
)
def test_who_says_it(speaker, packages, expected):
    """The project, and a library that speaks for it; with None it does not matter who."""
    hear, heard = ear()
    with tapping(hear, taps("say"), packages):
        speaker.say("mine")
        MADE_UP.say(speaker, "made up")
        ELSEWHERE.say(speaker, "elsewhere")
        with pytest.raises(OSError, match="nobody"):
            ELSEWHERE.say(speaker, "fail")
    assert heard() == expected


def test_where_it_was_said(speaker):
    """The place is that of who said it: the library itself where it does not matter who."""
    hear, heard = ear()
    with tapping(hear, taps("say"), None):
        ELSEWHERE.say(speaker, "elsewhere")
    with tapping(hear, taps("say"), ("elsewhere",)):
        ELSEWHERE.say(speaker, "for the project")
    assert [each.where.file for each in heard.heard] == [ELSEWHERE.say.__code__.co_filename, __file__]


def test_a_tell_that_breaks(speaker):
    """It is told, and in nobody's way."""
    hear, heard = ear()
    with tapping(hear, [Tap(Speaker, "say", lambda call: call["nothing"])], None):
        assert speaker.say("one") == 1
    assert heard.broken == ["The channel 'voice' broke while hearing: KeyError: 'nothing'"]


def test_for_a_channel_of_ones_own(speaker):
    """By default anybody's call counts; with a library, the project's and what that says for it."""
    hear, heard = ear()
    with tap(hear, Speaker, "say", tell):
        speaker.say("mine")
        ELSEWHERE.say(speaker, "elsewhere")
    assert heard() == ["mine", "elsewhere"]
    with tap(hear, Speaker, "say", tell, library="made_up"):
        speaker.say("mine")
        MADE_UP.say(speaker, "made up")
        ELSEWHERE.say(speaker, "elsewhere")
    assert heard() == ["mine", "made up"]
    with pytest.raises(AttributeError, match="'Speaker' itself has no function 'nowhere' to listen to"):
        tap(hear, Speaker, "nowhere", tell).__enter__()
