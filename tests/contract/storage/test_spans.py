import pytest
from msgspec.structs import replace
from tests.contract.storage.world import NASTY, ONE, TWO, Stores, a_run, a_span, add, finish

from podium.kernel.errors import Invalid
from podium.kernel.ids import RunId
from podium.observability.ports import CallQuery, StepSummary
from podium.observability.spans import Span, SpanKind, SpanStatus

pytestmark = pytest.mark.anyio

RUN = RunId("run_1")


async def test_a_span_comes_back_as_it_was_written(stores: Stores):
    span = replace(
        a_span(
            kind=SpanKind.MODEL,
            status=SpanStatus.ERROR,
            model="m",
            tokens=2**40,
            attributes={"prompt": NASTY * 200, "list": [1, None]},
        ),
        parent="p",
        error="It said no.",
    )
    await stores.spans.write([span])
    assert await stores.spans.trace(ONE, RUN) == [span]


async def test_writing_again_replaces_by_run_and_id(stores: Stores):
    opened = a_span(seconds=None, status=SpanStatus.OPEN)
    await stores.spans.write([opened])
    await stores.spans.write([a_span(seconds=2.0), a_span("other")])
    assert await stores.spans.trace(ONE, RUN) == [a_span(seconds=2.0), a_span("other")]


async def test_of_one_span_twice_in_a_batch_the_last_counts(stores: Stores):
    opened = a_span(seconds=None, status=SpanStatus.OPEN)
    await stores.spans.write([opened, a_span("other"), a_span(seconds=3.0)])
    assert await stores.spans.trace(ONE, RUN) == [a_span(seconds=3.0), a_span("other")]


async def test_writing_nothing_is_fine(stores: Stores):
    await stores.spans.write([])
    assert await stores.spans.trace(ONE, RUN) == []


async def test_words_of_a_span_may_hold_nul(stores: Stores):
    await stores.spans.write([replace(a_span(), error="bad \0 byte", model="\ud800")])
    (span,) = await stores.spans.trace(ONE, RUN)
    assert (span.error, span.model) == ("bad ␀ byte", "\ufffd")


async def test_a_trace_is_in_order_of_time_then_path(stores: Stores):
    spans = [a_span("c", at=1.0), a_span("b", at=2.0), a_span("a", at=2.0)]
    await stores.spans.write(spans)
    assert [span.name for span in await stores.spans.trace(ONE, RUN)] == ["c", "a", "b"]


async def test_another_workspace_neither_sees_nor_replaces_a_span(stores: Stores):
    await stores.spans.write([a_span()])
    await stores.spans.write([a_span(workspace=TWO, seconds=9.0)])
    assert await stores.spans.trace(TWO, RUN) == []
    assert await stores.spans.trace(ONE, RUN) == [a_span()]


def _call(name: str, *, at: float, model: str = "big", **more: object) -> Span:
    return a_span(name, run="", kind=SpanKind.MODEL, at=at, model=model, **more)


async def _called(stores: Stores, query: CallQuery) -> str:
    page = await stores.spans.calls(ONE, query, cursor=None, limit=100)
    return " ".join(span.id for span in page.items)


async def test_calls_from_outside_of_runs_come_newest_first_and_are_filtered(stores: Stores):
    first = _call("first", at=1.0, tokens=5, attributes={"prompt": NASTY})
    await stores.spans.write(
        [
            first,
            _call("third", at=3.0, model="small"),
            _call("second", at=2.0, status=SpanStatus.ERROR),
            _call("theirs", at=2.5, workspace=TWO),
            a_span("inside", kind=SpanKind.MODEL, at=2.5, model="big"),
        ]
    )
    for query, expected in [
        (CallQuery(), "third second first"),
        (CallQuery(model="big"), "second first"),
        (CallQuery(model="big", status=SpanStatus.OK), "first"),
        (CallQuery(status=SpanStatus.ERROR), "second"),
        (CallQuery(since=2.0), "third second"),
        (CallQuery(since=9.0), ""),
        (CallQuery(model="none"), ""),
        (CallQuery(span="first"), "first"),
        (CallQuery(span="inside"), ""),
        (CallQuery(span="theirs"), ""),
    ]:
        assert await _called(stores, query) == expected
    page = await stores.spans.calls(ONE, CallQuery(since=0.0), cursor=None, limit=3)
    assert (page.items[2], page.next) == (first, None)
    theirs = await stores.spans.calls(TWO, CallQuery(), cursor=None, limit=9)
    assert [span.id for span in theirs.items] == ["theirs"]


