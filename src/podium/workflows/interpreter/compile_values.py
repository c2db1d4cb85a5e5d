"""What tasks are compiled from: expressions, durations, cases, the events that are waited for."""

from collections.abc import Mapping, Sequence
from typing import cast

from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.durations import duration_seconds
from podium.workflows.expressions.expression import is_expression
from podium.workflows.interpreter.program import (
    Case,
    Consumption,
    Correlation,
    Duration,
    EventFilter,
    Strategy,
)


def expression(value: Json) -> str | None:
    """A field that is always an expression: authors may leave out its `${ }`."""
    if value is None:
        return None
    text = str(value).strip()
    return text if text.startswith("${") else f"${{ {text} }}"


def consumption(value: JsonObject) -> Consumption:
    """What a `listen.to`, or a `schedule.on`, waits for."""
    strategy = next(each for each in Strategy if each in value)
    filters = value[strategy]
    listed = [filters] if strategy is Strategy.ONE else cast(Sequence[Json], filters)
    until = value.get("until")
    return Consumption(
        strategy=strategy,
        filters=tuple(_event_filter(mapping(each)) for each in listed),
        until=consumption(until) if isinstance(until, Mapping) else expression(until),
    )


def _event_filter(value: JsonObject) -> EventFilter:
    correlate = mapping(value.get("correlate"))
    return EventFilter(
        attributes=mapping(value.get("with")),
        correlate={
            name: Correlation(of=expression(of.get("from")) or "", expect=_text(of.get("expect")))
            for name, of in ((name, mapping(of)) for name, of in correlate.items())
        },
    )


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def as_duration(value: Json) -> Duration | None:
    if value is None or (isinstance(value, str) and is_expression(value)):
        return value
    return duration_seconds(value)


def cases_of(value: Json) -> tuple[Case, ...]:
    made: list[Case] = []
    for item in cast(Sequence[JsonObject], value):
        ((name, case),) = item.items()
        body = mapping(case)
        made.append(Case(name, expression(body.get("when")), str(body["then"])))
    return tuple(made)


def mapping(value: Json) -> JsonObject:
    """The object, or an empty one for what is none."""
    return value if isinstance(value, Mapping) else {}
