"""The program a document is compiled to: tasks as frozen values, taken apart with `match`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from podium.kernel.json import Json, JsonObject

Duration: TypeAlias = float | str
"""Seconds; or the expression that gives a duration when the task is reached."""


class Directive(StrEnum):
    CONTINUE = "continue"
    EXIT = "exit"
    END = "end"


@dataclass(frozen=True, slots=True)
class DataFlow:
    """How a task's data is filtered and checked; None leaves it as it is."""

    when: str | None = None
    input_from: Json = None
    input_schema: JsonObject | None = None
    output_as: Json = None
    output_schema: JsonObject | None = None
    export_as: Json = None
    export_schema: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Set:
    value: Json


@dataclass(frozen=True, slots=True)
class Do:
    tasks: "tuple[Task, ...]"


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    when: str | None
    then: str


@dataclass(frozen=True, slots=True)
class Switch:
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class For:
    """`items` is an expression, or a list of its own that may hold some."""

    each: str
    at: str
    items: Json
    while_: str | None
    do: "tuple[Task, ...]"


@dataclass(frozen=True, slots=True)
class Fork:
    branches: "tuple[Task, ...]"
    compete: bool


class Backoff(StrEnum):
    CONSTANT = "constant"
    LINEAR = "linear"
    EXPONENTIAL = "exponential"


@dataclass(frozen=True, slots=True)
class Retry:
    """`count` is the number of tries after the first; None is without limit."""

    when: str | None = None
    except_when: str | None = None
    delay: Duration = 0.0
    backoff: Backoff = Backoff.CONSTANT
    count: int | None = None
    attempt: Duration | None = None
    total: Duration | None = None
    jitter: tuple[Duration, Duration] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Catch:
    """`do` is None where the document has none, which is not the same as an empty one."""

    filter: JsonObject = field(default_factory=dict[str, Json])
    name: str = "error"
    when: str | None = None
    except_when: str | None = None
    retry: Retry | None = None
    do: "tuple[Task, ...] | None" = None
    then: str = Directive.CONTINUE


@dataclass(frozen=True, slots=True)
class Try:
    do: "tuple[Task, ...]"
    catch: Catch


@dataclass(frozen=True, slots=True)
class Raise:
    error: JsonObject


@dataclass(frozen=True, slots=True)
class Wait:
    duration: Duration


@dataclass(frozen=True, slots=True)
class CallProtocol:
    """A call over a protocol of the specification: http, openapi, grpc, asyncapi, mcp, a2a."""

    protocol: str
    arguments: JsonObject


@dataclass(frozen=True, slots=True)
class CallFunction:
    name: str
    arguments: JsonObject


@dataclass(frozen=True, slots=True)
class CallDefined:
    """A call of a function that is a task: one of `use.functions`, or a fetched one.

    `arguments` are the task's input; None hands on that of the call.
    """

    task: "Task"
    arguments: JsonObject | None


@dataclass(frozen=True, slots=True)
class Foreach:
    """What is done with each event or message; without `do` it is filtered and handed on."""

    item: str = "item"
    at: str = "index"
    do: "tuple[Task, ...]" = ()
    output_as: Json = None
    export_as: Json = None


@dataclass(frozen=True, slots=True)
class Consume:
    """How many messages of a subscription are taken; all None is without end."""

    amount: int | None = None
    seconds: Duration | None = None
    while_: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Subscribe:
    """A call of asyncapi that receives: each message is one recorded step."""

    arguments: JsonObject
    filter: str | None
    consume: Consume
    foreach: Foreach | None


@dataclass(frozen=True, slots=True)
class Emit:
    event: JsonObject


@dataclass(frozen=True, slots=True)
class Correlation:
    """`of` gives the key of an event; `expect` what it must be, or None: what the first one was."""

    of: str
    expect: str | None


@dataclass(frozen=True, slots=True)
class EventFilter:
    attributes: JsonObject
    correlate: Mapping[str, Correlation] = field(default_factory=dict[str, Correlation])


class Strategy(StrEnum):
    ONE = "one"
    ANY = "any"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Consumption:
    """Which events are waited for. `until` belongs to ANY: an expression that ends it when it
    holds, or events that end it; None ends it with the first one.
    """

    strategy: Strategy
    filters: tuple[EventFilter, ...]
    until: "str | Consumption | None" = None


class Read(StrEnum):
    DATA = "data"
    ENVELOPE = "envelope"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class Listen:
    to: Consumption
    read: Read
    foreach: Foreach | None


@dataclass(frozen=True, slots=True)
class RunWorkflow:
    """`version` may be `latest`; without `wait` the flow goes on at once."""

    namespace: str
    name: str
    version: str
    input: JsonObject | None
    wait: bool


@dataclass(frozen=True, slots=True)
class RunProcess:
    """`kind` is script, shell or container; `answer` stdout, stderr, code, all or none."""

    kind: str
    arguments: JsonObject
    wait: bool
    answer: str


Body: TypeAlias = (
    Set
    | Do
    | Switch
    | For
    | Fork
    | Try
    | Raise
    | Wait
    | CallProtocol
    | CallFunction
    | CallDefined
    | Subscribe
    | Emit
    | Listen
    | RunWorkflow
    | RunProcess
)


@dataclass(frozen=True, slots=True)
class Extension:
    """Tasks around those of some kinds; `when` is evaluated for each of them."""

    name: str
    when: str | None
    before: "tuple[Task, ...]" = ()
    after: "tuple[Task, ...]" = ()


@dataclass(frozen=True, slots=True)
class Task:
    """`path` is made of names and stays when other tasks move; `pointer` is the JSON pointer
    into the document, which errors report as their instance.

    `definition` is what the document says under the name; `scheme` is that of the credentials it
    calls with, as HTTP names it ("" without any). One of high risk needs an approved input.
    """

    name: str
    path: str
    pointer: str
    body: Body
    data: DataFlow
    then: str = Directive.CONTINUE
    timeout: Duration | None = None
    definition: JsonObject = field(default_factory=dict[str, Json])
    extensions: tuple[Extension, ...] = ()
    scheme: str = ""
    high_risk: bool = False


@dataclass(frozen=True, slots=True)
class Program:
    """`document` is what its author wrote, without what podium pinned to it. `paths` are those of
    its tasks; those in functions and extensions begin at `/call`, `/before` and `/after`.
    """

    digest: str
    document: JsonObject
    tasks: tuple[Task, ...]
    data: DataFlow
    timeout: Duration | None
    secrets: tuple[str, ...]
    paths: frozenset[str]

    def has(self, path: str) -> bool:
        """Whether there is a task with this path, iterations and attempts left out."""
        if path in self.paths and path.startswith("/do/"):
            return True
        cut = max(path.rfind(f"/{part}/") for part in ("call", "before", "after"))
        return cut > 0 and path[cut:] in self.paths and self.has(path[:cut])
