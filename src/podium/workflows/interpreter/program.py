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
    each: str
    at: str
    items: str
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
class CallHttp:
    arguments: JsonObject


@dataclass(frozen=True, slots=True)
class CallFunction:
    name: str
    arguments: JsonObject


Body: TypeAlias = Set | Do | Switch | For | Fork | Try | Raise | Wait | CallHttp | CallFunction


@dataclass(frozen=True, slots=True)
class Task:
    """`path` is made of names and stays when other tasks move; `pointer` is the JSON pointer
    into the document, which errors report as their instance.
    """

    name: str
    path: str
    pointer: str
    body: Body
    data: DataFlow
    then: str = Directive.CONTINUE
    timeout: Duration | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """`branches` finds the branch of a fork by its path, for children."""

    digest: str
    document: JsonObject
    tasks: tuple[Task, ...]
    data: DataFlow
    timeout: Duration | None
    secrets: tuple[str, ...]
    branches: Mapping[str, Task]
