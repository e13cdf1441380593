"""Bodies that were compressed on their way."""

from __future__ import annotations

import importlib
import re
import zlib
from collections.abc import Callable
from typing import Any, cast

from pytest_refusals.errors import InvalidRecording

Decompress = Callable[[bytes], bytes]
"""Takes the next bytes of a body and returns what they come to."""

_PLAIN = re.compile(rb'\s*(?:(?:event|data|id|retry)?:|\{\s*")')
"""How a body begins that nobody compressed, or that somebody has decompressed without saying so in its headers."""
_AUTOMATIC = zlib.MAX_WBITS | 32
"""Tells zlib to look for gzip's or zlib's own header."""


def decompressed(body: bytes, encoding: str) -> bytes:
    """Return `body` without its content encodings, the last one first.

    A body that is plain in spite of its headers, as clients that decompress leave it to recorders, comes back as it
    is. Raises `InvalidRecording` where a library is missing or the body is not what `encoding` says.
    """
    for name in reversed([part.strip().lower() for part in encoding.split(",")]):
        if not _PLAIN.match(body):
            body = decompressor(name)(body)
    return body


def decompressor(encoding: str) -> Decompress:
    """Return a function that decompresses a body bit by bit; `encoding` is one content encoding, or ``""``."""
    if encoding in ("", "identity"):
        return bytes
    if encoding not in _MAKERS:
        known = ", ".join(_MAKERS)
        raise InvalidRecording(f"Expected a content encoding that is known ({known}) but got {encoding!r}")
    return _explained(encoding, _MAKERS[encoding]())


def _explained(encoding: str, decompress: Decompress) -> Decompress:
    def explained(chunk: bytes) -> bytes:
        try:
            return decompress(chunk)
        except Exception as error:  # each library has its own
            raise InvalidRecording(f"The body is not what its content encoding says, {encoding!r}: {error}") from error

    return explained


def _gzip() -> Decompress:
    return zlib.decompressobj(_AUTOMATIC).decompress


def _deflate() -> Decompress:
    """Return what reads both things that are called deflate: with zlib's header, as it should be, and without."""
    state: list[Any] = []

    def decompress(chunk: bytes) -> bytes:
        if not state:
            state.append(zlib.decompressobj())
            try:
                return bytes(state[0].decompress(chunk))
            except zlib.error:
                state[0] = zlib.decompressobj(-zlib.MAX_WBITS)
        return bytes(state[0].decompress(chunk))

    return decompress


def _brotli() -> Decompress:
    decompressor = _library("br", "brotli", "brotlicffi").Decompressor()
    return cast("Decompress", getattr(decompressor, "process", None) or decompressor.decompress)


def _zstd() -> Decompress:
    decompressor = _library("zstd", "compression.zstd", "backports.zstd", "zstandard").ZstdDecompressor()
    make = getattr(decompressor, "decompressobj", None)  # what the last of the three calls an incremental one
    return cast("Decompress", make().decompress if make else decompressor.decompress)


def _library(encoding: str, *names: str) -> Any:
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise InvalidRecording(
        f"The body is compressed with {encoding!r}, which needs one of these to be installed: {', '.join(names)}"
    )


_MAKERS: dict[str, Callable[[], Decompress]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
