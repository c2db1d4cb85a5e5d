"""Events: emitted, waited for, and what is done with each."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, TypedDict, Unpack

from podium.workflow.parts import Options, Part, Task, Template, data_flow, picked, some, task

Read: TypeAlias = Literal["data", "envelope", "raw"]


def emit(name: str, event: Mapping[str, object], **options: Unpack[Options]) -> Task:
    """Publish an event: see `event`."""
    return task(name, {"emit": {"event": {"with": event}}}, options)


class EventOptions(TypedDict, total=False):
    """The attributes of a CloudEvent; `more` are further ones, by the names they have there."""

    id: str
    source: str
    time: str
    subject: str
    datacontenttype: str
    dataschema: str
    data: object
    more: Mapping[str, object]


def event(type: str, **options: Unpack[EventOptions]) -> Mapping[str, object]:
    given = {key: value for key, value in options.items() if key != "more"}
    return {"type": type, **given, **options.get("more", {})}


class FilterOptions(EventOptions, total=False):
    type: str
    correlate: Mapping[str, str | tuple[str, str]]


def matching(**options: Unpack[FilterOptions]) -> Part:
    """Events whose attributes are like these. `correlate` is by name an expression on the event,
    or one and what it must give.
    """
    given = {key: value for key, value in options.items() if key not in {"more", "correlate"}}
    pairs = {
        name: {"from": each} if isinstance(each, str) else {"from": each[0], "expect": each[1]}
        for name, each in options.get("correlate", {}).items()
    }
    return Part(some(with_={**given, **options.get("more", {})}, correlate=pairs or None))


def one(filter: Part) -> Part:
    return Part({"one": filter})


def all_of(*filters: Part) -> Part:
    return Part({"all": filters})


def any_of(*filters: Part, until: "Part | str | None" = None) -> Part:
    """`until` is an expression or a consumption; without it the first event is enough."""
    return Part(some(any=filters, until=until))


class EachOptions(TypedDict, total=False):
    """`item` and `at` name the variables of what came (`item`) and of its place (`index`)."""

    item: str
    at: str
    output: Template
    export: Template


def each(do: Sequence[Task] = (), **options: Unpack[EachOptions]) -> Part:
    """What is done with each event or message."""
    names = picked(options, {"item": "item", "at": "at"})
    body = {"do": do} if do else {}
    return Part({**names, **body, **data_flow(options)})


class ListenOptions(Options, total=False):
    read: Read
    foreach: Part


def listen(name: str, to: Part, **options: Unpack[ListenOptions]) -> Task:
    """Wait for events: `one(…)`, `any_of(…)` or `all_of(…)`."""
    listened = {"to": to, **picked(options, {"read": "read"})}
    return task(name, {"listen": listened, **picked(options, {"foreach": "foreach"})}, options)
