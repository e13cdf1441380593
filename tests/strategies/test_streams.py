from __future__ import annotations

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

import pytest_refusals.strategies as rst
from pytest_refusals import (
    BRANCHES,
    Branch,
    Chunking,
    Ending,
    Event,
    Ordering,
    Position,
    Stop,
    StopKind,
    Stream,
    stream_of,
)
from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic import grammar, sse
from pytest_refusals.dialects.anthropic.arranging import bare, ended_at, places
from pytest_refusals.dialects.anthropic.breaking import Illegal
from pytest_refusals.dialects.anthropic.dialect import ANTHROPIC
from pytest_refusals.dialects.anthropic.message import fold
from pytest_refusals.stops import FRESH
from tests.dialects.material import RECORDINGS, needs_recordings

MANY = settings(max_examples=150, deadline=None)
FEW = settings(max_examples=25, deadline=None)
QUICK = settings(max_examples=2000, deadline=None, database=None)
NAMES = {"Chunking": Chunking, "Ending": Ending, "Ordering": Ordering, "Stop": Stop, "StopKind": StopKind}


@MANY
@given(rst.streams())
def test_streams_are_legal(stream):
    """Every stream is in the grammar, and ends with a stop."""
    assert grammar.check(stream) == []
    assert ANTHROPIC.stop(stream).kind is not StopKind.FAILED


@pytest.mark.parametrize(
    ("strategy", "kinds"),
    [
        (rst.refusals(), {StopKind.REFUSED}),
        (rst.unknown_stops(), {StopKind.UNKNOWN}),
        (rst.benign(), {StopKind.COMPLETED}),
        (rst.cuts(), {StopKind.FAILED}),
        (rst.streams(stop_reasons=["max_tokens"]), {StopKind.INCOMPLETE}),
    ],
    ids=["refusals", "unknown_stops", "benign", "cuts", "max_tokens"],
)
def test_what_a_strategy_is_named_after(strategy, kinds):
    """Every example ends as its strategy says, and only cuts lack an end."""

    @FEW
    @given(strategy)
    def check(stream):
        assert {ANTHROPIC.stop(stream).kind} == kinds
        assert {violation.rule for violation in grammar.check(stream)} <= (
            {"unfinished"} if kinds == {StopKind.FAILED} else set()
        )

    check()


def test_the_whole_table_is_drawn():
    """Every legal step of the grammar is taken by some example: from each state, by each event that it allows."""
    taken = set()

    class Reader(grammar._Reader):
        def _symbol(self, at, event, kind):
            symbol = super()._symbol(at, event, kind)
            taken.add((self.state, symbol))
            return symbol

    @settings(max_examples=1500, deadline=None, database=None, derandomize=True)
    @given(rst.streams() | rst.cuts())
    def draw(stream):
        reader = Reader()
        for at, event in enumerate(stream.events):
            reader.read(at, event)

    draw()
    left = {step for step in set(grammar.TABLE) - taken if step[0] != grammar.UNHEARD}
    assert sorted(left) == [("ending", "error"), ("in text", "citations_delta"), ("start", "error")]


@pytest.mark.parametrize("position", Position, ids=lambda position: position.value)
def test_positions(position):
    """A stop arrives where it was asked for."""

    @FEW
    @given(rst.orderings(stop_reasons=["refusal"], positions=[position.value]))
    def check(ordering):
        if position is Position.AFTER_OUTPUT:
            assert ordering.at is None
        elif position is Position.BEFORE_OUTPUT:
            assert ended_at(stream_of(ordering)) is position
        else:
            served = places(bare(), ordering)
            assert served[ordering.at % len(served)] is position

    check()


@pytest.mark.parametrize(
    ("position", "events"),
    [("before-output", 3), ("empty-block", 5), ("mid-text", 6), ("mid-tool-input", 7), ("after-tool-use", 7)],
)
def test_minimal_examples(position, events):
    """The smallest refusal at a position has no event that it could do without."""
    assert len(find(rst.refusals(positions=[position]), lambda _: True, settings=QUICK).events) == events


def test_shrinking_to_a_rare_place():
    """A refusal inside of the second call, after a ping, shrinks to one ping, two calls and hardly more."""

    def rare(ordering):
        starts = [event for event in stream_of(ordering).events if ev.kind(event) == ev.BLOCK_START]
        kinds = [event.data["content_block"]["type"] for event in starts]
        return kinds.count("tool_use") == 2 and kinds[-1] == "tool_use" and ("ping" in dict(ordering.noise))

    smallest = find(rst.orderings(stop_reasons=["refusal"]), rare, settings=QUICK)
    assert len(stream_of(smallest).events) <= 15
    assert smallest.blocks[:2] == ("tool_use", "tool_use")
    assert [what for what, _ in smallest.noise] == ["ping"]
    assert (smallest.pieces, smallest.says, smallest.chunking) == (1, "", Chunking())


@MANY
@given(rst.orderings())
def test_an_ordering_can_be_pasted(ordering):
    """The repr of an ordering is the code that makes it."""
    assert eval(repr(ordering), NAMES) == ordering  # noqa: S307 - our own text


def test_a_counterexample_is_printed_as_code():
    """Hypothesis shows a stream as the call that makes it."""

    @settings(max_examples=5, deadline=None, database=None)
    @given(rst.refusals())
    def fails(stream):
        raise ValueError(stream)

    with pytest.raises(ValueError) as caught:  # noqa: PT011 - ours
        fails()
    if hasattr(caught.value, "__notes__"):
        assert "stream_of(" in "".join(caught.value.__notes__)
        assert "Ordering(stop=Stop(StopKind.REFUSED, value='refusal'), at=0)" in "".join(caught.value.__notes__)


