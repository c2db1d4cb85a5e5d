"""Rules about events: what a `listen` waits for, and the names that it gives."""

from typing import Final

from podium.workflows.documents.findings import Findings
from podium.workflows.documents.tasks import Task, member

_ONCE: Final = (
    "'{}' waits for any of several events without 'until', so it goes on after the first one. "
    "Write 'one' for that, or 'until' for when it has enough."
)


def check_listening(task: Task, findings: Findings) -> None:
    if task.kind != "listen":
        return
    to = member(task.body, "listen", "to")
    if member(to, "any") is not None and member(to, "until") is None:
        findings.warning("listen-once", _ONCE.format(task.name), task.at("listen", "to", "any"))
