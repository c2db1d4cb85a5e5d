"""What came of many runs, as plain arithmetic over what the API answered."""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import cast

from podium.cli.inputs import Row
from podium.cli.wire import Batch, Run


@dataclass(frozen=True, slots=True)
class Result:
    row: Row
    run: Run


@dataclass(frozen=True, slots=True)
class Share:
    part: int
    whole: int

    @property
    def percent(self) -> float:
        return 100 * self.part / self.whole if self.whole else 0.0

    def __str__(self) -> str:
        return f"{self.part} of {self.whole} ({self.percent:.1f} %)" if self.whole else "none"


@dataclass(frozen=True, slots=True)
class Accuracy:
    """`answered` counts every run that ended, so a fault is a wrong answer; open ones are out."""

    straight_through: Share
    answered: Share


@dataclass(frozen=True, slots=True)
class Took:
    """`earlier` runs had settled before this command began; they say nothing about its rate."""

    seconds: float
    earlier: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """`straight_through`: completed and no person was ever asked, of all rows."""

    total: int
    by_status: Mapping[str, int]
    straight_through: Share
    by_people: int
    waiting: int
    accuracy: Accuracy | None
    batch: Batch
    took: Took
    faults: Sequence[tuple[str, int]]

    @property
    def rate(self) -> float:
        """Runs per second that this command saw settle."""
        settled = self.total - self.by_status.get("not settled", 0) - self.took.earlier
        return max(settled, 0) / self.took.seconds if self.took.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Measure:
    """`asked` are the runs for which a person was ever asked; `field` is compared with labels."""

    total: int
    asked: AbstractSet[str]
    field: str | None = None


def summarise(results: Sequence[Result], measure: Measure, *, batch: Batch, took: Took) -> Summary:
    completed = [result for result in results if result.run.status == "completed"]
    straight = [result for result in completed if result.run.id not in measure.asked]
    return Summary(
        total=measure.total,
        by_status=_by_status(results, measure.total),
        straight_through=Share(len(straight), measure.total),
        by_people=len(completed) - len(straight),
        waiting=sum(result.run.waits_for_person for result in results),
        accuracy=None if measure.field is None else _accuracy(results, straight, measure.field),
        batch=batch,
        took=took,
        faults=_faults(results),
    )


def field_of(output: object, path: str) -> object:
    """The member at a dotted path; None where there is none."""
    for name in path.split("."):
        if not isinstance(output, Mapping):
            return None
        output = cast("Mapping[str, object]", output).get(name)
    return output


def is_correct(result: Result, field: str) -> bool:
    """Labels are text: an output that is no text is compared as it prints."""
    value = field_of(result.run.output, field)
    return value is not None and result.row.label is not None and _text(value) == result.row.label


def eta(done: int, total: int, seconds: float) -> float | None:
    """Seconds until the rest is done at the rate so far; None while there is no rate."""
    return (total - done) * seconds / done if done and seconds > 0 else None


def _accuracy(results: Sequence[Result], straight: Sequence[Result], field: str) -> Accuracy:
    return Accuracy(
        straight_through=_correct(straight, field),
        answered=_correct([result for result in results if result.run.is_final], field),
    )


def _correct(results: Sequence[Result], field: str) -> Share:
    return Share(sum(is_correct(result, field) for result in results), len(results))


def _by_status(results: Sequence[Result], total: int) -> Mapping[str, int]:
    counts = Counter(_status(result.run) for result in results)
    counts["not settled"] += total - len(results)
    return +counts  # without what is zero


def _status(run: Run) -> str:
    return run.status if run.is_settled else "not settled"


def _faults(results: Sequence[Result]) -> Sequence[tuple[str, int]]:
    """What went wrong, in one line each, most frequent first."""
    return Counter(
        describe(result.run.error) for result in results if result.run.status == "faulted"
    ).most_common()


def describe(error: Mapping[str, object] | None) -> str:
    """An RFC 9457 problem in one line."""
    problem = error or {}
    title, detail = str(problem.get("title", "Failed")), str(problem.get("detail") or "")
    return f"{title}: {detail}" if detail else title


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
