"""/api/v1/calls."""

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import CHAT, FakePodium
from tests.fakes_models import refusal

from podium.adapters.telemetry import SpanWriter
from podium.bootstrap.parts import CallSpans
from podium.gateway.supply.modes import Supplied
from podium.gateway.supply.telling import told
from podium.kernel.ids import WorkspaceId
from podium.observability.spans import Span, SpanKind, SpanStatus

pytestmark = pytest.mark.anyio


async def _record(podium: FakePodium) -> None:
    """What the gateway recorded, on the way it takes to the store."""
    writer = SpanWriter(podium.stores.spans)
    for record in podium.records.kept:
        CallSpans(writer).record(record)
    podium.records.kept.clear()
    await writer.flush()


async def test_a_call_is_listed_with_tokens_cost_and_attempts(ann: Caller, podium: FakePodium):
    answer = await ann.post("/v1/chat/completions", CHAT, **{"x-podium-tag-app": "web"})
    await _record(podium)
    listed = (await ann.get("/api/v1/calls")).json
    assert listed["next"] is None
    (call,) = listed["items"]
    assert call == {
        "id": answer.headers["x-request-id"],
        "operation": "chat",
        "requested": "chat",
        "model": "acme/large",
        "provider": "scripted",
        "status": "ok",
        "error": None,
        "input_tokens": 3,
        "output_tokens": 1,
        "cost": 2_000_000,
        "cost_usd": 0.002,
        "ms": 0.0,
        "started_at": podium.clock.at,
        "attempts": [{"model": "acme/large", "outcome": "ok", "status": 0, "ms": 0.0}],
        "route": "chat",
        "reason": "priority: the only target",
        "cache": "",
        "supplied": [],
        "repairs": 0,
        "key": (await ann.get("/api/v1/keys")).json["items"][0]["id"],
        "team": "",
        "tags": {"app": "web"},
    }
    assert (await ann.get(f"/api/v1/calls/{call['id']}")).json == call


@pytest.mark.parametrize("stream", [False, True])
async def test_a_call_tells_with_what_its_model_was_supplied(
    ann: Caller, podium: FakePodium, stream: bool
):
    podium.model.more = told(Supplied(("tools", "json_schema"), 2))
    answer = await ann.post("/v1/chat/completions", {**CHAT, "stream": stream})
    await _record(podium)
    call = (await ann.get(f"/api/v1/calls/{answer.headers['x-request-id']}")).json
    assert (call["supplied"], call["repairs"]) == (["tools", "json_schema"], 2)
    (span,) = podium.stores.spans.rows.values()
    assert span.attributes["gen_ai.output.type"] == "json"


@pytest.mark.parametrize("said", ["x", {"supplied": ["x" * 99]}, {"repairs": -1}, [1]])
async def test_what_a_provider_says_in_our_member_is_not_believed(
    ann: Caller, podium: FakePodium, said: object
):
    podium.model.more = {"podium": said}
    answer = await ann.post("/v1/chat/completions", CHAT)
    await _record(podium)
    call = (await ann.get(f"/api/v1/calls/{answer.headers['x-request-id']}")).json
    assert (call["supplied"], call["repairs"]) == ([], 0)


async def test_a_call_that_is_none_is_not_found(ann: Caller):
    answer = await ann.get("/api/v1/calls/call_x")
    assert (answer.status, answer.code) == (404, "not_found")
    assert "There is no call call_x from outside of runs." in answer.json["detail"]


async def test_a_call_that_failed_says_why_and_its_cost_is_unknown(ann: Caller, podium: FakePodium):
    podium.model.failure = refusal(500, "The provider is down.")
    _ = await ann.post("/v1/chat/completions", CHAT)
    await _record(podium)
    (call,) = (await ann.get("/api/v1/calls?status=error")).json["items"]
    assert "The provider is down." in call["error"]
    assert call["attempts"][0]["status"] == 500
    assert (call["cost"], call["cost_usd"]) == (None, None)


async def test_calls_are_filtered_and_paged_newest_first(ann: Caller, podium: FakePodium):
    for _ in range(3):
        podium.clock.at += 10
        _ = await ann.post("/v1/chat/completions", CHAT)
    _ = await ann.post("/v1/embeddings", {"model": "embed", "input": "a"})
    await _record(podium)

    async def names(query: str) -> list[str]:
        return [one["model"] for one in (await ann.get(f"/api/v1/calls?{query}")).json["items"]]

    assert sorted(await names("")) == ["acme/large"] * 3 + ["embed"]
    assert await names("model=embed") == ["embed"]
    assert await names("status=error") == []
    assert len(await names(f"since={podium.clock.at}")) == 2
    first = (await ann.get("/api/v1/calls?limit=3")).json
    rest = (await ann.get(f"/api/v1/calls?limit=3&cursor={first['next']}")).json
    times = [one["started_at"] for one in (*first["items"], *rest["items"])]
    assert times == sorted(times, reverse=True)
    assert len(times) == 4


async def test_another_workspace_sees_none_of_them(ann: Caller, podium: FakePodium):
    theirs = Span(
        id="1",
        trace="t",
        parent=None,
        run="",
        workspace=WorkspaceId("ws_other"),
        kind=SpanKind.MODEL,
        name="chat x",
        path="",
        started_at=1.0,
        status=SpanStatus.OK,
    )
    await podium.stores.spans.write([theirs])
    assert (await ann.get("/api/v1/calls")).json["items"] == []


async def test_a_span_without_attributes_is_still_a_call(ann: Caller, podium: FakePodium):
    bare = Span(
        id="1",
        trace="t",
        parent=None,
        run="",
        workspace=podium.ann.workspace,
        kind=SpanKind.MODEL,
        name="chat x",
        path="",
        started_at=1.0,
    )
    await podium.stores.spans.write([bare])
    (call,) = (await ann.get("/api/v1/calls")).json["items"]
    assert (call["id"], call["ms"], call["attempts"]) == ("1", 0, [])


@pytest.mark.parametrize("query", ["limit=0", "status=done", "since=nan", "since=x", "cursor=AA"])
async def test_a_wrong_question_is_invalid(ann: Caller, query: str):
    assert (await ann.get(f"/api/v1/calls?{query}")).status == 422


async def test_only_answers_that_are_known_can_be_scored(ann: Caller):
    answer = await ann.post("/api/v1/calls/call_none/score", {"score": 0.5})
    assert (answer.status, answer.code) == (404, "not_found")
    assert (await ann.post("/api/v1/calls/call_none/score", {"score": 2})).status == 422
