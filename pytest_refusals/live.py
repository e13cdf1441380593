"""What `refusal_stream` is while recordings are made: the real API answers, and nothing is judged."""

from __future__ import annotations

from typing import Any

from pytest_refusals.oracle.outcome import Outcome
from pytest_refusals.session import RefusalStream


class LiveStream(RefusalStream):
    """Runs the code under test against the real API. The outcome has no verdict; what the code raises comes through."""

    def conclude(self) -> None:
        """Do nothing: there is no verdict on a stream that was never used, either."""

    def _end(self, run: Any) -> Outcome:
        __tracebackhide__ = True
        if run.raised is not None:
            raise run.raised
        outcome = self._observe(run)
        self.outcomes.append(outcome)
        return outcome
