"""The channels a signal can come through. A new one is a file in this folder and a row in `FILES`.

Channels of one name are one channel to users: ``loud="metric"`` accepts whichever library it came from.
"""

from __future__ import annotations

from importlib import import_module

from pytest_refusals.oracle.channels.channel import Channel

FILES = (
    "raising",
    "log",
    "loguru",
    "structlog",
    "warn",
    "opentelemetry",
    "prometheus",
    "statsd",
    "dogstatsd",
    "sentry",
    "surface",
    "reroute",
)
"""The files, in the order in which their channels are shown. Each says what it is in `CHANNEL`."""

ALL: tuple[Channel, ...] = tuple(import_module(f"{__name__}.{file}").CHANNEL for file in FILES)
"""Every channel there is."""
