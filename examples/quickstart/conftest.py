"""The SDK wants a key before it makes a client; nothing is ever sent to anyone."""

from __future__ import annotations

import os

os.environ.setdefault("ANTHROPIC_API_KEY", "not-a-key")
