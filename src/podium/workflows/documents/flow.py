"""Rules about the order of tasks: names, `then`, `switch`, `catch`, what is never reached."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from podium.kernel.json import Json
from podium.workflows.documents.findings import Findings, quoted
from podium.workflows.documents.tasks import Task, TaskList, entries, inside, member
from podium.workflows.expressions.names import nearest

DIRECTIVES: Final = ("continue", "exit", "end")
_OUT: Final = 1 << 32
"""The place of whatever is behind a list."""
_TOLD: Final = 20


class Ends:
    """Which tasks can end the workflow from somewhere inside; each is looked at once."""

    def __init__(self) -> None:
        self._known: dict[str, bool] = {}

    def within(self, task: Task) -> bool:
        known = self._known.get(task.path)
        if known is None:
            below = (each for tasks in inside(task) for each in tasks.tasks)
            known = self._known[task.path] = _ends(task) or any(map(self.within, below))
        return known


def check_flow(tasks: TaskList, ends: Ends, findings: Findings) -> None:
    """Every rule of this file, for one list."""
    _names(tasks, findings)
    targets = {} if tasks.parallel else {task.name: None for task in tasks.tasks}
    for task in tasks.tasks:
        for then, path in _jumps(task):
            _target(then, path, findings, siblings=targets)
        if task.kind == "switch":
            _switch(task, findings)
        if task.kind == "try" and not task.body.get("catch"):
            findings.error("empty-catch", _EMPTY_CATCH.format(task.name), task.at("catch"))
    if not tasks.parallel:
        _reach(tasks, ends, findings)


_EMPTY_CATCH: Final = (
    "'{}' has an empty catch, which would hide every error. Write what to catch and what to do: "
    "'errors', 'when', 'retry' or 'do'."
)


def _names(tasks: TaskList, findings: Findings) -> None:
    seen: set[str] = set()
    for task in tasks.tasks:
        if task.name in seen:
            message = f"Two tasks of one list are named '{task.name}'. Rename one."
            findings.error("duplicate-task", message, task.path)
        if task.name in DIRECTIVES and not tasks.parallel:
            message = (
                f"A task is named '{task.name}', which 'then' understands as a word. Rename it."
            )
            findings.error("reserved-name", message, task.path)
        seen.add(task.name)


def _jumps(task: Task) -> Iterator[tuple[str, str]]:
    """Where a task says to go on, and the pointer to that."""
    for keys in (("then",), ("catch", "then")):
        then = member(task.body, *keys)
        if isinstance(then, str):
            yield then, task.at(*keys)
    for _, case, path in entries(task.body.get("switch"), task.at("switch")):
        then = member(case, "then")
        if isinstance(then, str):
            yield then, f"{path}/then"


def _target(then: str, path: str, findings: Findings, *, siblings: Collection[str]) -> None:
    if then in DIRECTIVES or then in siblings:
        return
    known = [*siblings, *DIRECTIVES]
    message = f"There is no task '{then}' in this list to go on with.{nearest(then, known)}"
    message = f"{message} Possible: {quoted(known)}."
    findings.error("unknown-target", message, path)


def _switch(task: Task, findings: Findings) -> None:
    default, seen = "", set[str]()
    for name, case, path in entries(task.body.get("switch"), task.at("switch")):
        if name in seen:
            message = f"Two cases of '{task.name}' are named '{name}'. Rename one."
            findings.error("duplicate-case", message, path)
        seen.add(name)
        if default:
            message = f"Case '{name}' is never reached: '{default}' above it has no 'when'."
            findings.warning("unreachable-case", f"{message} Move it up.", path)
        elif member(case, "when") is None:
            default = name
    if not default:
        message = (
            f"'{task.name}' has no default: when no case holds, the next task runs. "
            "Add a case without 'when'."
        )
        findings.warning("switch-without-default", message, task.at("switch"))


def _reach(tasks: TaskList, ends: Ends, findings: Findings) -> None:
    """Follows every way from the first task, and every way back from where the list is left."""
    order = {task.name: place for place, task in reversed(list(enumerate(tasks.tasks)))}
    ways = [
        _next(task, place, order) | ({_OUT} if ends.within(task) else set[int]())
        for place, task in enumerate(tasks.tasks)
    ]
    reached = _followed([0], ways)
    back: list[set[int]] = [set() for _ in ways]
    for place, following in enumerate(ways):
        for each in following - {_OUT, len(ways)}:
            back[each].add(place)
    leaving = _followed(
        [place for place, each in enumerate(ways) if max(each, default=0) >= len(ways)], back
    )
    for place, task in enumerate(tasks.tasks):
        if place not in reached:
            message = f"'{task.name}' is never reached: no task before it goes on to it."
            findings.warning(
                "unreachable-task", f"{message} Remove it or name it in a 'then'.", task.path
            )
    endless = [tasks.tasks[place] for place in sorted(reached - leaving) if place < len(ways)]
    if endless:
        names = " → ".join(f"'{task.name}'" for task in endless[:_TOLD])
        message = f"{names}: from here no way leads out of the list. Add one: then: exit or end."
        findings.warning("endless-loop", message, endless[0].path)


def _followed(start: Iterable[int], ways: Sequence[set[int]]) -> set[int]:
    waiting, reached = list(start), set[int]()
    while waiting:
        place = waiting.pop()
        if place < len(ways) and place not in reached:
            reached.add(place)
            waiting.extend(ways[place])
    return reached


def _next(task: Task, place: int, order: Mapping[str, int]) -> set[int]:
    """Where it can go on in the list; a place behind its end is out of it."""
    said = [then for then, _ in _jumps(task)]
    ways: set[Json] = set(said)
    if not isinstance(task.body.get("then"), str) and not _always_leaves(task):
        ways.add("continue")
    unknown = any(then not in DIRECTIVES and then not in order for then in said)
    if "if" in task.body or unknown:
        ways.add("continue")
    found = {place + 1} if "continue" in ways else set[int]()
    if ways & {"exit", "end"}:
        found.add(_OUT)
    return found | {order[then] for then in ways if isinstance(then, str) and then in order}


def _ends(task: Task) -> bool:
    return task.kind == "raise" or any(then == "end" for then, _ in _jumps(task))


def _always_leaves(task: Task) -> bool:
    """Nothing follows a raise, nor a switch with a default, of its own accord."""
    if task.kind == "switch":
        cases = entries(task.body.get("switch"), "")
        return any(member(case, "when") is None for _, case, _ in cases)
    return task.kind == "raise"
