"""What the interpreter is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from podium.kernel.clock import Clock
from podium.kernel.ids import RunId
from podium.kernel.json import Json, JsonObject
from podium.observability.spans import Tracer
from podium.workflows.events.ports import Events
from podium.workflows.expressions.evaluator import Evaluator
from podium.workflows.functions import Call, Function
from podium.workflows.interpreter.program import RunWorkflow


class ProtocolCall(Protocol):
    """A protocol of `call`, or what a `run` starts."""

    async def call(self, arguments: JsonObject, call: Call) -> Json:
        """Arguments as in the specification, with every expression resolved.

        Raises Unavailable (details: status), TimedOut, LimitReached, Refused, Invalid.
        """
        ...


class Secrets(Protocol):
    def secret(self, name: str) -> str:
        """Raises NotFound."""
        ...


class SubRuns(Protocol):
    async def start(self, wanted: RunWorkflow, input: Json, call: Call) -> RunId:
        """Start it on behalf of who owns the calling run; once for each `call.key`.

        Raises NotFound, Refused, LimitReached where runs start each other without end.
        """
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """`call_seconds` holds where a document sets no timeout; `tasks` bounds an endless loop."""

    call_seconds: float = 300.0
    tasks: int = 100_000


@dataclass(frozen=True, slots=True)
class Dependencies:
    """`runtime` is what `$runtime` says: name, version, metadata. `protocols` has http, openapi,
    grpc, asyncapi, mcp and a2a of `call`, and script, shell and container of `run`.
    """

    evaluator: Evaluator
    functions: Mapping[str, Function]
    protocols: Mapping[str, ProtocolCall]
    secrets: Secrets
    tracer: Tracer
    clock: Clock
    runtime: JsonObject
    limits: Limits
    events: Events
    subruns: SubRuns
