"""The async service, loud: a mail without an answer is kept for a person, and the log says so."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from anthropic import AsyncAnthropic

from reportdesk.model import COMPLETE, MODEL, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)


async def is_spam(client: AsyncAnthropic, mail: str) -> bool | None:
    """Return whether `mail` is spam, or None, and log a warning, if the model did not answer."""
    message = await client.messages.create(
        model=MODEL,
        max_tokens=16,
        messages=[{"role": "user", "content": f"Answer yes or no. Is this spam?\n{mail}"}],
    )
    if message.stop_reason not in COMPLETE:
        logger.warning("mail not sorted: stop_reason is %r", message.stop_reason)
        return None
    return text_of(message.content).lower().startswith("yes")


async def sort_mail(mails: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the mails that are no spam, and those that a person has to look at."""
    async with AsyncAnthropic() as client:
        spam = await asyncio.gather(*(is_spam(client, mail) for mail in mails))
    kept = [mail for mail, found in zip(mails, spam, strict=True) if found is False]
    return kept, [mail for mail, found in zip(mails, spam, strict=True) if found is None]
