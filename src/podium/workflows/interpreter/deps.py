"""What the interpreter is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from podium.kernel.clock import Clock
from podium.kernel.json import Json, JsonObject
from podium.observability.spans import Tracer
from podium.workflows.expressions.evaluator import Evaluator
from podium.workflows.functions import Call, Function


class HttpCalls(Protocol):
    async def call(self, arguments: JsonObject, call: Call) -> Json:
        """`call: http`: arguments as in the specification with every expression resolved.

        Raises Unavailable (details: status), TimedOut, LimitReached, Refused, Invalid.
        """
        ...


class Secrets(Protocol):
    def secret(self, name: str) -> str:
        """Raises NotFound."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """`call_seconds` holds where a document sets no timeout; `tasks` bounds an endless loop."""

    call_seconds: float = 300.0
    tasks: int = 100_000


@dataclass(frozen=True, slots=True)
class Dependencies:
    """`runtime` is what `$runtime` says: name, version, metadata."""

    evaluator: Evaluator
    functions: Mapping[str, Function]
    http: HttpCalls
    secrets: Secrets
    tracer: Tracer
    clock: Clock
    runtime: JsonObject
    limits: Limits
