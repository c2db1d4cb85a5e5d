"""The local models behind one port: OpenAI-shaped requests in, OpenAI-shaped answers out."""

import threading
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Final, Self

import anyio

from podium.adapters.local import embedder, extractor, needle, writer
from podium.adapters.local.answers import Answer, usage_wanted
from podium.adapters.local.lane import Lane
from podium.kernel.clock import Clock
from podium.kernel.errors import NotFound
from podium.kernel.json import Json, JsonObject

E5_SMALL: Final = "e5-small"
SMOLLM2: Final = "smollm2"
NEEDLE: Final = "needle"
_TEXTS_A_TURN: Final = 16


@dataclass(frozen=True, slots=True)
class LocalOptions:
    """`weights` is a GGUF file to write with, or empty for SmolLM2; `context` is in tokens.

    `threads` is for each model; `waiting` is how many requests may take turns at each. Two
    threads are 1.7 times as fast as one on two idle cores and 15 times slower than one on two
    busy ones, where they wait for each other in turn: hence one.
    """

    weights: str = ""
    context: int = 4096
    threads: int = 1
    waiting: int = 64


class LocalModels:
    """Implements `podium.protocols.embedded.LocalHost`. One to a process; `close` it.

    A model is loaded by the first request for it. Its name may be written with `local/` before
    it. Everything raises errors of the kernel's tree: Invalid, NotFound, LimitReached,
    Unavailable (also when `podium[local]` is not installed).
    """

    def __init__(self, clock: Clock, options: LocalOptions | None = None) -> None:
        chosen = options or LocalOptions()
        writing = writer.WriterOptions(chosen.weights, chosen.context, chosen.threads)
        self._clock: Clock = clock
        self._embedder: Lane[embedder.Engine] = Lane(
            E5_SMALL, partial(embedder.start, chosen.threads), waiting=chosen.waiting
        )
        # Needle spins on two cores whatever one asks; next to the writer both would crawl.
        cores = threading.Lock()
        self._writer: Lane[writer.Server] = Lane(
            SMOLLM2, partial(writer.start, writing), waiting=chosen.waiting, cores=cores
        )
        self._needle: Lane[needle.Needle] = Lane(
            NEEDLE, needle.start, waiting=chosen.waiting, cores=cores
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def chat(self, request: JsonObject) -> dict[str, Json]:
        match _name(request):
            case "smollm2":
                async with aclosing(self._write(request)) as written:
                    return writer.gathered([chunk async for chunk in written])
            case "needle":
                return (await self._extract(request)).completion(request, self._now())
            case name:
                raise _unknown(name, "chat")

    async def chat_stream(self, request: JsonObject) -> AsyncGenerator[dict[str, Json], None]:
        """Chunks; the last has the usage when `stream_options.include_usage` asks for it."""
        match _name(request):
            case "smollm2":
                wanted = usage_wanted(request)
                async with aclosing(self._write(request)) as written:
                    async for chunk in written:
                        if wanted or "usage" not in chunk:
                            yield chunk
            case "needle":
                answer = await self._extract(request)
                for chunk in answer.chunks(request, self._now()):
                    yield chunk
            case name:
                raise _unknown(name, "chat")

    async def embeddings(self, request: JsonObject) -> dict[str, Json]:
        """`input_type` ("query" or "passage") is a field of ours."""
        if (name := _name(request)) != E5_SMALL:
            raise _unknown(name, "embed")
        asked = embedder.read(request)
        embedded: list[embedder.Embedded] = []
        for begin in range(0, len(asked.texts), _TEXTS_A_TURN):
            texts = asked.texts[begin : begin + _TEXTS_A_TURN]
            work = partial(embedder.embed, texts=texts, is_query=asked.is_query)
            embedded += await self._embedder.run(work)
        return embedder.answer(request, asked, embedded)

    async def close(self) -> None:
        async with anyio.create_task_group() as tasks:
            for lane in (self._embedder, self._writer, self._needle):
                _ = tasks.start_soon(lane.close)

    def _write(self, request: JsonObject) -> AsyncGenerator[dict[str, Json], None]:
        work = partial(writer.write, request=writer.read(request), model=str(request["model"]))
        return self._writer.stream(work)

    async def _extract(self, request: JsonObject) -> Answer:
        question, wanted = extractor.read(request)
        found = await self._needle.run(lambda engine: engine.ask(question))
        return extractor.answer(question, wanted, found)

    def _now(self) -> int:
        return int(self._clock.now())


def _name(request: JsonObject) -> str:
    return str(request.get("model", "")).removeprefix("local/")


def _unknown(name: str, verb: str) -> NotFound:
    known = "e5-small" if verb == "embed" else "smollm2 or needle"
    return NotFound(f"No local model '{name}' can {verb}. Use local/{known}.")
