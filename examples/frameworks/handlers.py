"""What people write with each framework: a question, and the text or the object that comes of it.

Nothing here looks at a stop reason. What the framework itself makes of it is what the verdicts tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from anthropic import Anthropic
from pydantic import BaseModel

MODEL = "claude-haiku-4-5"
PROMPT = "Summarize the quarterly report."
KEY = "test"


class Summary(BaseModel):
    """A summary with its title."""

    title: str
    text: str


def look_up(query: str) -> str:
    """Look a figure up in the report."""
    return f"{query}: 42"


# langchain-anthropic


@cache
def _langchain() -> Any:
    from langchain_anthropic import ChatAnthropic

    return ChatAnthropic(model_name=MODEL, api_key=KEY, max_retries=0, timeout=None, stop=None)


def langchain_text() -> Any:
    """`invoke(...).content`."""
    return _langchain().invoke(PROMPT).content


def langchain_message() -> Any:
    """`invoke(...)`, the whole message."""
    return _langchain().invoke(PROMPT)


def langchain_stream() -> Iterator[Any]:
    """`stream(...)`, the content of each chunk."""
    for chunk in _langchain().stream(PROMPT):
        yield chunk.content


def langchain_tool() -> Any:
    """`bind_tools(...)`, then every call is run."""
    answer = _langchain().bind_tools([look_up]).invoke(PROMPT)
    return [look_up(**call["args"]) for call in answer.tool_calls] or answer.content


def langchain_structured() -> Any:
    """`with_structured_output(...)`."""
    return _langchain().with_structured_output(Summary).invoke(PROMPT)


# pydantic-ai


@cache
def _agent(*, output: Any = str) -> Any:
    from pydantic_ai import Agent
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    return Agent(AnthropicModel(MODEL, provider=AnthropicProvider(api_key=KEY)), output_type=output)


def pydantic_ai_output() -> Any:
    """`run_sync(...).output`."""
    return _agent().run_sync(PROMPT).output


async def pydantic_ai_stream() -> Any:
    """`run_stream(...)`, the text as it comes."""
    async with _agent().run_stream(PROMPT) as result:
        return [text async for text in result.stream_text(delta=True)]


def pydantic_ai_structured() -> Any:
    """`output_type=Summary`."""
    return _agent(output=Summary).run_sync(PROMPT).output


# litellm


def _completion(**more: Any) -> Any:
    import litellm

    messages = [{"role": "user", "content": PROMPT}]
    return litellm.completion(model=f"anthropic/{MODEL}", messages=messages, api_key=KEY, num_retries=0, **more)


def litellm_text() -> Any:
    """`completion(...).choices[0].message.content`."""
    return _completion().choices[0].message.content


def litellm_response() -> Any:
    """`completion(...)`, the whole response."""
    return _completion()


def litellm_stream() -> Iterator[Any]:
    """`completion(stream=True)`, the content of each chunk."""
    for chunk in _completion(stream=True):
        yield chunk.choices[0].delta.content or ""


async def litellm_async() -> Any:
    """`acompletion(...)`, its text."""
    import litellm

    messages = [{"role": "user", "content": PROMPT}]
    answer = await litellm.acompletion(model=f"anthropic/{MODEL}", messages=messages, api_key=KEY, num_retries=0)
    return answer.choices[0].message.content


# instructor


def instructor_object() -> Any:
    """`create(response_model=...)`."""
    import instructor

    client = instructor.from_anthropic(Anthropic(api_key=KEY, max_retries=0))
    return client.create(
        model=MODEL,
        max_tokens=1024,
        messages=[{"role": "user", "content": PROMPT}],
        response_model=Summary,
        max_retries=1,
    )


# llama-index-llms-anthropic


@cache
def _llama_index() -> Any:
    from llama_index.llms.anthropic import Anthropic as LlamaIndexAnthropic

    return LlamaIndexAnthropic(model=MODEL, api_key=KEY, max_retries=0)


def llama_index_text() -> Any:
    """`complete(...).text`."""
    return _llama_index().complete(PROMPT).text


def llama_index_response() -> Any:
    """`complete(...)`, the whole response."""
    return _llama_index().complete(PROMPT)


def llama_index_stream() -> Iterator[Any]:
    """`stream_complete(...)`, each delta."""
    for chunk in _llama_index().stream_complete(PROMPT):
        yield chunk.delta


FRAMEWORKS: dict[str, tuple[Callable[[], Any], ...]] = {
    "langchain-anthropic": (
        langchain_text,
        langchain_message,
        langchain_stream,
        langchain_tool,
        langchain_structured,
    ),
    "pydantic-ai-slim": (pydantic_ai_output, pydantic_ai_stream, pydantic_ai_structured),
    "litellm": (litellm_text, litellm_response, litellm_stream, litellm_async),
    "instructor": (instructor_object,),
    "llama-index-llms-anthropic": (llama_index_text, llama_index_response, llama_index_stream),
}
"""What is tried, by the distribution it comes from."""