async def test_pages_of_calls_join_up_where_many_start_at_once(stores: Stores):
    await stores.spans.write([_call(str(number), at=float(number // 3)) for number in range(7)])
    seen: list[str] = []
    cursor = None
    for _step in range(9):
        page = await stores.spans.calls(ONE, CallQuery(), cursor=cursor, limit=2)
        seen += [span.id for span in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == list("6543210")


async def test_a_cursor_that_is_none_of_calls_is_invalid(stores: Stores):
    with pytest.raises(Invalid, match="no cursor of the list of calls"):
        _ = await stores.spans.calls(ONE, CallQuery(), cursor="AAAA", limit=1)


async def _batch(stores: Stores, spans: list[Span]) -> None:
    for run in sorted({(span.run, span.workspace) for span in spans}):
        name = run[0].removeprefix("run_")
        _ = await add(stores, a_run(name, workspace=run[1], batch="b"))
    await stores.spans.write(spans)


async def test_steps_sum_up_tasks_by_name_and_model_calls_by_model(stores: Stores):
    await _batch(
        stores,
        [
            a_span("ask", span_id="1", seconds=1.0, tokens=2),
            a_span("ask", span_id="2", run="run_2", seconds=3.0, status=SpanStatus.ERROR),
            a_span("mail", span_id="3", seconds=0.5),
            a_span("chat", span_id="4", kind=SpanKind.MODEL, model="big", seconds=2.0, tokens=5),
            a_span("chat", span_id="5", kind=SpanKind.MODEL, seconds=2.0, tokens=1),
            a_span("llm", span_id="6", kind=SpanKind.FUNCTION),
            a_span("triage", span_id="7", kind=SpanKind.RUN),
            a_span("ask", span_id="8", seconds=None, status=SpanStatus.OPEN),
            a_span("ask", span_id="9", run="run_3", workspace=TWO),
        ],
    )
    _ = await add(stores, a_run("4", batch="other"))
    await stores.spans.write([a_span("ask", run="run_4")])
    assert await stores.spans.steps(ONE, "b") == [
        StepSummary("ask", "task", 2, 1, 1000.0, 3000.0, 2, 4, 2000),
        StepSummary("mail", "task", 1, 0, 500.0, 500.0, 0, 0, 0),
        StepSummary("big", "model", 1, 0, 2000.0, 2000.0, 5, 10, 5000),
        StepSummary("chat", "model", 1, 0, 2000.0, 2000.0, 1, 2, 1000),
    ]
    assert await stores.spans.steps(ONE, "none") == []


@pytest.mark.parametrize("count", [1, 2, 19, 20, 21, 100, 1001])
async def test_percentiles_are_the_nearest_rank(stores: Stores, count: int):
    seconds = [float(number) for number in range(1, count + 1)]
    seconds.sort(key=lambda second: second * 7919 % 1009)
    await _batch(
        stores, [a_span(span_id=str(n), at=0.0, seconds=each) for n, each in enumerate(seconds)]
    )
    (step,) = await stores.spans.steps(ONE, "b")
    # The smallest number that at least half (19 in 20) of 1 … count do not exceed.
    assert step.p50_ms == 1000.0 * -(-count // 2)
    assert step.p95_ms == 1000.0 * -(-count * 19 // 20)


async def test_the_tasks_that_run_now_are_counted_by_name(stores: Stores):
    def opened(name: str, run: str, kind: SpanKind = SpanKind.TASK) -> Span:
        return replace(
            a_span(name, run=run, kind=kind, seconds=None), status=SpanStatus.OPEN, ended_at=None
        )

    await _batch(
        stores,
        [
            opened("ask", "run_1"),
            opened("ask", "run_2"),
            opened("mail", "run_2"),
            opened("llm", "run_2", SpanKind.FUNCTION),
            a_span("done", run="run_1"),
            opened("crashed", "run_3"),
        ],
    )
    ended = RunId("run_3")
    _ = await finish(stores, ended, 9.0)
    assert await stores.spans.open_names(ONE, "b") == [("ask", 2), ("mail", 1)]
    assert await stores.spans.open_names(TWO, "b") == []
    assert await stores.spans.open_names(ONE, "none") == []
