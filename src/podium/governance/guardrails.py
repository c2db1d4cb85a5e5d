"""Guardrails: what may be asked and answered, judged by plug-ins of `podium.guardrails`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from podium.identity.principal import Principal
from podium.kernel.json import Json, JsonObject


class At(StrEnum):
    """Where a guardrail stands."""

    REQUEST = "request"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is judged: the texts of a question, or those of an answer with its question's.

    `tools` are the names of tools: those that a question offers, or that an answer calls.
    """

    at: At
    texts: Sequence[str]
    principal: Principal
    tools: Sequence[str] = ()
    question: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Allowed:
    """It goes on as it is."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """It goes no further. `reason` is a sentence without what was found."""

    reason: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """These texts go on in the place of those seen, as many and in their order."""

    texts: Sequence[str]
    reason: str


@dataclass(frozen=True, slots=True)
class AskPerson:
    """A person has to decide."""

    reason: str


Opinion = Allowed | Blocked | Redacted | AskPerson
ALLOWED: Final = Allowed()


class Judge(Protocol):
    async def __call__(self, seen: Seen) -> Opinion: ...


class Models(Protocol):
    """Models by name or route, in OpenAI's words, on behalf of who asks."""

    async def chat(self, principal: Principal, request: JsonObject) -> JsonObject: ...

    async def embed(
        self, principal: Principal, model: str, texts: Sequence[str]
    ) -> Sequence[Sequence[float]]: ...


class Functions(Protocol):
    """Functions of the catalog that only compute."""

    def call(self, principal: Principal, name: str, arguments: JsonObject) -> Json:
        """Raises NotFound, and Invalid for one that does more than compute."""
        ...


@dataclass(frozen=True, slots=True)
class Means:
    """What judges may use."""

    models: Models
    functions: Functions


@dataclass(frozen=True, slots=True)
class Guardrail:
    """One entry of the shelf. `settings` is the JSON Schema of what `make` takes.

    `signal`: it points at what may be wrong and proves nothing, and is best left in the shadow.
    """

    kind: str
    summary: str
    settings: JsonObject
    make: Callable[[JsonObject, Means], Judge]
    places: frozenset[At] = field(default_factory=lambda: frozenset(At))
    signal: bool = False


class Mode(StrEnum):
    SHADOW = "shadow"
    """It says what it would have done, and does nothing."""
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True)
class Rule:
    """A guardrail as podium.yaml configures it. Empty `routes` or `workspaces` are all."""

    name: str
    kind: str
    settings: JsonObject
    at: frozenset[At]
    mode: Mode = Mode.SHADOW
    routes: frozenset[str] = frozenset()
    workspaces: frozenset[str] = frozenset()

    def concerns(self, workspace: str, route: str) -> bool:
        return (not self.routes or route in self.routes) and (
            not self.workspaces or workspace in self.workspaces
        )


class Effect(StrEnum):
    """What a guardrail does about what it finds."""

    BLOCK = "block"
    REDACT = "redact"
    ASK = "ask"


def verdict(effect: Effect, reason: str, texts: Sequence[str] | None = None) -> Opinion:
    """`texts` are the redacted ones, where there is a way to redact."""
    match effect:
        case Effect.REDACT if texts is not None:
            return Redacted(texts, reason)
        case Effect.ASK:
            return AskPerson(reason)
        case _:
            return Blocked(reason)
