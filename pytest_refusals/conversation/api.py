"""`refusal_api`: a conversation with the API, scripted by hand, unparametrized and unjudged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pytest_refusals import dialects
from pytest_refusals.conversation.endpoint import ScriptedEndpoint
from pytest_refusals.conversation.verbs import Verbs
from pytest_refusals.dialects.usage import Usage
from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.endpoint.serving import serving
from pytest_refusals.oracle.conversation import poisoned


class RefusalApi(Verbs):
    """The API as a test scripts it, request by request.

    A request gets the first scripted answer that is for it and not used up. One that nothing is scripted for is
    refused again where its conversation still holds a turn that this model refused; otherwise it gets HTTP 400, and
    the test fails. `endpoint` is what a transport serves.
    """

    def __init__(self) -> None:
        self.endpoint: Final = ScriptedEndpoint(dialects.known())
        super().__init__(self.endpoint.script)

    @property
    def requests(self) -> tuple[Exchange, ...]:
        """Every request for a message so far, with its answer, in order."""
        return tuple(self.endpoint.exchanges)

    @property
    def usage(self) -> tuple[Usage, ...]:
        """What each request used and what of it is billed; one entry for each model that was run for it."""
        return tuple(usage for exchange in self.requests for usage in exchange.usage)

    @property
    def unanswered(self) -> tuple[str, ...]:
        """A sentence for each request that nothing was scripted for."""
        return tuple(self.endpoint.unanswered)

    @property
    def poisoned(self) -> tuple[Exchange, ...]:
        """The requests that went on with a refused turn still in the conversation; a verbatim retry is none."""
        return tuple(poisoned(self.endpoint.exchanges))

    def conclude(self) -> None:
        """Raise `ScriptNotFollowed` if an answer was left over, or a request came that nothing was scripted for."""
        __tracebackhide__ = True
        self.endpoint.conclude()


@contextmanager
def serve_script() -> Iterator[RefusalApi]:
    """Serve a script in this process: what the fixture `refusal_api` covers. Nothing of pytest is needed.

    At the end `ScriptNotFollowed` is raised if an answer was left over, or a request came that nothing was
    scripted for; not if the block was left by an exception.
    """
    api = RefusalApi()
    with serving(api.endpoint):
        yield api
    api.conclude()
