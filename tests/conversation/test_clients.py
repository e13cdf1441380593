"""A script, as the real SDK sees it."""

from __future__ import annotations

import anthropic
import pytest

from pytest_refusals import ScriptNotFollowed, serve_script
from tests.oracle.asking import WAYS, async_client, client, text_of

ASK = {"model": "claude-test", "max_tokens": 100, "messages": [{"role": "user", "content": "hello"}]}
ways = pytest.mark.parametrize("ask", WAYS, ids=lambda ask: ask.__name__)


@ways
def test_a_conversation(ask):
    """Streamed or not, sync or async: refused, then answered, then stopped by a word that no SDK knows."""
    with serve_script() as refusal_api:
        refusal_api.refuse(at="mid-text", category="cyber", explanation="no").then_answer("at last")
        refusal_api.stop("of_tomorrow", model="claude-other")
        refused, answered, stopped = ask(), ask(), ask(model="claude-other")
    assert (refused.stop_reason, answered.stop_reason, stopped.stop_reason) == ("refusal", "end_turn", "of_tomorrow")
    assert text_of(answered) == "at last"
    assert len(text_of(refused)) > 0
    assert [exchange.streamed for exchange in refusal_api.requests] == [ask.__name__.endswith("stream")] * 3


def test_the_sdk_retries_a_failure():
    """A failure is one answer: the client's own retry gets the next one."""
    with serve_script() as refusal_api:
        refusal_api.fail(529).then_answer("at last")
        assert text_of(client().with_options(max_retries=2).messages.create(**ASK)) == "at last"
    assert [exchange.response.status for exchange in refusal_api.requests] == [529, 200]


def test_an_error_inside_a_stream():
    """The SDK raises it after the text that came before it."""
    with serve_script() as refusal_api:
        refusal_api.fail(529, message="Too much", at="mid-text", answer="half of this is said")
        said = []
        with pytest.raises(anthropic.APIStatusError, match="Too much"), client().messages.stream(**ASK) as stream:
            said.extend(stream.text_stream)
    assert "half of this is said".startswith("".join(said))
    assert said


def test_an_unscripted_request_is_asked_once():
    """The client does not retry it, and its error says what is scripted."""

    def ask_once():
        with serve_script() as refusal_api:
            refusal_api.answer("never", model="claude-other")
            with pytest.raises(anthropic.BadRequestError, match=r"1\. answer\('never'\) for model 'claude-other'"):
                client().with_options(max_retries=5).messages.create(**ASK)
            assert len(refusal_api.requests) == 1

    with pytest.raises(ScriptNotFollowed, match="no scripted answer is left"):
        ask_once()


def test_an_exception_leaves_the_block_as_it_is():
    """What was left over is no news where the block broke off."""

    def break_off():
        with serve_script() as refusal_api:
            refusal_api.answer()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()


@pytest.mark.anyio
async def test_many_at_once():
    """Each of the answers is given once, however many tasks ask."""
    import anyio

    said = []

    async def ask(asynchronous):
        said.append(text_of(await asynchronous.messages.create(**ASK)))

    with serve_script() as refusal_api:
        for number in range(5):
            refusal_api.answer(f"answer {number}")
        async with async_client() as asynchronous, anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(ask, asynchronous)
    assert sorted(said) == [f"answer {number}" for number in range(5)]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    """Both event loops."""
    return request.param
