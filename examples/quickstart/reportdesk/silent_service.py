"""An async service that takes a missing answer for "not spam"."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from anthropic import AsyncAnthropic

from reportdesk.model import MODEL, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence


async def is_spam(client: AsyncAnthropic, mail: str) -> bool:
    """Return whether `mail` is spam."""
    message = await client.messages.create(
        model=MODEL,
        max_tokens=16,
        messages=[{"role": "user", "content": f"Answer yes or no. Is this spam?\n{mail}"}],
    )
    return text_of(message.content).lower().startswith("yes")


async def sort_mail(mails: Sequence[str]) -> list[str]:
    """Return the mails that are no spam."""
    async with AsyncAnthropic() as client:
        spam = await asyncio.gather(*(is_spam(client, mail) for mail in mails))
    return [mail for mail, found in zip(mails, spam, strict=True) if not found]
