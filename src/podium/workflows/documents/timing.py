"""Rules about time: durations, retries, schedules."""

from collections.abc import Iterator, Mapping
from typing import Final

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.durations import duration_seconds
from podium.workflows.documents.findings import Findings, label
from podium.workflows.documents.source import pointer
from podium.workflows.documents.tasks import Task, member
from podium.workflows.expressions.expression import is_expression

_RETRY: Final = (
    ("delay",),
    ("limit", "duration"),
    ("limit", "attempt", "duration"),
    ("jitter", "from"),
    ("jitter", "to"),
)


def check_task_time(task: Task, findings: Findings) -> None:
    for keys in (("wait",), ("timeout", "after")):
        _duration(member(task.body, *keys), task.at(*keys), findings)
    retry = member(task.body, "catch", "retry")
    if isinstance(retry, Mapping):
        _retry(retry, task.at("catch", "retry"), findings)


def check_document_time(document: JsonObject, findings: Findings) -> None:
    for keys in (("timeout", "after"), ("schedule", "every"), ("schedule", "after")):
        _duration(member(document, *keys), pointer(*keys), findings)
    for name, policy in _members(member(document, "use", "timeouts")):
        path = pointer("use", "timeouts", name, "after")
        _duration(member(policy, "after"), path, findings)
    for name, policy in _members(member(document, "use", "retries")):
        _retry(policy, pointer("use", "retries", name), findings)
    schedule = member(document, "schedule")
    if isinstance(schedule, Mapping) and {"cron", "every"} <= schedule.keys():
        message = "The schedule has both 'cron' and 'every'. Keep one of them."
        findings.error("cron-and-every", message, pointer("schedule", "every"))


def _members(value: Json) -> Iterator[tuple[str, JsonObject]]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            if isinstance(each, Mapping):
                yield name, each


def _retry(policy: JsonObject, path: str, findings: Findings) -> None:
    for keys in _RETRY:
        _duration(member(policy, *keys), f"{path}{pointer(*keys)}", findings)
    count = member(policy, "limit", "attempt", "count")
    if count is None and member(policy, "limit", "duration") is None:
        message = (
            f"{label(path)} has no limit: it retries for ever. "
            "Add limit: {attempt: {count: 5}} or limit: {duration: PT5M}."
        )
        findings.warning("endless-retry", message, path)
    if isinstance(count, int) and count < 0:
        message = f"{label(path)} retries {count} times. Write 0 or more."
        findings.error("retry-count", message, f"{path}/limit/attempt/count")
    _jitter(member(policy, "jitter"), f"{path}/jitter", findings)


def _jitter(jitter: Json, path: str, findings: Findings) -> None:
    try:
        low = duration_seconds(member(jitter, "from"))
        high = duration_seconds(member(jitter, "to"))
    except Invalid:
        return
    if low > high:
        message = f"{label(path)} goes from {low:g} s to {high:g} s. Exchange them."
        findings.error("jitter", message, path)


def _duration(value: Json, path: str, findings: Findings) -> None:
    if value is None or is_expression(value):
        return
    try:
        _ = duration_seconds(value)
    except Invalid as error:
        findings.error("duration", f"{label(path)}: {error.message}", path)
