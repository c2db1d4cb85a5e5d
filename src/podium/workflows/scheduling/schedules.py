"""A schedule: a rule of a workflow's newest version that starts runs of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from podium.kernel.ids import RunId, ScheduleId, UserId, WorkspaceId
from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.durations import duration_seconds
from podium.workflows.interpreter.compile_values import consumption
from podium.workflows.interpreter.program import Consumption, Read
from podium.workflows.scheduling.times import Cron, Every, cron


class Kind(StrEnum):
    """The specification's four."""

    EVERY = "every"
    CRON = "cron"
    AFTER = "after"
    ON = "on"


@dataclass(frozen=True, slots=True)
class After:
    """That many seconds after the run before it has ended; the first one at once."""

    seconds: float


@dataclass(frozen=True, slots=True)
class On:
    """When these events have come; `read` is what the run gets of each, in an array."""

    events: Consumption
    read: Read


Rule: TypeAlias = Every | Cron | After | On


@dataclass(frozen=True, slots=True)
class Schedule:
    """One member of `schedule` in the newest version of a workflow.

    `rule` is what the document says. `active_since` is when a version first said so, and what
    `every` counts from. `next_at` is when it is due; None where that depends on a run or on events.
    `problem` says why the last start failed.
    """

    id: ScheduleId
    workspace: WorkspaceId
    owner: UserId
    namespace: str
    name: str
    version: str
    kind: Kind
    rule: JsonObject
    active_since: float
    next_at: float | None = None
    last_at: float | None = None
    last_run: RunId | None = None
    paused_at: float | None = None
    problem: str | None = None

    def read(self) -> Rule:
        match self.kind:
            case Kind.EVERY:
                return Every(duration_seconds(self.rule["every"]), self.active_since)
            case Kind.CRON:
                return cron(str(self.rule["cron"]))
            case Kind.AFTER:
                return After(duration_seconds(self.rule["after"]))
            case Kind.ON:
                return on(self.rule)

    def first(self, now: float) -> float | None:
        """When it is due, where it begins or goes on now."""
        match self.read():
            case Every() | Cron() as rule:
                return rule.next(now)
            case After():
                return now if self.last_run is None else None
            case On():
                return None


def on(rule: JsonObject) -> On:
    """Without `read` a run gets envelopes: the specification's examples count on it, in both
    versions, though the newer schema names `data` as the default.
    """
    events = rule["on"]
    wanted = consumption(events if isinstance(events, Mapping) else {})
    return On(wanted, Read(str(rule.get("read", Read.ENVELOPE))))


def rules(document: JsonObject) -> Mapping[Kind, JsonObject]:
    """The rules of a document by kind."""
    said = document.get("schedule")
    if not isinstance(said, Mapping):
        return {}
    found: dict[Kind, JsonObject] = {}
    for kind in Kind:
        if kind in said:
            extra: dict[str, Json] = (
                {"read": said["read"]} if kind is Kind.ON and "read" in said else {}
            )
            found[kind] = {kind.value: said[kind], **extra}
    return found
