"""/v1 as it is on the wire."""

import json

import anyio
import anyio.lowlevel
import pytest
from tests.api.asgi import Caller
from tests.fakes_api import CHAT, FakePodium
from tests.fakes_models import refusal
from tests.pace import HANGS

from podium.gateway.errors import Failure
from podium.gateway.models import Outcome
from podium.identity.principal import Principal

pytestmark = pytest.mark.anyio


async def test_fields_unknown_to_podium_pass_in_both_directions(ann: Caller, podium: FakePodium):
    answer = await ann.post("/v1/chat/completions", {**CHAT, "x_mirror": {"deep": [1]}})
    assert podium.model.requests[0]["x_mirror"] == {"deep": [1]}
    assert answer.json["x_unknown"] == "kept"
    assert answer.headers["x-request-id"] == podium.records.kept[0].id


async def test_a_call_is_recorded_for_its_caller(ann: Caller, podium: FakePodium):
    _ = await ann.post("/v1/chat/completions", CHAT)
    assert isinstance(podium.ann, Principal)
    assert podium.records.kept[0].user == podium.ann.user


@pytest.mark.parametrize(
    ("failure", "status", "kind"),
    [
        (refusal(400, "bad"), 400, "invalid_request_error"),
        (refusal(429, "slow"), 429, "rate_limit_error"),
        (refusal(500, "down"), 503, "server_error"),
        (Failure(Outcome.TIMEOUT, "late"), 504, "server_error"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_failures_have_openais_shape_and_status(
    ann: Caller, podium: FakePodium, failure: Failure, status: int, kind: str, stream: bool
):
    podium.model.failure, podium.model.after = failure, 0
    answer = await ann.post("/v1/chat/completions", {**CHAT, "stream": stream})
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json) == {"error"}
    assert set(answer.json["error"]) == {"message", "type", "param", "code"}
    assert answer.json["error"]["type"] == kind


@pytest.mark.parametrize(
    ("change", "param", "status"),
    [
        ({"model": None}, "model", 400),
        ({"messages": []}, "messages", 400),
        ({"stream": "yes"}, "stream", 400),
        ({"model": "none"}, None, 404),
        ({"model": "embed"}, None, 400),
    ],
)
async def test_a_wrong_request_names_the_parameter(
    ann: Caller, change: dict[str, object], param: str | None, status: int
):
    answer = await ann.post("/v1/chat/completions", {**CHAT, **change})
    assert answer.status == status
    assert answer.json["error"]["param"] == param


async def test_a_missing_key_is_refused_in_openais_words(stranger: Caller):
    answer = await stranger.post("/v1/chat/completions", CHAT)
    assert answer.status == 401
    assert answer.json["error"]["type"] == "authentication_error"
    assert answer.json["error"]["code"] == "invalid_api_key"


async def test_a_stream_ends_with_done_and_hides_usage_nobody_asked_for(ann: Caller):
    answer = await ann.post("/v1/chat/completions", {**CHAT, "stream": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "content-length" not in answer.headers
    events = answer.text.split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    assert "usage" not in answer.text


async def test_usage_comes_last_where_it_is_asked_for(ann: Caller):
    body = {**CHAT, "stream": True, "stream_options": {"include_usage": True}}
    events = (await ann.post("/v1/chat/completions", body)).text.split("\n\n")
    assert json.loads(events[-3].removeprefix("data: "))["usage"]["total_tokens"] == 5


async def test_a_stream_that_breaks_off_ends_with_an_error_and_not_with_done(
    ann: Caller, podium: FakePodium
):
    podium.model.failure, podium.model.after = refusal(500, "down"), 1
    answer = await ann.post("/v1/chat/completions", {**CHAT, "stream": True})
    assert answer.status == 200
    last = json.loads(answer.text.split("\n\n")[-2].removeprefix("data: "))
    assert last["error"]["type"] == "server_error"
    assert "[DONE]" not in answer.text


async def test_a_client_that_leaves_a_stream_ends_the_call_upstream(
    ann: Caller, podium: FakePodium
):
    podium.model.hangs, podium.model.after = True, 1
    body = {**CHAT, "stream": True}
    async with ann.stream("POST", "/v1/chat/completions", body) as exchange:
        _ = await exchange.until('"content":"o"')
        exchange.left.set()
        with anyio.fail_after(HANGS):
            await podium.model.cancelled.wait()
            await podium.model.closed.wait()
            await exchange.ended.wait()
    assert [record.error.code for record in podium.records.kept if record.error] == ["cancelled"]


async def test_a_client_that_leaves_before_the_first_chunk_ends_the_call_upstream(
    ann: Caller, podium: FakePodium
):
    podium.model.hangs, podium.model.after = True, 0
    await _leave(ann, podium, "/v1/chat/completions", {**CHAT, "stream": True})


async def test_a_client_that_leaves_a_call_in_one_piece_ends_it_upstream(
    ann: Caller, podium: FakePodium
):
    podium.model.hangs = True
    await _leave(ann, podium, "/v1/chat/completions", CHAT)


async def test_a_client_that_leaves_an_embedding_ends_it_upstream(ann: Caller, podium: FakePodium):
    podium.model.hangs = True
    await _leave(ann, podium, "/v1/embeddings", {"model": "embed", "input": "x"})


async def test_an_unexpected_failure_in_a_stream_cuts_it_off(ann: Caller, podium: FakePodium):
    podium.model.crash, podium.model.after = RuntimeError("password=hunter2"), 1
    answer = await ann.post("/v1/chat/completions", {**CHAT, "stream": True})
    assert "[DONE]" not in answer.text
    assert "hunter2" not in answer.text
    assert podium.records.kept[0].error is not None


async def _leave(ann: Caller, podium: FakePodium, address: str, body: object) -> None:
    async with ann.stream("POST", address, body) as exchange:
        with anyio.fail_after(HANGS):
            while not podium.model.requests:
                await anyio.lowlevel.checkpoint()
            exchange.left.set()
            await podium.model.cancelled.wait()
            await exchange.ended.wait()
    assert [record.error.code for record in podium.records.kept if record.error] == ["cancelled"]
