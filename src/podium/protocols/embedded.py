"""Models that run inside podium, as a source of chats."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping
from typing import Protocol, TypeVar

from podium.gateway.errors import Failure, UpstreamFailed
from podium.gateway.models import Deadlines, Model, Outcome
from podium.kernel.errors import Invalid, LimitReached, NotFound, PodiumError, TimedOut
from podium.kernel.json import Json, JsonObject

T = TypeVar("T")


class LocalHost(Protocol):
    """What runs the models. Requests and answers are OpenAI-shaped; `model` is the upstream name.

    It raises errors of the kernel's tree.
    """

    async def chat(self, request: JsonObject) -> Mapping[str, Json]: ...

    def chat_stream(self, request: JsonObject) -> AsyncIterator[Mapping[str, Json]]: ...

    async def embeddings(self, request: JsonObject) -> Mapping[str, Json]: ...


class Embedded:
    """The port ChatSource over a LocalHost. Loading a model counts towards the deadlines."""

    def __init__(self, host: LocalHost) -> None:
        self._host: LocalHost = host

    async def chat(self, model: Model, chat: JsonObject, deadlines: Deadlines) -> dict[str, Json]:
        sent = {**chat, "model": model.upstream_name}
        return dict(await _within(self._host.chat(sent), model, deadlines.total))

    async def embeddings(
        self, model: Model, request: JsonObject, deadlines: Deadlines
    ) -> dict[str, Json]:
        sent = {**request, "model": model.upstream_name}
        return dict(await _within(self._host.embeddings(sent), model, deadlines.total))

    async def chunks(
        self, model: Model, chat: JsonObject, deadlines: Deadlines
    ) -> AsyncGenerator[dict[str, Json], None]:
        sent = {
            **chat,
            "model": model.upstream_name,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        ends = asyncio.get_running_loop().time() + deadlines.total
        chunks = self._host.chat_stream(sent)
        patience = deadlines.first_token
        try:
            while True:
                left = ends - asyncio.get_running_loop().time()
                step = _within(anext(chunks), model, min(patience, left))
                yield dict(await step)
                patience = deadlines.between_tokens
        except StopAsyncIteration:
            return
        finally:
            if isinstance(chunks, AsyncGenerator):
                await chunks.aclose()


async def _within(work: Awaitable[T], model: Model, seconds: float) -> T:
    """Raises UpstreamFailed for whatever the host raises of the kernel's tree, and when late."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError as late:
        said = f"'{model.name}' did not answer within {seconds:g} s."
        raise UpstreamFailed(Failure(Outcome.TIMEOUT, said)) from late
    except PodiumError as error:
        raise UpstreamFailed(_failure(error)) from error


def _failure(error: PodiumError) -> Failure:
    match error:
        case Invalid():
            return Failure(Outcome.STATUS, error.message, 400, error.code)
        case NotFound():
            return Failure(Outcome.STATUS, error.message, 404, error.code)
        case LimitReached():
            return Failure(Outcome.STATUS, error.message, 429, error.code, error.retry_after)
        case TimedOut():
            return Failure(Outcome.TIMEOUT, error.message)
        case _:
            return Failure(Outcome.STATUS, error.message, 503, error.code)
