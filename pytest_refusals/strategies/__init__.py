"""Hypothesis strategies for answers of a model: every legal order of events, illegal ones, chunks, conversations.

The one home of Hypothesis: ``import pytest_refusals.strategies as rst``. Importing it registers a strategy for each of
the values with `hypothesis.strategies.from_type`.
"""

from __future__ import annotations

from hypothesis import strategies as st

from pytest_refusals.branches import Branch
from pytest_refusals.dialects.anthropic.breaking import Illegal
from pytest_refusals.dialects.base import Event, Stream
from pytest_refusals.orderings import Chunking, Ordering
from pytest_refusals.strategies.machine import ChatMachine
from pytest_refusals.strategies.others import branches, broken_of, chunkings, conversations, illegal
from pytest_refusals.strategies.shapes import Shape, on
from pytest_refusals.strategies.streams import (
    benign,
    cuts,
    events,
    messages,
    orderings,
    refusals,
    streams,
    unknown_stops,
)

__all__ = [
    "ChatMachine",
    "Shape",
    "benign",
    "branches",
    "broken_of",
    "chunkings",
    "conversations",
    "cuts",
    "events",
    "illegal",
    "messages",
    "on",
    "orderings",
    "refusals",
    "streams",
    "unknown_stops",
]

st.register_type_strategy(Event, events())
st.register_type_strategy(Stream, streams())
st.register_type_strategy(Ordering, orderings())
st.register_type_strategy(Chunking, chunkings())
st.register_type_strategy(Branch, branches())
st.register_type_strategy(Illegal, illegal())
