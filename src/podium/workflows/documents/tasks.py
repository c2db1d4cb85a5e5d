"""The tasks of a document as the linter walks them. Expects what the schema accepts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.source import pointer

KINDS: Final = (
    "call",
    "fork",
    "emit",
    "for",
    "listen",
    "raise",
    "run",
    "set",
    "switch",
    "try",
    "wait",
    "do",
)


@dataclass(frozen=True, slots=True)
class Task:
    name: str
    body: JsonObject
    path: str

    @property
    def kind(self) -> str:
        return next(kind for kind in KINDS if kind in self.body)

    def at(self, *tokens: str | int) -> str:
        return f"{self.path}{pointer(*tokens)}"


@dataclass(frozen=True, slots=True)
class TaskList:
    """`parallel` lists (the branches of a fork) have no order: nothing follows anything."""

    tasks: tuple[Task, ...]
    path: str
    parallel: bool = False


_MAPPING: Final = (dict, Mapping)
"""A dict first: to ask the abstract class takes five times as long, a million times a document."""


def member(value: Json, *keys: str) -> Json:
    """The value below these keys, or None."""
    for key in keys:
        if value is None or not isinstance(value, _MAPPING):
            return None
        value = value.get(key)
    return value


def entries(value: Json, path: str) -> Iterator[tuple[str, Json, str]]:
    """Name, value and pointer of each entry in a list of single-member mappings."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return
    for index, item in enumerate(value):
        if isinstance(item, Mapping):
            for name, body in item.items():
                yield name, body, f"{path}{pointer(index, name)}"


def task_list(value: Json, path: str, *, parallel: bool = False) -> TaskList:
    tasks = [
        Task(name, body, at) for name, body, at in entries(value, path) if isinstance(body, Mapping)
    ]
    return TaskList(tuple(tasks), path, parallel)


_INSIDE: Final = (("do",), ("try",), ("catch", "do"), ("foreach", "do"), ("fork", "branches"))


def inside(task: Task) -> Iterator[TaskList]:
    """The lists directly inside a task."""
    for keys in _INSIDE:
        value = member(task.body, *keys)
        if value is not None:
            yield task_list(value, task.at(*keys), parallel=keys[0] == "fork")
    iterator = member(task.body, "with", "subscription", "foreach", "do")
    if iterator is not None and task.body.get("call") == "asyncapi":
        yield task_list(iterator, task.at("with", "subscription", "foreach", "do"))


def within(task: Task) -> Iterator[Task]:
    """The task and every one below it, without recursion."""
    waiting = [task]
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(each for tasks in inside(here) for each in tasks.tasks)


def roots(document: JsonObject) -> Iterator[TaskList]:
    """The lists that no task is around: the workflow's, the functions', the extensions'."""
    yield task_list(document.get("do"), pointer("do"))
    functions = member(document, "use", "functions")
    if isinstance(functions, Mapping):
        for name, body in functions.items():
            if isinstance(body, Mapping):
                path = pointer("use", "functions", name)
                yield TaskList((Task(name, body, path),), path, parallel=True)
    for _, body, at in entries(member(document, "use", "extensions"), pointer("use", "extensions")):
        for key in ("before", "after"):
            yield task_list(member(body, key), f"{at}{pointer(key)}")


def lists(document: JsonObject) -> Iterator[TaskList]:
    """Every list, outer ones first; without recursion."""
    waiting = list(roots(document))[::-1]
    while waiting:
        here = waiting.pop()
        yield here
        for task in reversed(here.tasks):
            waiting.extend(list(inside(task))[::-1])
