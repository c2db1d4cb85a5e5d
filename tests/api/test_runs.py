"""/api/v1/runs, their traces and their batches."""

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import DOCUMENT, FakePodium

from podium.kernel.json import JsonObject
from podium.observability.spans import SpanKind, SpanStatus

pytestmark = pytest.mark.anyio
WISH = {"workflow": {"namespace": "support", "name": "greet"}, "input": {"text": "Hi"}}


@pytest.fixture(autouse=True)
async def _stored(podium: FakePodium):
    _ = await podium.workflows.put(podium.ann, DOCUMENT, name="greet")


async def test_a_run_is_started_with_all_that_was_asked(ann: Caller, podium: FakePodium):
    answer = await ann.post("/api/v1/runs", {**WISH, "batch": "b1", "labels": {"team": "x"}})
    assert answer.status == 201
    run = answer.json
    assert answer.headers["location"] == f"/api/v1/runs/{run['id']}"
    assert podium.engine.started == [run["id"]]
    assert run["status"] == "pending"
    assert run["workflow"]["version"] == "1.0.0"
    assert (run["batch"], run["labels"], run["input"]) == ("b1", {"team": "x"}, {"text": "Hi"})
    assert (await ann.get(f"/api/v1/runs/{run['id']}")).json == run


async def test_the_same_idempotency_key_starts_one_run(ann: Caller, podium: FakePodium):
    first = await ann.post("/api/v1/runs", WISH, idempotency_key="k1")
    podium.clock.at += 5
    again = await ann.post("/api/v1/runs", WISH, idempotency_key="k1")
    assert (first.status, again.status) == (201, 200)
    assert again.json == first.json
    # A run that is pending still is handed to the engine again, which starts an id once.
    assert len(set(podium.engine.started)) == 1


async def test_a_key_that_started_something_else_is_a_conflict(ann: Caller):
    _ = await ann.post("/api/v1/runs", WISH, idempotency_key="k1")
    answer = await ann.post("/api/v1/runs", {**WISH, "input": 2}, idempotency_key="k1")
    assert answer.status == 409


async def test_a_run_of_an_unknown_workflow_is_not_found(ann: Caller):
    wish = {"workflow": {"namespace": "support", "name": "none"}}
    assert (await ann.post("/api/v1/runs", wish)).status == 404


async def test_runs_are_listed_newest_first_in_pages_and_none_twice(
    ann: Caller, podium: FakePodium
):
    started = [(await podium.run()).id for _ in range(5)]
    seen: list[str] = []
    target = "/api/v1/runs?limit=2"
    while True:
        page = (await ann.get(target)).json
        seen += [run["id"] for run in page["items"]]
        if page["next"] is None:
            break
        target = f"/api/v1/runs?limit=2&cursor={page['next']}"
    assert seen == started[::-1]


async def test_runs_are_filtered(ann: Caller, podium: FakePodium):
    one = await podium.run(batch="b1")
    two = await podium.run()
    _ = await podium.runs.cancel(podium.ann, one.id)

    async def ids(query: str) -> list[str]:
        answer = await ann.get(f"/api/v1/runs?{query}")
        assert answer.status == 200, answer.text
        return [run["id"] for run in answer.json["items"]]

    assert await ids("status=cancelled") == [one.id]
    assert await ids("batch=b1") == [one.id]
    assert await ids("workflow=support/greet&status=pending") == [two.id]
    assert await ids(f"created_after={one.created_at}") == [two.id]
    assert await ids(f"created_before={two.created_at}") == [one.id]


async def test_a_run_is_cancelled_and_resumed(ann: Caller, podium: FakePodium):
    run = await podium.run()
    cancelled = await ann.post(f"/api/v1/runs/{run.id}/cancel")
    assert cancelled.json["status"] == "cancelled"
    assert (await ann.post(f"/api/v1/runs/{run.id}/cancel")).status == 409
    assert (await ann.post(f"/api/v1/runs/{run.id}/resume")).json["status"] == "pending"
    assert (await ann.post(f"/api/v1/runs/{run.id}/resume")).status == 409


async def test_a_trace_has_the_spans_with_their_tokens_and_cost(ann: Caller, podium: FakePodium):
    run = await podium.run()
    span = podium.span(
        run, SpanKind.MODEL, "/do/ask!0", model="acme/large", input_tokens=3, cost=1_500_000
    )
    await podium.stores.spans.write([podium.span(run, SpanKind.RUN, ""), span])
    spans = (await ann.get(f"/api/v1/runs/{run.id}/trace")).json["spans"]
    assert [one["kind"] for one in spans] == ["run", "model"]
    assert spans[1]["input_tokens"] == 3
    assert (spans[1]["cost"], spans[1]["cost_usd"]) == (1_500_000, 0.0015)


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("GET", ""),
        ("GET", "/trace"),
        ("GET", "/events"),
        ("POST", "/cancel"),
        ("POST", "/resume"),
    ],
)
async def test_an_unknown_run_is_not_found(ann: Caller, method: str, rest: str):
    answer = await ann.call(method, f"/api/v1/runs/run_none{rest}")
    assert answer.status == 404
    assert answer.code == "not_found"


