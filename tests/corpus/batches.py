"""Batches and pipelines: many prompts, one of which has no answer."""

from __future__ import annotations

import json
import logging
from collections import Counter
from pathlib import Path
from typing import Any

from tests.corpus.asking import OK, Ask, text_of
from tests.corpus.case import AS_IT_CAME, case

log = logging.getLogger("corpus.batch")
PROMPTS = ("Describe the first item.", "Describe the second item.")


class BatchError(Exception):
    pass


@case("loud")
def has_a_status_for_each(ask: Ask) -> list[dict[str, Any]]:
    """A row per prompt with a status of its own."""
    rows = []
    for prompt in PROMPTS:
        message = ask(prompt)
        good = message.stop_reason in OK
        rows.append(
            {"prompt": prompt, "status": "done" if good else "refused", "text": text_of(message) if good else None}
        )
    return rows


@case("silent")
def skips_what_failed(ask: Ask) -> list[str]:
    """Fewer answers than prompts."""
    answers = []
    for prompt in PROMPTS:
        message = ask(prompt)
        if message.stop_reason not in OK:
            continue
        answers.append(text_of(message))
    return answers


@case("silent")
async def has_a_gap_for_each(ask: Ask) -> list[str | None]:
    """None in the place of what failed."""
    answers: list[str | None] = []
    for prompt in PROMPTS:
        message = await ask(prompt)
        answers.append(text_of(message) if message.stop_reason in OK else None)
    return answers


@case("loud")
async def counts_what_failed(ask: Ask) -> list[str]:
    """One warning at the end that says how many failed."""
    answers = []
    for prompt in PROMPTS:
        message = await ask(prompt)
        if message.stop_reason in OK:
            answers.append(text_of(message))
    if len(answers) < len(PROMPTS):
        log.warning("%s of %s prompts failed", len(PROMPTS) - len(answers), len(PROMPTS))
    return answers


@case("silent")
def counts_what_failed_in_a_note(ask: Ask) -> Counter[str]:
    """A tally of good and bad, which gives no reason, and an info record with all of them."""
    reasons = [ask(prompt).stop_reason for prompt in PROMPTS]
    log.info("ended with %s", reasons)
    return Counter("good" if reason in OK else "bad" for reason in reasons)


@case("loud")
def tallies_the_reasons(ask: Ask) -> list[tuple[str, int]]:
    """A tally of the reasons themselves."""
    return Counter(str(ask(prompt).stop_reason or "no stop_reason") for prompt in PROMPTS).most_common()


@case("loud")
async def raises_for_all_at_the_end(ask: Ask) -> list[str]:
    """Goes through all prompts first, and raises for those that failed."""
    failed, answers = [], []
    for prompt in PROMPTS:
        message = await ask(prompt)
        (answers if message.stop_reason in OK else failed).append(text_of(message))
    if failed:
        raise BatchError(f"{len(failed)} prompts have no answer")
    return answers


@case(**AS_IT_CAME)
def joins_all_answers(ask: Ask) -> str:
    """A report made of whatever came."""
    return "\n\n".join(f"## {prompt}\n{text_of(ask(prompt))}" for prompt in PROMPTS)


@case("silent")
async def finds_nothing(ask: Ask) -> dict[str, Any]:
    """No answer is recorded as no finding."""
    message = await ask("List the problems of this change.")
    findings = text_of(message).splitlines() if message.stop_reason in OK else []
    return {"findings": findings, "passed": not findings}


@case("silent")
def writes_it_to_a_file(ask: Ask) -> None:
    """The status goes into a file that the caller may or may not look into."""
    message = ask()
    path = Path("/dev/null")
    path.write_text(json.dumps({"status": "ok" if message.stop_reason in OK else "refused"}))


@case("loud")
def returns_what_it_wrote(ask: Ask) -> list[str]:
    """The lines of a file with one JSON object each, as they were written."""
    message = ask()
    rows = [{"id": 1, "status": "ok"}, {"id": 2, "status": "ok" if message.stop_reason in OK else "declined"}]
    return [json.dumps(row) for row in rows]


@case("silent")
def measures_the_answer(ask: Ask) -> dict[str, int]:
    """Statistics of a text that is not one."""
    text = text_of(ask())
    return {"words": len(text.split()), "lines": text.count("\n")}


@case("silent", answer="Paris\nRome\nVienna, which is the last of them")
async def takes_the_first_line(ask: Ask) -> str:
    """A piece of the answer, of a refused one too, that is too short to be told from chance."""
    return (text_of(await ask()).splitlines() or ["none"])[0]


@case("loud", answer="The moderate price was declined for safety reasons, and nobody refused it.")
def summarizes_a_text_on_refusals(ask: Ask) -> dict[str, str]:
    """Raises where there is no answer; the answer itself speaks of refusals."""
    message = ask()
    if message.stop_reason not in OK:
        raise BatchError("no answer")
    return {"summary": text_of(message), "status": "done"}


@case(
    **AS_IT_CAME,
    answer="The moderate price was declined for safety reasons, and nobody refused it.",
)
def quotes_a_text_on_refusals(ask: Ask) -> dict[str, str]:
    """The answer itself speaks of refusals, and comes back however it ended."""
    return {"summary": f"Summary: {text_of(ask())}", "status": "done"}
