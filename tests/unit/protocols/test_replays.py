"""A kept answer as a stream and a stream as an answer, in each protocol that has both."""

import httpx
import msgspec
import openai
import pytest
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter
from tests.unit.gateway.fakes import StillClock

from podium.gateway.caching.ports import Form
from podium.gateway.models import Operation, Usage
from podium.gateway.requests import Reply, Request
from podium.kernel.json import Json
from podium.protocols.anthropic.provider import AnthropicProvider
from podium.protocols.callers import callers
from podium.protocols.openai.chat_provider import OpenAIChatProvider
from podium.protocols.replays import Replays
from podium.protocols.responses.replaying import ResponseReplays

SPOKEN = callers(StillClock())
FORMS: dict[str, Form] = {
    "openai_chat": Replays(SPOKEN["openai_chat"], OpenAIChatProvider()),
    "anthropic_messages": Replays(SPOKEN["anthropic_messages"], AnthropicProvider()),
    "openai_responses": ResponseReplays(),
}
OPENAI: dict[str, Json] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 7,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "Good day",
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "f", "arguments": '{"x":1}'},
                    }
                ],
            },
            "finish_reason": "tool_calls",
        }
    ],
    "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
}
ANTHROPIC: dict[str, Json] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [
        {"type": "text", "text": "Good day"},
        {"type": "tool_use", "id": "c1", "name": "f", "input": {"x": 1}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 7, "output_tokens": 3},
}
SEARCHED: dict[str, Json] = {
    "type": "web_search_call",
    "id": "ws_1",
    "status": "completed",
    "action": {"type": "search", "query": "the time"},
}
RESPONSE: dict[str, Json] = {
    "id": "resp_1",
    "object": "response",
    "created_at": 7,
    "model": "m",
    "status": "completed",
    "error": None,
    "incomplete_details": None,
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "output": [
        {
            "id": "rs_1",
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "Hm"}],
            "encrypted_content": "secret",
        },
        SEARCHED,
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [
                {"type": "output_text", "text": "Good day", "annotations": [], "logprobs": []},
                {"type": "refusal", "refusal": "No more"},
            ],
        },
        {
            "id": "fc_1",
            "type": "function_call",
            "status": "completed",
            "call_id": "c1",
            "name": "f",
            "arguments": '{"x":1}',
        },
    ],
    "usage": {
        "input_tokens": 7,
        "input_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 0},
        "output_tokens": 3,
        "output_tokens_details": {"reasoning_tokens": 1},
        "total_tokens": 10,
    },
}
ANSWERS = {
    "openai_chat": OPENAI,
    "anthropic_messages": ANTHROPIC,
    "openai_responses": RESPONSE,
}


def request(protocol: str, **fields: Json) -> Request:
    messages: list[Json] = [{"role": "user", "content": "Hi"}]
    return Request(protocol, Operation.CHAT, {"model": "m", "messages": messages, **fields})


def kept(protocol: str) -> Reply:
    return Reply(msgspec.json.encode(ANSWERS[protocol]), Usage(7, 3), "m", ("stop",))


@pytest.mark.parametrize("protocol", FORMS)
def test_an_answer_is_the_same_after_it_was_a_stream(protocol: str):
    form = FORMS[protocol]
    asked = request(protocol, stream=True, stream_options={"include_usage": True})
    events = b"".join(form.events(kept(protocol), asked))
    whole = form.whole(events, asked, None)
    assert whole is not None
    said, before = msgspec.json.decode(whole.body), ANSWERS[protocol]
    assert said["model"] == "m"
    if protocol == "openai_chat":
        message, wanted = said["choices"][0]["message"], before["choices"][0]["message"]
        assert {name: message[name] for name in wanted} == wanted
    elif protocol == "openai_responses":
        assert said == before
    else:
        assert said["content"] == before["content"]
        assert said["stop_reason"] == "tool_use"
    assert (whole.usage.input, whole.usage.output) == (7, 3)
    assert whole.finish_reasons


def test_usage_that_the_caller_did_not_ask_for_is_hidden_and_kept_all_the_same():
    form, asked = FORMS["openai_chat"], request("openai_chat", stream=True)
    events = b"".join(form.events(kept("openai_chat"), asked))
    assert b'"usage"' not in events
    whole = form.whole(events, asked, Usage(7, 3, 2, 1))
    assert whole is not None
    assert whole.usage == Usage(7, 3, 2, 1)
    assert b'"cached_tokens":2' in whole.body


@pytest.mark.parametrize("status", ["completed", "incomplete"])
def test_the_sdk_reads_a_kept_response_as_the_stream_of_it(status: str):
    cut = {"reason": "max_output_tokens"} if status == "incomplete" else None
    before = {**RESPONSE, "status": status, "incomplete_details": cut}
    reply = Reply(msgspec.json.encode(before), None)
    told = b"".join(FORMS["openai_responses"].events(reply, request("openai_responses")))

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=told)

    http = httpx.Client(transport=httpx.MockTransport(answer))
    with (
        openai.OpenAI(base_url="http://x/v1", api_key="k", http_client=http) as client,
        client.responses.stream(model="m", input="Hi") as stream,
    ):
        events = list(stream)
    assert (events[0].type, events[-1].type) == ("response.created", f"response.{status}")
    assert events[-1].response.to_dict()["output"][:2] == before["output"][:2]
    assert events[-1].response.output_text == "Good day"
    assert events[-1].response.usage.output_tokens_details.reasoning_tokens == 1


def test_each_event_of_a_kept_response_is_one_that_openai_describes():
    reply = kept("openai_responses")
    events = TypeAdapter(ResponseStreamEvent)
    numbers = []
    for block in FORMS["openai_responses"].events(reply, request("openai_responses")):
        name, data = block.decode().removesuffix("\n\n").split("\ndata: ")
        event = events.validate_json(data)
        assert name == f"event: {event.type}"
        numbers.append(event.sequence_number)
    assert numbers == list(range(len(numbers)))


def test_a_response_that_failed_is_not_kept():
    events = b'event: response.failed\ndata: {"type":"response.failed","response":{}}\n\n'
    assert FORMS["openai_responses"].whole(events, request("openai_responses"), None) is None


@pytest.mark.parametrize("protocol", FORMS)
@pytest.mark.parametrize("damage", ["cut", "garbled", "empty", "nothing"])
def test_what_is_no_whole_stream_is_no_answer(protocol: str, damage: str):
    form, asked = FORMS[protocol], request(protocol, stream=True)
    events = b"".join(form.events(kept(protocol), asked))
    blocks = events.split(b"\n\n")
    damaged = {
        "cut": b"\n\n".join(blocks[:1]) + b"\n\n",
        "garbled": b'event: message_start\ndata: {"choices": 7\n\n' + events + b"data: 7\n\n",
        "empty": b"",
        "nothing": b": comment\n\n",
    }[damage]
    assert form.whole(damaged, asked, None) is None
