from pathlib import Path

import pytest
from rich.console import Console

from podium.cli.inputs import Row
from podium.cli.show.summary import Ends, panel
from podium.cli.summary import (
    Accuracy,
    Measure,
    Result,
    Share,
    Took,
    describe,
    eta,
    field_of,
    is_correct,
    summarise,
)
from podium.cli.wire import Baseline, Batch, Run, Step, WorkflowRef

_TOOK = Took(12.0)
GOLDEN = Path(__file__).with_name("golden")


def _run(
    number: int,
    status: str,
    *,
    output: object = None,
    error: dict[str, object] | None = None,
    waiting_on: str | None = None,
) -> Run:
    return Run(
        id=f"run_{number:026d}",
        status=status,
        workflow=WorkflowRef("support", "triage", "1.0.0"),
        output=output,
        error=error,
        waiting_on=waiting_on,
    )


def _results() -> list[Result]:
    runs = [
        (_run(0, "completed", output={"intent": "a"}), "a"),
        (_run(1, "completed", output={"intent": "b"}), "a"),
        (_run(2, "completed", output={"intent": "a"}), "a"),
        (_run(3, "waiting", waiting_on="approval: refund"), "a"),
        (_run(4, "faulted", error={"title": "Timeout", "detail": "No answer in 60 s."}), "b"),
        (_run(5, "waiting", waiting_on="timer"), "b"),
    ]
    return [Result(Row(place, {}, label), run) for place, (run, label) in enumerate(runs)]


def _summary(took: Took = _TOOK):
    measure = Measure(8, {_run(2, "").id, _run(3, "").id}, "intent")
    return summarise(_results(), measure, batch=Batch(), took=took)


def test_straight_through_is_what_completed_and_asked_nobody_of_all_rows():
    assert _summary().straight_through == Share(2, 8)
    assert _summary().by_people == 1


def test_what_waits_for_a_timer_or_was_not_started_has_not_settled():
    assert _summary().by_status == {
        "completed": 3,
        "waiting": 1,
        "faulted": 1,
        "not settled": 3,
    }
    assert _summary().waiting == 1


def test_a_fault_is_a_wrong_answer_and_an_open_run_is_none():
    assert _summary().accuracy == Accuracy(Share(1, 2), Share(2, 4))


def test_without_a_field_there_is_no_accuracy():
    found = summarise(_results(), Measure(6, frozenset()), batch=Batch(), took=Took(1))
    assert found.accuracy is None


def test_the_rate_counts_only_what_settled_during_the_command():
    assert _summary().rate == 5 / 12
    assert _summary(Took(10.0, earlier=4)).rate == 1 / 10
    assert _summary(Took(0.0)).rate == 0.0


def test_faults_are_counted_by_what_they_say():
    assert _summary().faults == [("Timeout: No answer in 60 s.", 1)]
    assert describe(None) == "Failed"
    assert describe({"title": "T", "detail": None}) == "T"


def test_a_field_may_lie_inside():
    assert field_of({"a": {"b": 1}}, "a.b") == 1
    assert field_of({"a": [1]}, "a.b") is None
    assert field_of("text", "a") is None


def test_labels_are_text_and_outputs_are_compared_as_they_print():
    def correct(value: object, label: str) -> bool:
        return is_correct(Result(Row(0, {}, label), _run(0, "completed", output={"f": value})), "f")

    assert correct("yes", "yes")
    assert correct(3, "3")
    assert correct(True, "true")
    assert not correct("Yes", "yes")
    assert not correct(None, "None")


def test_eta_is_what_is_left_at_the_rate_so_far():
    assert eta(20, 100, 10.0) == 40.0
    assert eta(0, 100, 10.0) is None
    assert eta(100, 100, 10.0) == 0.0


def test_a_share_of_nothing_is_none():
    assert str(Share(0, 0)) == "none"
    assert str(Share(1, 3)) == "1 of 3 (33.3 %)"


def _step(name: str, kind: str, **more: float) -> Step:
    return Step(
        name=name,
        kind=kind,
        count=int(more.get("count", 100)),
        errors=int(more.get("errors", 0)),
        p50_ms=more.get("p50", 12.3),
        p95_ms=more.get("p95", 44.0),
        input_tokens=int(more.get("read", 0)),
        output_tokens=int(more.get("written", 0)),
        cost=int(more.get("cost", 0)),
    )


def _batch() -> Batch:
    steps = (
        _step("mask", "task", p50=0.4, p95=1.1),
        _step("classify", "task", p50=240, p95=801, errors=2),
        _step("answerTheCustomer", "task", count=88, p50=1840, p95=65_000),
        _step(
            "chat local/smollm2", "model", count=88, p50=1800, p95=4100, read=120_345, written=52
        ),
        _step("embeddings local/e5-small", "model", p50=31, p95=55, read=4123, cost=1_230_000),
    )
    return Batch(
        steps=steps,
        input_tokens=124_468,
        output_tokens=52,
        cost=1_230_000,
        baseline=Baseline("openai/gpt-6.1-sol", 912_000_000),
    )


def test_the_summary_at_100_columns_is_as_agreed():
    measure = Measure(8, {_run(2, "").id, _run(3, "").id}, "intent")
    found = summarise(_results(), measure, batch=_batch(), took=Took(192.4, earlier=1))
    ends = Ends(
        batch="triage-20261122-084815",
        results=".podium/results/triage-20261122-084815.jsonl",
        traces="podium trace run_00000000000000000000000000",
        next=["podium approvals list --batch triage-20261122-084815"],
    )
    console = Console(width=100, record=True, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(panel(found, ends))
    golden = GOLDEN / "summary.txt"
    assert captured.get() == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("columns", [80, 100, 200])
def test_with_failed_steps_every_name_and_figure_stands_on_one_line(columns: int):
    batch = Batch(
        steps=(
            *_batch().steps,
            _step("extractFields/fromTheMessage", "task", read=123_456, written=12_345, errors=3),
            _step("chat anthropic/claude-sonnet-4-5", "model", read=1_135_801, cost=12_340_000_000),
        )
    )
    found = summarise([], Measure(8, set()), batch=batch, took=Took(1.0))
    console = Console(width=columns, record=True, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(panel(found, Ends(batch="b", results="r", traces="t", next=[])))

    lines = captured.get().splitlines()
    assert max(map(len, lines)) == columns
    names = ("extractFields/fromTheMessage", "chat anthropic/claude-sonnet-4-5")
    said = [" ".join(line.split()) for line in lines if any(name in line for name in names)]
    assert "3 12 ms 44 ms" in "".join(said)
    for figures in ("123,456 12,345", "1,135,801", "$12.3400"):
        assert figures in "".join(said)
