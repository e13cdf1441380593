"""Every way we know of in which Python code reaches for a host, as one function each."""

from __future__ import annotations

import asyncio
import http.client
import socket
import urllib.request
from typing import Any

import pytest

HOST = "api.vendor.test"
URL = f"https://{HOST}/v1/messages"


def with_urllib() -> None:
    urllib.request.urlopen(URL, data=b"{}")


def with_http_client() -> None:
    http.client.HTTPSConnection(HOST).request("POST", "/v1/messages", b"{}")


def with_http_client_proxy() -> None:
    connection = http.client.HTTPSConnection("127.0.0.1", 9)
    connection.set_tunnel(HOST, 443)
    connection.request("POST", "/v1/messages", b"{}")


def with_plain_proxy() -> None:
    http.client.HTTPConnection("127.0.0.1", 9).request("POST", f"http://{HOST}/v1/messages", b"{}")


def with_create_connection() -> None:
    socket.create_connection((HOST, 443), timeout=1)


def with_socket() -> None:
    with socket.socket() as raw:
        raw.connect((HOST, 443))


def with_socket_ex() -> None:
    with socket.socket() as raw:
        raw.connect_ex((HOST, 443))


def with_gethostbyname() -> None:
    socket.gethostbyname(HOST)


def with_gethostbyname_ex() -> None:
    socket.gethostbyname_ex(HOST)


def with_bytes() -> None:
    socket.getaddrinfo(HOST.upper().encode() + b".", 443)


def with_asyncio() -> None:
    asyncio.run(asyncio.open_connection(HOST, 443))


def with_asyncio_dns() -> None:
    async def resolve() -> None:
        await asyncio.get_running_loop().getaddrinfo(HOST, 443)

    asyncio.run(resolve())


def with_asyncio_tls() -> None:
    """Connect by address, but ask TLS for the guarded name."""

    async def connect() -> None:
        with socket.socket() as raw:
            loop = asyncio.get_running_loop()
            await loop.create_connection(asyncio.Protocol, sock=raw, ssl=True, server_hostname=HOST)

    asyncio.run(connect())


def with_trio() -> None:
    trio = pytest.importorskip("trio")

    trio.run(trio.open_tcp_stream, HOST, 443)


def with_anyio() -> None:
    anyio = pytest.importorskip("anyio")

    anyio.run(anyio.connect_tcp, HOST, 443)


def with_requests() -> None:
    requests = pytest.importorskip("requests")

    requests.post(URL, json={}, timeout=1)


def with_urllib3() -> None:
    urllib3 = pytest.importorskip("urllib3")

    urllib3.PoolManager(retries=False).request("POST", URL, json={})


def with_aiohttp() -> None:
    aiohttp = pytest.importorskip("aiohttp")

    async def ask() -> None:
        async with aiohttp.ClientSession() as session:
            await session.post(URL, json={})

    asyncio.run(ask())


def with_aiohttp_resolver() -> None:
    aiohttp = pytest.importorskip("aiohttp")

    class Own(aiohttp.abc.AbstractResolver):
        async def resolve(self, *_args: Any, **_options: Any) -> Any:
            pytest.fail("the name was to be resolved")

        async def close(self) -> None:
            pass

    async def ask() -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=Own())) as session:
            await session.post(URL, json={})

    asyncio.run(ask())


def with_httpx() -> None:
    httpx = pytest.importorskip("httpx")

    httpx.post(URL, json={})


def with_botocore() -> None:
    requests = pytest.importorskip("botocore.awsrequest")
    sessions = pytest.importorskip("botocore.httpsession")
    sessions.URLLib3Session().send(requests.AWSRequest("POST", URL, data=b"{}").prepare())


NAMED = (with_urllib, with_http_client, with_requests, with_urllib3, with_aiohttp, with_botocore, with_httpx)
"""Those whose method and URL are known when they are stopped."""

BARE = (
    with_http_client_proxy,
    with_plain_proxy,
    with_create_connection,
    with_socket,
    with_socket_ex,
    with_gethostbyname,
    with_gethostbyname_ex,
    with_bytes,
    with_asyncio,
    with_asyncio_dns,
    with_asyncio_tls,
    with_trio,
    with_anyio,
    with_aiohttp_resolver,
)
