"""The in-process transport: what it guards, how it begins and ends, and the way round for unknown libraries."""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import respx

from pytest_refusals.endpoint import inprocess
from pytest_refusals.endpoint.guard import network_guard
from pytest_refusals.endpoint.inprocess import MOCKERS, in_process
from pytest_refusals.errors import UnservedRequest
from tests.endpoint.fake import ASK, OTHER, URL, FakeEndpoint, allow, sdk


def test_guard_names_the_request(library):
    """A request that nothing serves is stopped before it uses the network, and named."""
    fake, blocked = FakeEndpoint(), []

    async def ask() -> None:
        async with library.AsyncClient() as client:
            await client.get("https://api.anthropic.com/v1/models?after=1")

    with network_guard(["api.anthropic.com"], blocked.append) as guard, in_process(fake.answer, guard):
        with pytest.raises(UnservedRequest, match=r"^GET https://api\.anthropic\.com/v1/models \(sent from .*:\d+ in"):
            library.get("https://api.anthropic.com/v1/models")
        with pytest.raises(UnservedRequest, match=r"^GET https://api\.anthropic\.com/v1/models \("):
            asyncio.run(ask())
    assert len(blocked) == 2


def test_guard_sees_through_a_proxy(library, endpoint):
    """A guarded host is guarded behind a proxy, even one on this machine."""
    client = library.Client(proxy="http://127.0.0.1:9")
    guarding = network_guard(["api.anthropic.com"], lambda _: None)
    with guarding as guard, in_process(endpoint.answer, guard), pytest.raises(UnservedRequest):
        client.get("https://api.anthropic.com/v1/models")


def test_kept_trace(library, endpoint):
    """A trace function of the user's own stays in place for requests that are passed on."""
    mine: list[str] = []

    def connect(request: Any) -> Any:
        request.extensions["trace"]("connection.connect_tcp.started", {})
        return library.Response(200)

    client = library.Client(transport=library.MockTransport(connect))
    client.get(OTHER, extensions={"trace": lambda event, _info: mine.append(event)})
    assert mine == ["connection.connect_tcp.started"]


def patched_methods() -> list[Any]:
    found = []
    for name in ("httpx", "httpx2"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        found += [vars(client)["_send_single_request"] for client in (module.Client, module.AsyncClient)]
    return found


def test_nothing_stays():
    """Nothing stays patched or registered."""
    before = patched_methods()
    with in_process(FakeEndpoint().answer, allow):
        assert patched_methods() != before
    assert patched_methods() == before
    assert [mocker.routers for mocker in MOCKERS] == [[], []]


def test_nothing_stays_after_an_error():
    """The same where the body raised."""
    before = patched_methods()
    with pytest.raises(ZeroDivisionError), in_process(FakeEndpoint().answer, allow):
        _ = 1 / 0
    assert patched_methods() == before
    assert [mocker.routers for mocker in MOCKERS] == [[], []]


def test_innermost_answers():
    """Of nested activations the innermost answers; when it ends the outer one does."""
    outer, inner = FakeEndpoint("outer"), FakeEndpoint("inner")
    with in_process(outer.answer, allow):
        with in_process(inner.answer, allow):
            assert sdk().messages.create(**ASK).stop_reason == "inner"
        assert sdk().messages.create(**ASK).stop_reason == "outer"


def test_overlapping_activations():
    """Activations may end in the order in which they began."""
    before = patched_methods()
    first, second = (in_process(FakeEndpoint(reason).answer, allow) for reason in ("first", "second"))
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert sdk().messages.create(**ASK).stop_reason == "second"
    second.__exit__(None, None, None)
    assert patched_methods() == before


def test_library_imported_later(tmp_path: Path):
    """Code under test that imports the SDK only while we are active is answered."""
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\n"
        "from pytest_refusals.endpoint.inprocess import in_process\n"
        "from tests.endpoint.fake import ASK, FakeEndpoint\n"
        "assert 'anthropic' not in sys.modules\n"
        "with in_process(FakeEndpoint().answer, lambda method, url: None):\n"
        "    import anthropic\n"
        "    print(anthropic.Anthropic(api_key='test').messages.create(**ASK).stop_reason)\n"
    )
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {root!r}); exec(open({str(script)!r}).read())"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert done.stdout.strip() == "refusal"


@contextmanager
def unhooked(endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(inprocess, "_HOOKS", ("_no_such_method",))
        with in_process(endpoint.answer, allow):
            yield


def test_fallback(library, monkeypatch):
    """Without the hooks a request is answered one layer below, streamed or not, and nothing stays patched."""
    fake, core = FakeEndpoint(), importlib.import_module(library.__name__.replace("httpx", "httpcore"))
    before = core.ConnectionPool.handle_request

    async def ask() -> bytes:
        async with library.AsyncClient() as client:
            return (await client.post(URL, json={**ASK, "stream": True})).content

    with unhooked(fake, monkeypatch):
        assert library.post(URL, json=ASK).json()["stop_reason"] == "refusal"
        assert asyncio.run(ask()).endswith(b'{"type": "message_stop"}\n\n')
        fake.dropped = True
        with pytest.raises(library.RemoteProtocolError):
            library.post(URL, json={**ASK, "stream": True})
    assert core.ConnectionPool.handle_request is before


def test_fallback_beside_respx(library, monkeypatch):
    """Without the hooks the user's respx routes at the same layer go on answering."""
    using = library.__name__.replace("httpx", "httpcore")
    with unhooked(FakeEndpoint(), monkeypatch), respx.mock(using=using) as router:
        router.get(OTHER).respond(204)
        assert library.get(OTHER).status_code == 204
        assert library.post(URL, json=ASK).status_code == 200
