"""What the interpreter is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from podium.identity.ports import Principals
from podium.kernel.clock import Clock
from podium.kernel.errors import Unavailable
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


class Subscriptions(Protocol):
    """The subscriptions of `call: asyncapi`; a call's key names one."""

    async def next(self, arguments: JsonObject, call: Call, *, after: str) -> JsonObject | None:
        """{payload, headers, correlationId?, mark}: the message behind the one with the mark
        `after`, which is acknowledged by this; None where none comes in `call.deadline` seconds.

        Raises as a `ProtocolCall`.
        """
        ...

    async def close(self, arguments: JsonObject, call: Call, *, after: str) -> None:
        """It is over; the message `after` was the last one, and is acknowledged. Raises nothing."""
        ...

    def suspend(self, call: Call) -> None:
        """Nobody asks for messages now; what was not recorded comes again."""
        ...


class NoSubscriptions:
    """Where no broker can be reached."""

    async def next(self, arguments: JsonObject, call: Call, *, after: str) -> JsonObject | None:
        _ = arguments, after
        raise Unavailable(f"{call.path} wants to subscribe, and this podium knows no brokers.")

    async def close(self, arguments: JsonObject, call: Call, *, after: str) -> None:
        _ = arguments, call, after

    def suspend(self, call: Call) -> None:
        _ = call


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
    principals: Principals
    subscriptions: Subscriptions = field(default_factory=NoSubscriptions)
