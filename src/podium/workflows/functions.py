"""The functions of the catalog: what a `call` task may name.

A function's arguments and result are held to its JSON Schemas. There are three kinds, told apart
by what a replay after a crash must do with them:

- `Pure` computes; it is computed again.
- `Effect` touches the world; its outcome is recorded once and handed back on replay.
- `Control` steers the run through `Steps` (it waits for a person, or maps over items); each of
  its own steps is recorded.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from podium.identity.principal import Principal
from podium.kernel.ids import RunId
from podium.kernel.json import Json, JsonObject


@dataclass(slots=True)
class Usage:
    """What one model call took, as an effect reports it; becomes a model span."""

    operation: str
    model: str
    provider: str
    input_tokens: int
    output_tokens: int
    cost: int
    started_at: float
    ms: float
    attributes: JsonObject = field(default_factory=dict[str, Json])


@dataclass(slots=True)
class Call:
    """Where a function is called from.

    `key` names this call for ever (`run:path`): hand it to callees as idempotency key.
    `deadline` is the number of seconds the call may take; `input` is the task's. `usage` collects
    model calls and `notes` lines for people; both end in the trace. `secrets` are the texts that
    must not be written down.
    """

    run: RunId
    path: str
    principal: Principal
    deadline: float
    input: Json = None
    usage: list[Usage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def key(self) -> str:
        return f"{self.run}:{self.path}"


class Steps(Protocol):
    """What a `Control` function may do besides computing."""

    async def effect(self, name: str, action: Callable[[], Awaitable[JsonObject]]) -> JsonObject:
        """Run `action` once and record its result under `name`."""
        ...

    async def receive(self, topic: str, *, seconds: float | None, waiting_on: str) -> Json:
        """Wait for a message on `topic`; None when the time is over."""
        ...

    async def map(
        self, function: str, arguments: "Sequence[JsonObject]", *, parallel: int
    ) -> "Sequence[JsonObject]":
        """Call an effect or pure function once an item, at most `parallel` at a time.

        Each answer is {"ok": result} or {"error": problem}, in the order of the items.
        """
        ...


PureBody: TypeAlias = Callable[[JsonObject, Call], Json]
EffectBody: TypeAlias = Callable[[JsonObject, Call], Awaitable[Json]]
ControlBody: TypeAlias = Callable[[JsonObject, Call, Steps], Awaitable[Json]]


@dataclass(frozen=True, slots=True)
class Pure:
    run: PureBody


@dataclass(frozen=True, slots=True)
class Effect:
    run: EffectBody


@dataclass(frozen=True, slots=True)
class Control:
    run: ControlBody


@dataclass(frozen=True, slots=True)
class Function:
    """One entry of the catalog. `input` and `output` are JSON Schemas (2020-12)."""

    name: str
    version: str
    summary: str
    input: JsonObject
    output: JsonObject
    body: Pure | Effect | Control


def inputs(functions: Iterable[Function]) -> dict[str, JsonObject]:
    """The schema of each one's arguments by its name, and once more by `name:version`."""
    made: dict[str, JsonObject] = {}
    for function in functions:
        made[function.name] = function.input
        made[f"{function.name}:{function.version}"] = function.input
    return made
