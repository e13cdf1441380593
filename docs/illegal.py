"""What the installed SDK makes of streams that no server may send: ``python docs/illegal.py`` adds it to the table."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_suffix(".json")
"""Version of the SDK, then case, to what `create(stream=True)` and `stream()` do."""
ASK: dict[str, Any] = {"model": "claude-test", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello?"}]}


def observed() -> tuple[str, dict[str, list[str]]]:
    """Return the version of the installed SDK, and what it does in each case."""
    import anthropic

    from pytest_refusals import Ordering, serve, stream_of
    from pytest_refusals.dialects.anthropic.breaking import spoiled

    client = anthropic.Anthropic(api_key="not-a-key", max_retries=0)

    def events() -> str:
        with client.messages.create(**ASK, stream=True) as stream:
            return f"{sum(1 for _ in stream)} events"

    def message() -> str:
        with client.messages.stream(**ASK) as stream:
            read = stream.get_final_message()
        text = "".join(getattr(block, "text", None) or "" for block in read.content)
        return f"{text!r}, {read.stop_reason}"

    done: dict[str, list[str]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for illegal in spoiled(stream_of(Ordering(blocks=("text",)))):
            with serve(illegal.stream):
                done[illegal.case] = [_outcome(events), _outcome(message)]
    return anthropic.__version__, done


def _outcome(call: Callable[[], str]) -> str:
    try:
        return call()
    except Exception as error:
        return f"**{type(error).__name__}**"


def main() -> None:
    """Write what the installed SDK does beside what others did."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    version, done = observed()
    table = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    table[version] = done
    TABLE.write_text(json.dumps(dict(sorted(table.items(), key=_order)), indent=1) + "\n")
    print(f"{len(done)} cases of anthropic {version} written to {TABLE}")


def _order(item: tuple[str, Any]) -> list[int]:
    return [int(part) for part in item[0].split(".")]


if __name__ == "__main__":
    main()
