"""Conversations with chats that recover from a refusal, and with one that does not."""

from __future__ import annotations

import re

import anthropic
import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

import pytest_refusals.strategies as rst
from pytest_refusals import VerdictFailed

CLIENT = anthropic.Anthropic(api_key="key", max_retries=0)
PHASES = [Phase.generate, Phase.shrink]
SHORT = settings(max_examples=12, stateful_step_count=8, deadline=None, database=None, phases=PHASES)


class Refused(Exception):
    pass


class Chat:
    def __init__(self):
        self.turns, self.last, self.model = [], [], 0

    def send(self, prompt):
        return self.ask([*self.turns, {"role": "user", "content": prompt}])

    def ask(self, turns):
        self.last = turns
        message = CLIENT.messages.create(model=f"claude-test-{self.model}", max_tokens=9, messages=turns)
        if message.stop_reason != "end_turn":
            self.fail(turns)
            raise Refused(message.stop_reason)
        text = message.content[0].text
        self.turns = [*turns, {"role": "assistant", "content": text}]
        return text

    def fail(self, turns):
        """Leave the conversation as it was before the turn that failed."""


class Forgetful(Chat):
    def fail(self, turns):
        self.turns = turns


class Machine(rst.ChatMachine):
    def start(self):
        return Chat()

    def reset(self, chat):
        chat.turns = []

    def reroute(self, chat):
        chat.model += 1

    def retry(self, chat):
        return chat.ask(chat.last)


class Poisoned(Machine):
    def start(self):
        return Forgetful()


class Warned(Poisoned):
    recovers = False


@pytest.mark.parametrize("machine", [Machine, Warned])
def test_a_chat_that_recovers(machine):
    """No order of turns, refusals, resets, reroutes and retries brings a refused turn back."""
    run_state_machine_as_test(machine, settings=SHORT)


def test_a_chat_that_keeps_the_refused_turn():
    """A short conversation that goes on with a refused turn is found."""
    with pytest.raises(VerdictFailed, match=r"^POISONED: ") as caught:
        run_state_machine_as_test(Poisoned, settings=settings(SHORT, max_examples=60))
    if hasattr(caught.value, "__notes__"):
        steps = "\n".join(caught.value.__notes__)
        assert re.findall(r"state\.(\w+)", steps)[:1] == ["refused"]
        assert len(re.findall(r"state\.(?:refused|answered)", steps)) == steps.count("state.") - 1 == 2


def test_a_machine_without_a_chat():
    """A subclass has to say what the chat is."""
    with pytest.raises(NotImplementedError, match=r"Nameless has to say in start\(\) what the chat is"):
        type("Nameless", (rst.ChatMachine,), {})()
