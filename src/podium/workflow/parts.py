"""What documents are made of in Python, and what all tasks have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeAlias, TypedDict

from podium.workflow.places import Written, written

Template: TypeAlias = "str | Mapping[str, object]"
"""An expression; or an object that may hold some."""

Duration: TypeAlias = "timedelta | str | Mapping[str, int]"
"""`timedelta(seconds=30)`, `"PT30S"`, `{"seconds": 30}` or an expression."""


@dataclass(frozen=True, slots=True)
class Part:
    """A value of the document that knows where it was written."""

    value: object
    place: Written = field(default_factory=written, compare=False)


@dataclass(frozen=True, slots=True)
class Named:
    """An entry of a list: one name and what it names."""

    name: str
    body: Mapping[str, object]
    place: Written = field(default_factory=written, compare=False)


@dataclass(frozen=True, slots=True)
class Task(Named):
    """One step. Make it with the function of its kind, such as `set_` or `http`."""


@dataclass(frozen=True, slots=True)
class Case(Named):
    """One way of a `switch`."""


@dataclass(frozen=True, slots=True)
class Extension(Named):
    """Tasks around others."""


@dataclass(frozen=True, slots=True)
class Resource:
    """Something outside of the document. `authentication` is a policy: see `calls`."""

    uri: str
    name: str = ""
    authentication: Part | None = None

    @property
    def value(self) -> Mapping[str, object]:
        named = {"name": self.name} if self.name else {}
        return {**named, "endpoint": endpoint(self.uri, self.authentication)}


Schema: TypeAlias = "Mapping[str, object] | bool | Resource"
"""A JSON Schema, or where one is."""


class DataOptions(TypedDict, total=False):
    """How data gets in and out: `input` is `input.from`, `output` is `output.as`."""

    input: Template
    input_schema: Schema
    output: Template
    output_schema: Schema


class Options(DataOptions, total=False):
    """What every task may have. `timeout` is a duration or the name of one of `use.timeouts`."""

    if_: str
    export: Template
    export_schema: Schema
    timeout: Duration
    then: str
    metadata: Mapping[str, object]


_FLOW: Final = (("input", "from"), ("output", "as"), ("export", "as"))


def common(given: Mapping[str, object]) -> dict[str, object]:
    """The members that stand behind a task's own."""
    body: dict[str, object] = data_flow(given)
    if "timeout" in given:
        body["timeout"] = timeout(given["timeout"])
    return body | {key: given[key] for key in ("then", "metadata") if key in given}


def data_flow(given: Mapping[str, object]) -> dict[str, object]:
    body: dict[str, object] = {}
    for key, word in _FLOW:
        part: dict[str, object] = {}
        if f"{key}_schema" in given:
            part["schema"] = _schema(given[f"{key}_schema"])
        if key in given:
            part[word] = given[key]
        if part:
            body[key] = part
    return body


def task(name: str, body: Mapping[str, object], given: Mapping[str, object]) -> Task:
    """`if` first, then what the task does, then the rest."""
    condition = {"if": given["if_"]} if "if_" in given else {}
    return Task(name, {**condition, **body, **common(given)})


def some(**members: object) -> dict[str, object]:
    """Those that are given: None and the empty text are left out, and a last `_` of a name."""
    return {
        name.rstrip("_"): value
        for name, value in members.items()
        if value is not None and not (isinstance(value, str) and not value)
    }


def picked(given: Mapping[str, object], names: Mapping[str, str]) -> dict[str, object]:
    """The options of these names, as the document calls them."""
    return {written: given[name] for name, written in names.items() if name in given}


def timeout(value: object) -> object:
    is_name = isinstance(value, str) and not value.lstrip().startswith(("P", "${"))
    return value if is_name else {"after": value}


def endpoint(uri: str, authentication: Part | None) -> object:
    return uri if authentication is None else {"uri": uri, "authentication": authentication}


def resource(value: "str | Resource") -> Mapping[str, object]:
    return (Resource(value) if isinstance(value, str) else value).value


def _schema(value: object) -> Mapping[str, object]:
    return {"resource": value.value} if isinstance(value, Resource) else {"document": value}
