"""The network guard, met from every HTTP stack. No test here gets as far as resolving a name."""

from __future__ import annotations

import asyncio
import functools
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_refusals.endpoint.guard import Guard, network_guard
from pytest_refusals.endpoint.hooks import POINTS
from pytest_refusals.endpoint.hosts import LLM_HOSTS, host_of, is_guarded
from pytest_refusals.errors import UnservedRequest
from tests.endpoint.stacks import BARE, HOST, NAMED, URL

ROOT = Path(__file__).parents[2]


@pytest.fixture
def blocked() -> list[UnservedRequest]:
    return []


@pytest.fixture
def guard(blocked: list[UnservedRequest]) -> Iterator[Guard]:
    with network_guard(["*.vendor.test"], blocked.append) as active:
        yield active


def stop(stack: Callable[[], None]) -> str:
    """Run `stack` and return what it was stopped with, whatever the library wrapped it in."""
    with pytest.raises(BaseException) as raised:  # noqa: PT011
        stack()
    error: BaseException | None = raised.value
    while error is not None and not isinstance(error, UnservedRequest):
        error = error.__cause__ or error.__context__
    if error is None:
        raise raised.value
    return str(error)


@pytest.mark.parametrize("stack", NAMED)
def test_http_library(stack, guard, blocked):
    """A library's request is stopped; the message names method, URL and call site, and the way out."""
    text = stop(stack)
    assert text.startswith(f"POST {URL} (sent from ")
    assert "stacks.py:" in text
    assert "`refusal_server`" in text
    assert [str(error) for error in blocked] == [text]


@pytest.mark.parametrize("stack", BARE)
def test_connection(stack, guard, blocked):
    """A connection that carries no request yet is stopped, named by its host and by who asked for it."""
    text = stop(stack)
    assert HOST in text.partition(" was stopped")[0]
    assert "stacks.py:" in text
    assert len(blocked) == 1


def test_in_a_thread(guard, blocked):
    """A connection of another thread is stopped."""
    thread = threading.Thread(target=lambda: stop(lambda: socket.getaddrinfo(HOST, 443)))
    thread.start()
    thread.join()
    assert len(blocked) == 1


def test_function_imported_by_name():
    """Code that took `getaddrinfo` out of its module before is stopped all the same."""
    script = (
        "from socket import getaddrinfo\n"
        "from pytest_refusals.endpoint.guard import network_guard\n"
        "with network_guard(['*.vendor.test'], print):\n"
        f"    getaddrinfo({HOST!r}, 443)\n"
    )
    assert "UnservedRequest" in run_script(script)


def run_script(script: str) -> str:
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{script}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    return done.stdout + done.stderr


def test_imported_while_active():
    """A library that is imported only while the guard is active is stopped before it resolves a name."""
    pytest.importorskip("aiohttp")
    script = (
        "import sys\n"
        "from pytest_refusals.endpoint.guard import network_guard\n"
        "assert not {'aiohttp', 'httpx', 'asyncio'} & set(sys.modules)\n"
        "with network_guard(['*.vendor.test'], lambda error: print(error)):\n"
        "    from tests.endpoint import stacks\n"
        "    stacks.with_aiohttp_resolver()\n"
    )
    assert f"POST {URL} (sent from" in run_script(script)


def test_event_loop_in_c(monkeypatch, blocked):
    """A loop that is not asyncio's own is stopped at its methods."""

    class Loop:
        def getaddrinfo(self, host: str, port: int) -> None:
            pytest.fail("resolved")

        def create_connection(self, factory: Any, host: str, port: int) -> None:
            pytest.fail("connected")

    monkeypatch.setitem(sys.modules, "uvloop", SimpleNamespace(__name__="uvloop", Loop=Loop))
    with network_guard(["*.vendor.test"], blocked.append):
        stop(lambda: Loop().getaddrinfo(HOST, 443))
        stop(lambda: Loop().create_connection(asyncio.Protocol, HOST, 443))
    assert len(blocked) == 2


def test_secrets_stay_out(guard):
    """The query of a URL, where some vendors want the key, is not repeated."""
    with pytest.raises(UnservedRequest) as raised:
        guard("GET", f"{URL}?key=qwerty")
    assert "qwerty" not in str(raised.value)


