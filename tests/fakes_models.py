"""A model that answers by script."""

import math
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

import anyio

from podium.gateway.errors import Failure, UpstreamFailed
from podium.gateway.models import Deadlines, Model, Outcome
from podium.kernel.json import Json, JsonObject


@dataclass
class ScriptedModel:
    """Answers "ok", in pieces where a stream is asked for; fails or hangs where it is told.

    `after` is the number of chunks before a stream fails or hangs; `hangs` in one piece at once.
    """

    requests: list[JsonObject] = field(default_factory=list)
    failure: Failure | None = None
    after: float = math.inf
    hangs: bool = False
    cancelled: anyio.Event = field(default_factory=anyio.Event)
    closed: anyio.Event = field(default_factory=anyio.Event)
    crash: Exception | None = None
    more: dict[str, Json] = field(default_factory=dict[str, Json])
    """What an answer has besides."""

    async def chat(self, model: Model, chat: JsonObject, deadlines: Deadlines) -> dict[str, Json]:
        self.requests.append(chat)
        await self._maybe()
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": model.name,
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": "ok"},
                    "finish_reason": "stop",
                }
            ],
            "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4},
            "x_unknown": "kept",
            **self.more,
        }

    async def chunks(
        self, model: Model, chat: JsonObject, deadlines: Deadlines
    ) -> AsyncGenerator[dict[str, Json], None]:
        self.requests.append(chat)
        try:
            for index, piece in enumerate(["o", "k"]):
                if index >= self.after:
                    await self._maybe()
                yield {**_chunk(model, [_delta(piece)]), **self.more}
            yield _chunk(model, [{"index": 0, "delta": {}, "finish_reason": "stop"}])
            usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
            yield {**_chunk(model, []), "usage": usage}
        finally:
            self.closed.set()

    async def embeddings(
        self, model: Model, request: JsonObject, deadlines: Deadlines
    ) -> dict[str, Json]:
        self.requests.append(request)
        await self._maybe()
        return {
            "object": "list",
            "model": model.name,
            "data": [{"object": "embedding", "index": 0, "embedding": [0.5, -0.5]}],
            "usage": {"prompt_tokens": 2, "total_tokens": 2},
        }

    async def _maybe(self) -> None:
        if self.crash is not None:
            raise self.crash
        if self.failure is not None:
            raise UpstreamFailed(self.failure)
        if self.hangs:
            try:
                await anyio.sleep_forever()
            finally:
                self.cancelled.set()


def _delta(piece: str) -> dict[str, Json]:
    return {"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": None}


def _chunk(model: Model, choices: Sequence[Json]) -> dict[str, Json]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": model.name,
        "choices": list(choices),
    }


def refusal(status: int, message: str) -> Failure:
    return Failure(Outcome.STATUS, message, status)
