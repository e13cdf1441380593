"""A real HTTP server on loopback that answers as the Messages API would, from a script."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.endpoint.fake import EVENTS, TEXT, message

KEY = "sk-ant-api03-AbCdEf0123456789-the-real-key"
ASK = {"model": "claude-test", "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
BODY = b"".join(EVENTS)
MESSAGE = json.dumps(message([{"type": "text", "text": TEXT}], "end_turn")).encode()


@dataclass(frozen=True)
class Reply:
    """What the server answers. `chunks` may be a function of the request's body; after them it may `drop` the line."""

    chunks: Iterable[bytes] | Callable[[dict[str, Any]], Iterable[bytes]] = EVENTS
    status: int = 200
    kind: str = "text/event-stream; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


JSON_REPLY = Reply((MESSAGE,), kind="application/json")
IDS = {
    "request-id": "req_011CTestTestTestTest",
    "anthropic-organization-id": "0f1e2d3c-aaaa-bbbb-cccc-0123456789ab",
    "set-cookie": "__cf_bm=AbC123dEf456GhI789; path=/; HttpOnly",
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        api = self.server.api  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with api.lock:
            api.requests.append((self.path, dict(self.headers), body))
            reply = api.replies.pop(0) if len(api.replies) > 1 else api.replies[0]
        self.send_response(reply.status)
        for name, value in {"content-type": reply.kind, "transfer-encoding": "chunked", **IDS, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for chunk in reply.chunks(body) if callable(reply.chunks) else reply.chunks:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            if not reply.drop:
                self.wfile.write(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        self.close_connection = self.close_connection or reply.drop


class Api(ThreadingHTTPServer):
    """The server. `replies` are used up one by one, the last one again and again; `requests` are what was asked."""

    daemon_threads = True

    def __init__(self, *replies: Reply) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = self
        self.replies = list(replies)
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_arguments: Any) -> None:
        """Say nothing: clients of some tests hang up."""


@contextmanager
def api(*replies: Reply) -> Iterator[Api]:
    """Serve `replies`, the streamed answer if there are none."""
    with Api(*(replies or (Reply(),))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
