"""Rules about `metadata.risk`: what is marked high comes after a question that is marked so too."""

from collections.abc import Mapping
from typing import Final

from podium.kernel.json import JsonObject
from podium.workflows.documents.findings import Findings
from podium.workflows.documents.tasks import Task, TaskList, inside, member, roots, within

HIGH: Final = "high"
RISKS: Final = ("low", HIGH)


def is_high(body: JsonObject) -> bool:
    return member(body, "metadata", "risk") == HIGH


def check_risks(document: JsonObject, findings: Findings) -> None:
    """Functions and extensions are called from where this does not see: the run itself refuses."""
    waiting = [(each, each.path.startswith("/use/")) for each in roots(document)][::-1]
    while waiting:
        tasks, asked = waiting.pop()
        below: list[tuple[TaskList, bool]] = []
        for task in tasks.tasks:
            _check(task, findings, asked=asked)
            below += [(each, asked) for each in inside(task)]
            if not tasks.parallel:
                asked = asked or any(_asks(each, document) for each in within(task))
        waiting += below[::-1]


def _check(task: Task, findings: Findings, *, asked: bool) -> None:
    risk = member(task.body, "metadata", "risk")
    if risk is None:
        return
    if risk not in RISKS:
        message = f"The risk of '{task.name}' is {risk!r}, which says nothing. Write low or high."
        findings.error("unknown-risk", message, task.at("metadata", "risk"))
    elif risk == HIGH and not asked:
        message = (
            f"'{task.name}' is of high risk, and nobody is asked before it. Put a task with "
            "`call: approve` and `risk: high` before it, and let its input be the approved payload."
        )
        findings.error("unapproved-risk", message, task.path)


def _asks(task: Task, document: JsonObject) -> bool:
    """Whether it asks people about a high risk, itself or by a function of the document."""
    called = task.body.get("call")
    defined = member(document, "use", "functions", str(called))
    if isinstance(defined, Mapping):
        return any(_is_question(each) for each in within(Task(task.name, defined, task.path)))
    return _is_question(task)


def _is_question(task: Task) -> bool:
    called = task.body.get("call")
    is_approve = isinstance(called, str) and called.split(":")[0] == "approve"
    return is_approve and member(task.body, "with", "risk") == HIGH
