"""Tables drawn from the code, so that the reference cannot lag behind it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from sphinx.util.docutils import SphinxDirective

from pytest_refusals.branches import BRANCHES, CONTROL, DEFAULT
from pytest_refusals.dialects.anthropic.billing import RULES as BILLING
from pytest_refusals.dialects.anthropic.breaking import CASES
from pytest_refusals.options import INI
from pytest_refusals.oracle.channels import ALL
from pytest_refusals.oracle.judge import PASSING, RULES
from pytest_refusals.oracle.policy import VOCABULARY

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx


SEEN = Path(__file__).parents[1] / "illegal.json"
"""What `docs/illegal.py` has seen."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def branches() -> str:
    """Return a heading and a table for each group of branches."""
    parts = []
    for group, members in groupby(BRANCHES, key=lambda branch: branch.group):
        tried = " (default)" if group in DEFAULT else " (always there)" if group == CONTROL.group else ""
        rows = [(f"`{branch.name}`", branch.about, branch.expects) for branch in members]
        parts.append(f"**`{group}`**{tried}\n\n{table(('branch', 'what happens', 'expects'), rows)}")
    return "\n\n".join(parts)


def verdicts() -> str:
    """Return the rules of the oracle, in order."""
    rows = [(f"`{rule.verdict.value}`", rule.when, "passes" if rule.verdict in PASSING else "fails") for rule in RULES]
    return table(("verdict", "when", "the item"), rows)


def channels() -> str:
    """Return what counts, by channel."""
    rows, shown = [], ""
    for channel in ALL:
        rows.append((f"`{channel.name}`" if channel.name != shown else "", channel.about))
        shown = channel.name
    return table(("channel", "what counts"), rows)


def billing() -> str:
    """Return what is billed of an answer, by both rules."""
    rows = []
    for rule in BILLING:
        older = rule.older or rule.now
        said = ("yes" if rule.now.billed else "no", "yes" if older.billed else "no")
        rows.append((rule.when, *said, "; ".join(dict.fromkeys((rule.now.source, older.source)))))
    return table(("an answer that is", "billed", "by the older rule", "source"), rows)


def options() -> str:
    """Return the ini options."""
    rows = [(f"`{name}`", _KINDS[kind], text) for name, (kind, text) in INI.items()]
    return table(("option", "value", "what it sets"), rows)


def illegal() -> str:
    """Return what each SDK that was tried does with the streams that no server may send."""
    tried: dict[str, dict[str, list[str]]] = json.loads(SEEN.read_text(encoding="utf-8"))
    calls = [f"{version}: `{call}`" for version in tried for call in ("create(stream=True)", "stream()")]
    rows = [
        (f"`{rule}`", f"`{case}`", *(text for done in tried.values() for text in done.get(case, ("", ""))))
        for case, (rule, _) in CASES.items()
    ]
    return table(("rule", "case", *calls), rows)


def vocabulary() -> str:
    """Return the words that name a stop."""
    return ", ".join(f"`{word}`" for word in VOCABULARY)


_KINDS = {"args": "words", "linelist": "a list, one a line", "string": "a word"}


class _Drawn(SphinxDirective):
    draw: ClassVar[Any]

    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes(type(self).draw())


def setup(app: Sphinx) -> dict[str, Any]:
    """Add a directive for each table."""
    for draw in (branches, channels, verdicts, options, vocabulary, billing, illegal):
        name = f"refusals-{draw.__name__}"
        app.add_directive(name, type(name, (_Drawn,), {"draw": staticmethod(draw)}))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