@needs_recordings
@pytest.mark.parametrize("path", RECORDINGS[::6], ids=lambda path: path.stem)
def test_recordings(path):
    """A recording's own events come in their own order, and the stop anywhere among them."""

    @FEW
    @given(rst.streams(recording=path))
    def check(stream):
        assert grammar.check(stream) == []

    check()


@needs_recordings
def test_a_recording_without_noise_is_itself():
    """What was recorded and completed comes byte for byte where nothing is done to it."""
    path = next(path for path in RECORDINGS if "end-turn" in path.stem)
    whole = find(rst.benign(recording=path), lambda _: True, settings=QUICK)
    assert sse.encode(whole) == path.read_bytes()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: rst.streams(positions=["mid-thinking"], thinking=False),
            r"positions=\['mid-thinking'\] .* thinking=False",
        ),
        (
            lambda: rst.refusals(positions=["mid-tool-input"], tools=False),
            r"positions=\['mid-tool-input'\] .* tools=False",
        ),
        (lambda: rst.refusals(positions=["mid-tool-input"], blocks=["text"]), r"positions=.* blocks=\['text'\]"),
        (lambda: rst.streams(blocks=["thinking"], thinking=False), r"blocks=\['thinking'\] .* thinking=False"),
        (lambda: rst.streams(stop_reasons=["tool_use"], tools=False), r"stop_reasons=\['tool_use'\] .* tools=False"),
        (lambda: rst.streams(positions=["nowhere"]), "There is no position 'nowhere'. Positions: before-output, .*"),
        (lambda: rst.streams(blocks=["video"]), "There is no type of block 'video'. Types: text, .*"),
        (lambda: rst.streams(blocks="text"), "Expected a sequence of types of blocks but got blocks='text'"),
        (lambda: rst.streams(stop_reasons=[]), "Expected at least one stop reason"),
        (lambda: rst.streams(positions=[]), "Expected at least one position"),
        (lambda: rst.streams(stop_reasons=[3]), r"Expected words as stop_reasons but got 3 \(type=int\)"),
        (lambda: rst.streams(colour="red"), "There is no parameter 'colour'. Parameters: positions, .*"),
        (lambda: rst.benign(stop_reasons=["refusal"]), r"Expected stop reasons of .* got stop_reasons=\['refusal'\]"),
        (lambda: rst.streams(recording="missing.sse"), "missing.sse: Expected .* but there is no such file"),
        (lambda: rst.illegal(rules=["taste"]), "There is no rule 'taste'. Rules: order, .*"),
        (lambda: rst.chunkings(max_cuts=-1), "Expected max_cuts from 0 on but got max_cuts=-1"),
        (lambda: rst.conversations(max_turns=0), "Expected max_turns from 1 on but got max_turns=0"),
        (lambda: rst.branches("nothing"), "There is no branch or group 'nothing'"),
    ],
)
def test_bad_input(make, message):
    """What does not exist or cannot be together is an error that names it, and what is valid."""
    with pytest.raises(InvalidArgument, match=message):
        make()


@FEW
@given(rst.chunkings(), st.binary(min_size=1, max_size=200))
def test_chunks(chunking, body):
    """The chunks of a body are the body, and none is empty."""
    chunks = chunking(body)
    assert b"".join(chunks) == body
    assert all(chunks)


def test_a_chunk_can_end_inside_a_character():
    """Bytes are cut wherever they are."""
    body = "日本".encode()
    cut = find(rst.chunkings(), lambda chunking: b"\xe6" in chunking(body), settings=QUICK)
    assert len(cut(body)) > 1


@FEW
@given(rst.messages(), rst.streams(text=st.just("plain")))
def test_messages_and_texts(message, stream):
    """A message is what a stream amounts to, and texts say what they are given."""
    assert message["type"] == "message"
    texts = [block["text"] for block in fold(stream)["content"] if block["type"] == "text"]
    assert all("plainHello".startswith(text) for text in texts)


def test_types():
    """Each of the values can be asked for by its type."""
    for kind in (Event, Stream, Ordering, Chunking, Branch, Illegal):
        assert isinstance(find(st.from_type(kind), lambda _: True, settings=QUICK), kind)


@FEW
@given(rst.branches("refusal", exclude=["refusal-mid-text"]), rst.branches(), rst.conversations(), rst.events())
def test_the_others(branch, any_branch, conversation, event):
    """Branches are those of the catalogue, a conversation has turns, an event a name."""
    assert branch.name != "refusal-mid-text"
    assert any_branch in BRANCHES
    assert 1 <= len(conversation) <= 6
    assert event.name


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Ordering(noise=(("drum", 0),)), "There is no noise 'drum'. Noise: ping, "),
        (lambda: Ordering(at=3), "Expected a completed answer to be whole but got at=3"),
        (lambda: Ordering(pieces=-1), "Expected pieces and at from 0 on"),
        (lambda: Ordering(stop=Stop(StopKind.FAILED), ending=Ending.REJECTED), "it is an HTTP error"),
        (lambda: Chunking(size=-1), "Expected sizes and offsets from 0 on but got size=-1"),
    ],
)
def test_impossible_orderings(make, message):
    """An ordering that cannot be is an error."""
    from pytest_refusals import InvalidBranch

    with pytest.raises(InvalidBranch, match=message):
        make()


def test_fresh_stops_are_made_anew():
    """A stop that no code can know is another one in every stream."""
    ordering = Ordering(stop=Stop(StopKind.UNKNOWN, FRESH), at=0)
    assert ANTHROPIC.stop(stream_of(ordering)) != ANTHROPIC.stop(stream_of(ordering))
