"""Which hosts serve language models, by name."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urlsplit

LLM_HOSTS: tuple[str, ...] = (
    "api.openai.com",
    "*.api.openai.com",
    "*.openai.azure.com",
    "*.services.ai.azure.com",
    "*.inference.ai.azure.com",
    "generativelanguage.googleapis.com",
    "aiplatform.googleapis.com",
    "*-aiplatform.googleapis.com",
    "aiplatform.*.rep.googleapis.com",
    "bedrock-runtime.*.amazonaws.com",
    "bedrock-runtime-fips.*.amazonaws.com",
    "api.mistral.ai",
    "codestral.mistral.ai",
    "api.cohere.com",
    "api.cohere.ai",
    "api.ai21.com",
    "openrouter.ai",
    "api.groq.com",
    "api.deepseek.com",
    "api.x.ai",
    "*.api.x.ai",
    "api.together.xyz",
    "api.together.ai",
    "api.fireworks.ai",
    "api.perplexity.ai",
    "api.replicate.com",
    "api.cerebras.ai",
    "api.sambanova.ai",
    "api.deepinfra.com",
    "api.moonshot.ai",
    "api.moonshot.cn",
    "api.z.ai",
    "api.minimax.io",
    "integrate.api.nvidia.com",
    "dashscope.aliyuncs.com",
    "dashscope-intl.aliyuncs.com",
    "open.bigmodel.cn",
    "models.github.ai",
    "gateway.ai.cloudflare.com",
    "ai-gateway.vercel.sh",
    "api.portkey.ai",
)
"""Globs over the API hosts of vendors that have no dialect here. A dialect names its own."""

_THIS_MACHINE = ("localhost", "::1", "0.0.0.0", "::")  # noqa: S104 - nothing is bound

_ADDRESS_VARIABLES = (
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_BEDROCK_BASE_URL",
    "ANTHROPIC_VERTEX_BASE_URL",
    "ANTHROPIC_FOUNDRY_BASE_URL",
    "OPENAI_BASE_URL",
)
"""Environment variables with which SDKs are pointed at another address (a gateway, a proxy)."""


def plain_host(host: object) -> str:
    """Return `host`, as any API takes it (text or bytes, mixed case, a final dot), in one form; "" if it is none."""
    if isinstance(host, (bytes, bytearray)):
        host = bytes(host).decode("latin-1")
    return host.lower().rstrip(".") if isinstance(host, str) else ""


def is_loopback(host: str) -> bool:
    """Whether `host`, in plain form, can only be this machine."""
    return host in _THIS_MACHINE or host.startswith("127.") or host.endswith(".localhost")


def host_of(url: str) -> str:
    """Return the host of an absolute `url` in plain form, or "" if there is none."""
    try:
        return plain_host(urlsplit(url).hostname)
    except ValueError:
        return ""


@lru_cache(maxsize=64)
def _pattern(globs: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(fnmatch.translate(glob.lower()) for glob in globs) or r"(?!)")


def is_guarded(host: str, globs: Sequence[str]) -> bool:
    """Whether `host`, in plain form, matches one of `globs`, or is where the environment points an SDK.

    The environment is read at every call, since tests set it. Loopback never counts.
    """
    if not host or is_loopback(host):
        return False
    return _pattern(tuple(globs)).match(host) is not None or host in _hosts_in_environment()


def _hosts_in_environment() -> set[str]:
    return {host_of(os.environ[name]) for name in _ADDRESS_VARIABLES if name in os.environ} - {""}
