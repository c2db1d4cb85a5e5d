"""Rules about events and schedules: attributes, filters, correlations, times."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.durations import duration_seconds
from podium.workflows.documents.findings import Findings, label, shown
from podium.workflows.documents.source import pointer
from podium.workflows.documents.tasks import Task, member
from podium.workflows.events.filters import compiles, is_pattern, named
from podium.workflows.expressions.errors import ExpressionError
from podium.workflows.expressions.expression import is_expression, parse
from podium.workflows.scheduling.times import cron

ATTRIBUTES: Final = frozenset(
    {
        "id",
        "source",
        "type",
        "time",
        "subject",
        "datacontenttype",
        "dataschema",
        "data",
        "specversion",
        "data_base64",
    }
)
_NAME: Final = re.compile(r"[a-z0-9]+")
_STRATEGIES: Final = ("one", "any", "all")
_OFTEN: Final = 1.0


def check_events(task: Task, findings: Findings) -> None:
    match task.kind:
        case "emit":
            at = task.at("emit", "event", "with")
            _attributes(member(task.body, "emit", "event", "with"), at, findings)
        case "listen":
            for filter, at in _filters(member(task.body, "listen", "to"), task.at("listen", "to")):
                _filter(filter, at, findings)
        case _:
            pass


def check_schedule(document: JsonObject, findings: Findings) -> None:
    schedule = document.get("schedule")
    if not isinstance(schedule, Mapping):
        return
    _times(schedule, findings)
    if isinstance(schedule.get("cron"), str):
        _cron(str(schedule["cron"]), findings)
    if "on" in schedule:
        _on(schedule, findings)


def _times(schedule: JsonObject, findings: Findings) -> None:
    for key in ("every", "after"):
        value, at = schedule.get(key), pointer("schedule", key)
        if is_expression(value):
            message = f"'{key}' is {shown(value)}, and before a run there is nothing to evaluate."
            findings.error("schedule-expression", f"{message} Write a duration.", at)
        elif key == "every" and (seconds := _seconds(value)) is not None and seconds < _OFTEN:
            _every(seconds, at, findings)


def _every(seconds: float, at: str, findings: Findings) -> None:
    if seconds <= 0:
        findings.error("schedule-often", "A run every 0 s has no end. Write every: PT1M.", at)
    else:
        message = f"A run every {seconds:g} s: where that is too often, times are left out."
        findings.warning("schedule-often", message, at)


def _seconds(value: Json) -> float | None:
    try:
        return None if value is None else duration_seconds(value)
    except Invalid:
        return None  # another rule says so


def _cron(text: str, findings: Findings) -> None:
    at = pointer("schedule", "cron")
    try:
        found = cron(text)
    except Invalid as error:
        findings.error("cron", error.message, at)
        return
    if not found.is_zoned:
        message = (
            "Without a time zone cron is read in UTC. Write it, also where it is UTC: "
            f"'CRON_TZ=Europe/Berlin {found.fields}'."
        )
        findings.warning("cron-time-zone", message, at)


def _on(schedule: JsonObject, findings: Findings) -> None:
    at = pointer("schedule", "on")
    for filter, place in _filters(schedule["on"], at):
        _filter(filter, place, findings)
        _alone(member(filter, "with"), f"{place}/with", findings)
        for name, each in _correlations(filter):
            expect, where = member(each, "expect"), f"{place}/correlate{pointer(name)}/expect"
            if isinstance(expect, str) and _is_evaluated(expect):
                message = f"{label(where)} is {shown(expect)}, and before a run it knows nothing."
                remedy = "Write a constant, or leave 'expect' out."
                findings.error("schedule-expression", f"{message} {remedy}", where)
    until = member(schedule["on"], "until")
    if isinstance(until, str):
        _alone(until if is_expression(until) else f"${{ {until} }}", f"{at}/until", findings)
    if member(schedule["on"], "all") == []:
        message = "'all' of no events never starts a run. Say which events."
        findings.error("schedule-never", message, f"{at}/all")
    if "read" not in schedule:
        message = (
            "Without 'read' a run gets whole events, as the specification's examples do; its newer "
            "schema says data. Write read: envelope or read: data beside 'on'."
        )
        findings.warning("schedule-read", message, at)


def _alone(template: Json, path: str, findings: Findings) -> None:
    """What is evaluated before there is a run sees the event and nothing else."""
    try:
        names = sorted(named(template))
    except ExpressionError:
        return  # another rule says so
    if names:
        message = f"{label(path)} reads ${names[0]}, and before a run there is only the event."
        remedy = "Compare with constants; the run can decide the rest."
        findings.error("schedule-expression", f"{message} {remedy}", path)


def _filters(consumption: Json, path: str) -> Iterator[tuple[JsonObject, str]]:
    """Those of a consumption and of its `until`."""
    for strategy in _STRATEGIES:
        value, at = member(consumption, strategy), f"{path}/{strategy}"
        if isinstance(value, Mapping):
            yield value, at
        elif isinstance(value, Sequence) and not isinstance(value, str):
            for index, each in enumerate(value):
                if isinstance(each, Mapping):
                    yield each, f"{at}/{index}"
    until = member(consumption, "until")
    if isinstance(until, Mapping):
        yield from _filters(until, f"{path}/until")


def _filter(filter: JsonObject, path: str, findings: Findings) -> None:
    attributes = member(filter, "with")
    _attributes(attributes, f"{path}/with", findings)
    for name, value in attributes.items() if isinstance(attributes, Mapping) else ():
        is_text = isinstance(value, str) and name != "data"
        if is_text and is_pattern(str(value)) and not compiles(str(value)):
            message = (
                f"{shown(value)} has signs of a regular expression, and is none. It is compared as "
                "it is; for a pattern correct it."
            )
            findings.warning("event-pattern", message, f"{path}/with{pointer(name)}")
    for name, each in _correlations(filter):
        _from(member(each, "from"), f"{path}/correlate{pointer(name)}/from", findings)


def _correlations(filter: Json) -> Iterator[tuple[str, Json]]:
    correlate = member(filter, "correlate")
    if isinstance(correlate, Mapping):
        yield from correlate.items()


def _from(value: Json, path: str, findings: Findings) -> None:
    try:
        names = sorted(parse(str(value)).variables)
    except ExpressionError:
        return  # another rule says so
    if names:
        message = (
            f"{label(path)} reads ${names[0]}, and a key is taken from the event alone: one "
            "evaluation serves all who wait. Compare with the run's data in 'expect'."
        )
        findings.error("correlation-from", message, path)


def _attributes(attributes: Json, path: str, findings: Findings) -> None:
    for name in attributes if isinstance(attributes, Mapping) else ():
        if name not in ATTRIBUTES and not _NAME.fullmatch(name):
            message = (
                f"'{name}' is no name of a CloudEvent's attribute: it has lower-case letters and "
                "digits only. Rename it, or put it into 'data'."
            )
            findings.error("event-attribute", message, f"{path}{pointer(name)}")


def _is_evaluated(text: str) -> bool:
    return is_expression(text) or text.startswith((".", "$"))