# -- what is left alone ---------------------------------------------------------------------------------------------


def test_loopback(guard, monkeypatch):
    """This machine can be reached, even where the environment points an SDK at it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://localhost:{port}")
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        socket.getaddrinfo("localhost", port)
        guard("POST", f"http://localhost:{port}/v1/messages")


def test_other_calls_are_untouched(guard):
    """A wrong call gets the function's own error, and a socket without an address its own behaviour."""
    with pytest.raises(TypeError):
        socket.getaddrinfo()  # type: ignore[call-arg]
    with socket.socket() as raw, pytest.raises(TypeError):
        raw.connect(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("api.openai.com", True),
        ("my-team.openai.azure.com", True),
        ("europe-west1-aiplatform.googleapis.com", True),
        ("bedrock-runtime.eu-west-1.amazonaws.com", True),
        ("s3.amazonaws.com", False),
        ("storage.googleapis.com", False),
        ("openai.com", False),
        ("localhost", False),
        ("127.0.0.1", False),
        ("", False),
    ],
)
def test_hosts(host, expected):
    """Hosts of language-model APIs are known; their neighbours are not meant."""
    assert is_guarded(host, LLM_HOSTS) is expected


def test_every_glob_matches_loopback_never():
    """A glob over everything still leaves this machine alone."""
    assert is_guarded("db.example", ["*"])
    assert not is_guarded("::1", ["*"])


@pytest.mark.parametrize("url", ["", "no url", "http://[broken", "/v1/messages"])
def test_no_host(url):
    """Text that is no absolute URL has no host, and breaks nothing."""
    assert host_of(url) == ""


def test_address_in_the_environment(guard, monkeypatch):
    """A gateway that the environment names is guarded from the moment it is named."""
    guard("POST", "https://gateway.example/v1/messages")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://gateway.example/anthropic")
    with pytest.raises(UnservedRequest):
        guard("POST", "https://gateway.example/v1/messages")


# -- beginning and end ----------------------------------------------------------------------------------------------


def standing() -> list[Any]:
    """Return what stands at each point now."""
    found = []
    for name, owner_name, attribute, _, _ in POINTS:
        module = sys.modules.get(name)
        owner: Any = getattr(module, owner_name, None) if owner_name else module
        found.append(vars(owner).get(attribute) if owner is not None else None)
    return [*found, *sys.meta_path]


def test_nothing_stays():
    """Everything is put back, also when the body raised, and nesting patches once."""
    before = standing()
    with pytest.raises(ZeroDivisionError), network_guard([], lambda _: None):
        once = standing()
        with network_guard([], lambda _: None):
            assert standing() == once
        assert standing() == once
        _ = 1 / 0
    assert standing() == before


def test_innermost_is_told():
    """Of nested guards the innermost that covers a host hears of it; an outer one still holds."""
    outer: list[UnservedRequest] = []
    inner: list[UnservedRequest] = []
    with network_guard(["a.test", "b.test"], outer.append), network_guard(["b.test"], inner.append):
        stop(lambda: socket.getaddrinfo("a.test", 1))
        stop(lambda: socket.getaddrinfo("b.test", 1))
    assert (len(outer), len(inner)) == (1, 1)


def test_patch_of_another_survives():
    """A patch that somebody else put over ours stays theirs when we leave, and ours below it is inert."""
    own = socket.gethostbyname
    try:
        with network_guard(["*"], lambda _: None):
            theirs = functools.partial(socket.gethostbyname)
            socket.gethostbyname = theirs  # type: ignore[assignment]
        assert socket.gethostbyname is theirs
        assert socket.gethostbyname("127.0.0.1") == "127.0.0.1"
    finally:
        socket.gethostbyname = own


def test_cheap_start():
    """The guard imports no HTTP library by itself."""
    script = (
        "import sys\n"
        "from pytest_refusals.endpoint.guard import network_guard\n"
        "with network_guard(['*.vendor.test'], print): pass\n"
        "print({'httpx', 'httpx2', 'aiohttp', 'asyncio', 'respx', 'requests'} & set(sys.modules))\n"
    )
    assert run_script(script).strip() == "set()"
