"""What functions, datasets and approvals are tested against: models, files, messages in memory."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import anyio.lowlevel

from podium.identity.issuing import Edges
from podium.identity.ports import Credential
from podium.identity.principal import Principal
from podium.integrations.datasets import Asked, DatasetSource, Match
from podium.kernel.clock import Clock
from podium.kernel.errors import NotFound, PodiumError, Unavailable
from podium.kernel.ids import KeyId, RunId
from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call, Control, Effect, Function, Pure, Usage
from tests.fakes_access import RULE
from tests.fakes_identity import MemoryIdentity
from tests.world import ANN, FakeChance


def call_of(principal: Principal = ANN, path: str = "/do/0/task") -> Call:
    return Call(RunId("run_1"), path, principal, 60.0)


def vector_of(text: str) -> list[float]:
    """Words as dimensions: texts that share words are near."""
    vector = [0.0] * 32
    for word in text.lower().split():
        vector[hashlib.sha256(word.encode()).digest()[0] % 32] += 1.0
    return vector


@dataclass
class ScriptedModels:
    """Chat answers in turn, embeddings by words; keeps every request."""

    answers: list[str] = field(default_factory=list)
    finish: str = "stop"
    requests: list[JsonObject] = field(default_factory=list)

    async def chat(self, principal: Principal, request: JsonObject, call: Call) -> JsonObject:
        self.requests.append(request)
        call.usage.append(Usage("chat", "fake", "none", 10, 5, 0, 0.0, 1.0))
        return {
            "model": "fake-1",
            "choices": [
                {
                    "message": {"role": "assistant", "content": self.answers.pop(0)},
                    "finish_reason": self.finish,
                }
            ],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5},
        }

    async def embed(self, principal: Principal, request: JsonObject, call: Call) -> JsonObject:
        self.requests.append(request)
        texts = request["input"]
        assert isinstance(texts, list)
        rows = [{"index": i, "embedding": vector_of(str(text))} for i, text in enumerate(texts)]
        return {"model": "fake-e", "data": rows[::-1], "usage": {"prompt_tokens": 3}}


@dataclass
class OneDataset:
    """A dataset that always finds what it is told to."""

    match: Match
    asked: list[Asked] = field(default_factory=list)

    def source(self, name: str) -> DatasetSource:
        if name != "intents":
            raise NotFound(f"There is no dataset {name!r}.")
        return DatasetSource("intents.csv", "text", "label", "fake-e")

    async def labels(self, name: str) -> tuple[str, ...]:
        return ("lost", "loan", "other")

    async def classify(self, name: str, asked: Asked) -> Match:
        self.asked.append(asked)
        return self.match


@dataclass
class MemoryRows:
    """Files as lists of rows; `version` is their stamp."""

    files: dict[str, list[Mapping[str, str]]] = field(default_factory=dict)
    version: int = 1
    reads: int = 0

    async def read(self, path: str) -> Sequence[Mapping[str, str]]:
        self.reads += 1
        return self.files[path]

    async def stamp(self, path: str) -> str:
        if path not in self.files:
            raise NotFound(f"The file {path} cannot be read: No such file or directory.")
        return str(self.version)


@dataclass
class WordEmbedder:
    """Counts its calls and texts; `broken` makes it answer one vector too few."""

    calls: int = 0
    texts: list[str] = field(default_factory=list)
    broken: bool = False

    async def embed(self, model: str, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        self.calls += 1
        self.texts += texts
        await anyio.lowlevel.checkpoint()
        return [vector_of(text) for text in (texts[1:] if self.broken else texts)]


@dataclass
class Postbox:
    """A Deliver that keeps what is sent, or fails."""

    sent: list[tuple[str, str, Json, str]] = field(default_factory=list)
    failure: PodiumError | None = None

    async def send(self, run: RunId, topic: str, message: Json, *, key: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.sent.append((run, topic, message, key))


@dataclass
class TouchedIdentity(MemoryIdentity):
    """MemoryIdentity that notes when credentials were used, and counts looks at secrets."""

    touches: list[tuple[KeyId, float]] = field(default_factory=list)
    looks: int = 0
    is_away: bool = False

    async def principal_by_secret(
        self, secret_sha256: str, kind: str, now: float
    ) -> tuple[Principal, Credential] | None:
        self.looks += 1
        return await super().principal_by_secret(secret_sha256, kind, now)

    async def touch(self, used: Mapping[KeyId, float]) -> None:
        if self.is_away:
            raise Unavailable("The database does not answer.")
        self.touches += used.items()
        await super().touch(used)


def edges_of(store: MemoryIdentity, clock: Clock, chance: FakeChance) -> Edges:
    return Edges(store, store.directory, RULE, clock, chance)


@dataclass
class ScriptedSteps:
    """Steps whose messages come in turn (None: the time is over) and whose map uses a table."""

    messages: list[Json | Callable[[], Awaitable[Json]]] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    received: list[tuple[str, float | None, str]] = field(default_factory=list)
    mapped: list[tuple[str, Sequence[JsonObject], int]] = field(default_factory=list)
    answers: list[JsonObject] = field(default_factory=list)

    async def effect(self, name: str, action: Callable[[], Awaitable[JsonObject]]) -> JsonObject:
        self.effects.append(name)
        return await action()

    async def receive(self, topic: str, *, seconds: float | None, waiting_on: str) -> Json:
        self.received.append((topic, seconds, waiting_on))
        message = self.messages.pop(0)
        return await message() if callable(message) else message

    async def map(
        self, function: str, arguments: Sequence[JsonObject], *, parallel: int
    ) -> Sequence[JsonObject]:
        self.mapped.append((function, arguments, parallel))
        return self.answers


async def run(function: Function, arguments: JsonObject, call: Call | None = None) -> JsonObject:
    """What a function that is no Control answers; always an object."""
    call = call or call_of()
    match function.body:
        case Pure(run=body):
            answer = body(arguments, call)
        case Effect(run=body):
            answer = await body(arguments, call)
        case Control():
            raise AssertionError("Give a control function to `steer`.")
    assert isinstance(answer, Mapping)
    return answer


async def steer(function: Function, arguments: JsonObject, steps: ScriptedSteps) -> JsonObject:
    assert isinstance(function.body, Control)
    answer = await function.body.run(arguments, call_of(), steps)
    assert isinstance(answer, Mapping)
    return answer