async def test_a_batch_tells_counts_steps_cost_and_what_runs(ann: Caller, podium: FakePodium):
    one, two = await podium.run(batch="b 1"), await podium.run(batch="b 1")
    _ = await podium.engine.finish(one.id, 2e6, output=1)
    done = {"ended_at": podium.clock.at + 0.25, "status": SpanStatus.OK}
    await podium.stores.spans.write(
        [
            podium.span(one, SpanKind.TASK, "/do/ask", **done),
            podium.span(
                one,
                SpanKind.MODEL,
                "/do/ask!0",
                input_tokens=3,
                output_tokens=2,
                cost=1_000_000_000,
                **done,
            ),
            podium.span(two, SpanKind.TASK, "/do/ask"),
        ]
    )
    _ = await podium.question(two, {"amount": 5})
    batch = (await ann.get("/api/v1/batches/b%201")).json
    assert batch["counts"]["completed"] == 1
    assert batch["counts"]["pending"] == 1
    assert batch["waiting_approvals"] == 1
    assert {step["kind"] for step in batch["steps"]} == {"task", "model"}
    assert batch["steps"][0]["p50_ms"] == 250
    assert batch["running"] == [{"name": "ask", "count": 1}]
    assert (batch["tokens"], batch["cost"], batch["cost_usd"]) == (5, 1_000_000_000, 1.0)
    assert batch["baseline"]["model"] == "openai/gpt-6.1-sol"
    assert batch["baseline"]["cost_usd"] == 0.002


async def test_a_run_is_paused_and_resumed(ann: Caller, podium: FakePodium):
    run = await podium.run()
    paused = await ann.post(f"/api/v1/runs/{run.id}/pause")
    assert paused.json["status"] == "suspended"
    assert (await ann.post(f"/api/v1/runs/{run.id}/resume")).json["status"] == "pending"


async def test_a_run_at_rest_is_retried_from_a_task_with_another_input(
    ann: Caller, podium: FakePodium
):
    run = await podium.run()
    wish = {"path": "/do/hello", "input": None}
    assert (await ann.post(f"/api/v1/runs/{run.id}/retry", wish)).status == 409
    await podium.engine.finish(run.id, 2e6, output=1)
    answer = await ann.post(f"/api/v1/runs/{run.id}/retry", wish)
    assert (answer.status, answer.json["status"]) == (200, "pending")
    assert podium.stores.journal.rows[run.id].edits.inputs == {"/do/hello": None}


@pytest.mark.parametrize("verb", ["retry", "fork"])
async def test_a_task_that_the_document_does_not_have_is_not_found(
    ann: Caller, podium: FakePodium, verb: str
):
    run = await podium.run()
    answer = await ann.post(f"/api/v1/runs/{run.id}/{verb}", {"path": "/do/helo"})
    assert answer.status == 404
    assert "/do/hello" in answer.json["detail"]


async def test_a_fork_is_a_new_run_and_the_first_one_stays(ann: Caller, podium: FakePodium):
    run = await podium.run()
    await podium.engine.finish(run.id, 2e6, output=1)
    answer = await ann.post(f"/api/v1/runs/{run.id}/fork", {"path": "/do/hello"})
    assert answer.status == 201
    assert answer.json["labels"]["forked_from"] == run.id
    assert podium.stores.journal.rows[answer.json["id"]].edits.cut == "/do/hello"
    assert podium.stores.journal.rows[run.id].run.status == "completed"


async def test_many_runs_are_changed_by_filter_and_each_refusal_is_told(
    ann: Caller, podium: FakePodium
):
    one, two = await podium.run(batch="b"), await podium.run(batch="b")
    other = await podium.run(batch="other")
    await podium.engine.finish(two.id, 2e6, output=1)
    wish = {"change": "cancel", "filters": {"batch": "b"}}
    answer = await ann.post("/api/v1/runs/changes", wish)
    assert answer.json["changed"] == [one.id]
    assert "has ended (completed)" in answer.json["refused"][two.id]
    assert podium.stores.journal.rows[other.id].run.status == "pending"


async def test_many_runs_are_forked_by_filter_with_one_input(ann: Caller, podium: FakePodium):
    runs = [await podium.run(batch="b") for _ in range(2)]
    for run in runs:
        await podium.engine.finish(run.id, 2e6, output=1)
    wish = {"change": "fork", "filters": {"batch": "b"}, "path": "/do/hello", "input": {"a": 2}}
    answer = await ann.post("/api/v1/runs/changes", wish)
    made = [podium.stores.journal.rows[one] for one in answer.json["changed"]]
    assert {row.run.labels["forked_from"] for row in made} == {run.id for run in runs}
    assert [row.edits.cut for row in made] == ["/do/hello"] * 2
    assert not {row.run.id for row in made} & {run.id for run in runs}


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"change": "fork", "filters": {"batch": "b"}}, "needs the path"),
        ({"change": "cancel", "filters": {}}, "every run"),
        ({"change": "retry", "filters": {"batch": "b"}}, "needs the path"),
        ({"change": "delete", "filters": {"batch": "b"}}, "cancel"),
    ],
)
async def test_a_change_of_many_that_says_too_little_is_invalid(
    ann: Caller, wish: JsonObject, said: str
):
    answer = await ann.post("/api/v1/runs/changes", wish)
    assert answer.status == 422
    assert said in str(answer.json)
