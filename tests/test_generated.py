"""A body on generated examples, without pytest around it."""

from __future__ import annotations

import ssl

import anthropic
import pytest
from hypothesis import example, seed, settings

from pytest_refusals import Chunking, Ordering, Policy, RefusalStream, Stop, StopKind, VerdictFailed, serve
from pytest_refusals.endpoint.certificates import read_once
from pytest_refusals.endpoint.serving import serving
from pytest_refusals.generated import Examples, on_examples

CLIENT = anthropic.Anthropic(api_key="key", max_retries=0)
TOOL = {"name": "look", "input_schema": {"type": "object", "properties": {"at": {"type": "string"}}}}
ASK = {"model": "claude-test", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello?"}], "tools": [TOOL]}
GOOD = ("end_turn", "tool_use", "stop_sequence")
FREE = settings(database=None, deadline=None)


class Refused(Exception):
    pass


def ask():
    with CLIENT.messages.stream(**ASK) as stream:
        return stream.get_final_message()


def loud():
    message = ask()
    if message.stop_reason not in GOOD:
        raise Refused(message.stop_reason)
    return "".join(block.text for block in message.content if block.type == "text")


def silent():
    message = ask()
    return "fine" if message.stop_reason in GOOD else None


class Report:
    def __init__(self):
        self.told = []

    def generated(self, outcome, *, verdict=None, example=None):
        self.told.append((verdict or outcome.verdict.value, example))


def run(handler, count=40, decorate=FREE):
    report = Report()
    examples = Examples(None, count, "key")
    stream = RefusalStream(examples.plan, Policy())
    body = decorate(lambda: stream.run(handler))
    with serving(stream):
        on_examples(body, examples, stream, report, watched=False)()
    return report.told


def failure(handler, **options):
    with pytest.raises(VerdictFailed) as caught:
        run(handler, **options)
    return caught.value


def test_a_loud_handler_passes_on_every_example():
    """Loud on every refusal and unknown stop, quiet on every full answer: one record, of a loud example."""
    assert run(loud, 120) == [("loud", None)]


def test_a_silent_one_fails_on_the_smallest_refusal():
    """The counterexample has no event too many, and the message has its bytes and the line to paste."""
    error = failure(silent)
    text = str(error)
    assert text.startswith("SILENT: ")
    assert error.outcome.events_served == 3
    assert "    event: message_start\n    data: {" in text
    assert "    from pytest_refusals import Ordering, Stop, StopKind\n" in text
    assert "    @example(Ordering(stop=Stop(StopKind.REFUSED), at=0))\n" in text


def test_the_line_to_paste_reproduces_it():
    """What is printed is served again by `serve`, and by `@example` before anything is generated."""
    ordering = Ordering(stop=Stop(StopKind.REFUSED), at=0)
    with serve(ordering, check=False) as stream:
        assert stream.run(silent).verdict == "silent"
    tried = []

    def count():
        tried.append(1)
        return loud()

    run(count, 3, lambda body: example(ordering)(FREE(body)))
    assert len(tried) > 3


def test_a_noisy_one_fails_on_the_smallest_full_answer():
    """An alarm on a full answer is found as well."""

    def noisy():
        message = ask()
        if any(block.type == "tool_use" for block in message.content):
            raise Refused("a call")
        return loud()

    with pytest.raises(Refused) as caught:
        run(noisy)
    assert "@example(Ordering(blocks=('tool_use',)))" in "\n".join(caught.value.__notes__)


def test_calls_and_later_answers():
    """A tool loop gets an answer after its call, and goes quietly to its end."""

    def loop():
        messages = list(ASK["messages"])
        for _ in range(4):
            with CLIENT.messages.stream(**{**ASK, "messages": messages}) as stream:
                message = stream.get_final_message()
            if message.stop_reason not in GOOD:
                raise Refused(message.stop_reason)
            calls = [block.id for block in message.content if block.type == "tool_use"]
            if not calls:
                return message.content[0].text
            results = [{"type": "tool_result", "tool_use_id": call, "content": "x"} for call in calls]
            messages += [{"role": "assistant", "content": message.content}, {"role": "user", "content": results}]
        raise Refused("no end")

    assert run(loop, 60) == [("loud", None)]


def test_a_flaky_handler_is_told_apart():
    """Both verdicts on the same answer are named; neither is taken for the handler's."""
    calls = []

    def flaky():
        calls.append(1)
        return loud() if len(calls) % 3 else silent()

    error = failure(flaky)
    assert str(error).startswith("FLAKY: ")
    assert "silent and loud on the same answer" in str(error) or "loud and silent" in str(error)


def test_a_seed_decides_what_is_tried():
    """The same seed tries the same stops, another one others."""

    def tried(number):
        seen = []

        def look():
            seen.append(ask().stop_reason in GOOD)
            return loud()

        run(look, 20, lambda body: seed(number)(FREE(body)))
        return seen

    assert tried(3) == tried(3) != tried(4)


def test_the_request_decides_what_can_come():
    """No call and no thought comes in answer to a request that has neither tools nor thinking."""

    def look():
        with CLIENT.messages.stream(**{key: value for key, value in ASK.items() if key != "tools"}) as stream:
            message = stream.get_final_message()
        assert not {block.type for block in message.content} & {"tool_use", "thinking", "redacted_thinking"}
        if message.stop_reason not in GOOD:
            raise Refused(message.stop_reason)

    assert run(look) == [("loud", None)]


@pytest.mark.parametrize("chunking", [Chunking(), Chunking(1), Chunking(7), Chunking(at=(40, 900)), None])
def test_events_are_counted_however_their_bytes_come(chunking):
    """An event has been read when its last byte has."""
    with serve(Ordering(says="日本", blocks=("text",), pieces=3, chunking=chunking)) as stream:
        outcome = stream.run(loud)
    assert outcome.events_read == outcome.events_served == 13


def test_a_conversation_of_turns():
    """Each run takes the next answer, then the full one; a refused turn that comes back is refused again."""
    refusal = Ordering(stop=Stop(StopKind.REFUSED), at=0)
    with serve([Ordering(), refusal], check=False) as stream:
        verdicts = [stream.run(loud).verdict, stream.run(lambda: Refused(silent())).verdict]
        assert verdicts == ["quiet", "loud"]
        again = stream.run(loud)
    assert (again.branch.expects, again.verdict) == ("loud", "loud")


def test_certificates_are_read_once_and_owed_until_they_are_needed():
    """A second context reads the authorities' file when it is used, or when it is over."""
    import certifi

    with read_once():
        first, second, third = (ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) for _ in range(3))
        first.load_verify_locations(cafile=certifi.where())
        second.load_verify_locations(cafile=certifi.where())
        third.load_verify_locations(cafile=certifi.where())
        known = len(first.get_ca_certs())
        assert len(second.get_ca_certs()) == known > 0
    assert len(third.get_ca_certs()) == known
    assert "load_verify_locations" not in vars(ssl.SSLContext)
    with read_once(), pytest.raises(FileNotFoundError):
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile="missing.pem")
