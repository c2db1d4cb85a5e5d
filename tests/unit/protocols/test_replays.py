"""A kept answer as a stream and a stream as an answer, in each protocol that has both."""

import msgspec
import pytest
from tests.unit.gateway.fakes import StillClock

from podium.gateway.models import Operation, Usage
from podium.gateway.requests import Reply, Request
from podium.kernel.json import Json
from podium.protocols.anthropic.provider import AnthropicProvider
from podium.protocols.callers import callers
from podium.protocols.openai.chat_provider import OpenAIChatProvider
from podium.protocols.replays import Replays

SPOKEN = callers(StillClock())
FORMS = {
    "openai_chat": Replays(SPOKEN["openai_chat"], OpenAIChatProvider()),
    "anthropic_messages": Replays(SPOKEN["anthropic_messages"], AnthropicProvider()),
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
ANSWERS = {"openai_chat": OPENAI, "anthropic_messages": ANTHROPIC}


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


@pytest.mark.parametrize("protocol", FORMS)
@pytest.mark.parametrize("damage", ["cut", "garbled", "empty", "nothing"])
def test_what_is_no_whole_stream_is_no_answer(protocol: str, damage: str):
    form, asked = FORMS[protocol], request(protocol, stream=True)
    events = b"".join(form.events(kept(protocol), asked))
    blocks = events.split(b"\n\n")
    damaged = {
        "cut": b"\n\n".join(blocks[:1]) + b"\n\n",
        "garbled": b'event: message_start\ndata: {"choices": 7\n\n' + events,
        "empty": b"",
        "nothing": b": comment\n\n",
    }[damage]
    assert form.whole(damaged, asked, None) is None
