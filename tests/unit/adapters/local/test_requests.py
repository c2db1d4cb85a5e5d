"""What the local models make of requests, with engines that only write down what they are asked."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import cast

import pytest

from podium.adapters.local import embedder, extractor, packages, writer
from podium.adapters.local.needle import Call, Findings
from podium.kernel.errors import Invalid, Unavailable
from podium.kernel.json import Json, JsonObject

MARIA: JsonObject = {"role": "user", "content": "Maria orders 4 pumps"}
SAY: Json = [MARIA]
ORDER: JsonObject = {"type": "object", "properties": {"quantity": {"type": "integer"}}}
FORMAT: JsonObject = {"type": "json_schema", "json_schema": {"name": "order", "schema": ORDER}}
TOOLS: Json = [
    {
        "type": "function",
        "function": {"name": "order", "description": "Order", "parameters": ORDER},
    },
    {"type": "function", "function": {"name": "cancel"}},
]
SURE = Findings((Call("order", {"quantity": 4}),), (), 0.9, (), 40, 12)
UNSURE = Findings((), (Call("order", {"quantity": 4}),), 0.1, ("order.quantity",), 40, 12)
NOTHING = Findings((), (), 0.6, (), 40, 12)


class Scripted:
    """A server of llama.cpp that says these chunks."""

    def __init__(self, *chunks: JsonObject) -> None:
        self.chunks: tuple[JsonObject, ...] = chunks
        self.stopped: bool = False

    def handle_chat_completions(self, prompt: bytes, callback: Callable[[bytes], bool]) -> None:
        assert prompt == b"{}"
        self.stopped = any(callback(json.dumps(chunk).encode()) for chunk in self.chunks)


def at(value: Json, *path: str | int) -> Json:
    for step in path:
        match value, step:
            case Mapping(), str():
                value = value[step]
            case Sequence(), int() if not isinstance(value, str):
                value = value[step]
            case _:
                pytest.fail(f"There is no {step!r} in {value!r}.")
    return value


def chunk(delta: JsonObject, finish: str = "", **more: Json) -> JsonObject:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish or None}]
    return {"id": "c1", "object": "chat.completion.chunk", "created": 7, "choices": choices, **more}


def written(server: Scripted, *, unwanted: bool = False) -> list[dict[str, Json]]:
    chunks: list[dict[str, Json]] = []

    def emit(one: dict[str, Json]) -> bool:
        chunks.append(one)
        return unwanted

    writer.write(server, emit, request=b"{}", model="m")
    return chunks


def answered(found: Findings, **request: Json) -> JsonObject:
    question, wanted = extractor.read({"messages": SAY, **request})
    return extractor.answer(question, wanted, found).completion({"model": "needle"}, 7)


def test_a_missing_package_says_what_to_install():
    with pytest.raises(Unavailable, match=r"podium\[local\] is not installed: .* 'no_such_thing'"):
        _ = packages.imported("no_such_thing")
    with pytest.raises(Unavailable, match=r"Run: pip install 'podium\[local\]'"):
        _ = packages.folder("no_such_thing")


def test_a_text_to_embed_is_a_query_unless_it_says_otherwise():
    assert embedder.read({"input": "hi"}) == embedder.Texts(("hi",), is_query=True, base64=False)
    passage = {"input": ["a", "b"], "input_type": "passage", "encoding_format": "base64"}
    assert embedder.read(passage) == embedder.Texts(("a", "b"), is_query=False, base64=True)


def test_a_text_to_embed_cannot_end_early_or_break():
    assert embedder.read({"input": "a\0b\ud800"}).texts == ("a b?",)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({}, "a list of 1 to 2048 texts"),
        ({"input": []}, "a list of 1 to 2048 texts"),
        ({"input": ["x"] * 2049}, "a list of 1 to 2048 texts"),
        ({"input": [[1, 2]]}, "does not take token numbers"),
        ({"input": "x" * 32_001}, "too long to embed"),
        ({"input": "x", "dimensions": 256}, "has 384 dimensions"),
        ({"input": "x", "input_type": "poem"}, "'query' or 'passage'"),
    ],
)
def test_what_cannot_be_embedded_is_refused(request_: JsonObject, said: str):
    with pytest.raises(Invalid, match=said):
        _ = embedder.read(request_)


def test_only_known_fields_reach_llama_cpp():
    sent = cast(
        "Json",
        json.loads(
            writer.read(
                {
                    "model": "smollm2",
                    "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
                    "max_completion_tokens": 9,
                    "response_format": FORMAT,
                    "grammar": "root ::= x",
                    "lora": [{"id": 0}],
                    "user": "ana",
                }
            )
        ),
    )
    assert sent == {
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 9,
        "response_format": FORMAT,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({}, "has no messages"),
        ({"messages": []}, "has no messages"),
        ({"messages": "hi"}, "has no messages"),
        ({"messages": ["hi"]}, "an object with a role"),
        ({"messages": SAY, "tools": TOOLS}, "cannot call tools"),
        ({"messages": SAY, "n": 2}, "writes one answer"),
        ({"messages": SAY, "max_tokens": 0}, "'max_tokens' needs a whole number above 0, got 0"),
        ({"messages": [{"role": "user", "content": "\ud800"}]}, "cannot be written as JSON"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "read text only"),
    ],
)
def test_what_cannot_be_written_is_refused(request_: JsonObject, said: str):
    with pytest.raises(Invalid, match=said):
        _ = writer.read(request_)


def test_fields_keep_the_order_of_the_schema():
    schema: JsonObject = {"type": "object", "properties": {"why": {}, "answer": {}}}
    shape: JsonObject = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    sent = writer.read({"messages": SAY, "response_format": shape}).decode()
    assert sent.index('"why"') < sent.index('"answer"')
    question, _ = extractor.read({"messages": SAY, "response_format": shape})
    assert question.tools[0]["parameters"] == schema


def test_the_chunks_of_a_stream_make_up_one_completion():
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    said = written(
        Scripted(
            chunk({"role": "assistant", "content": None}),
            chunk({"content": "Hel"}, timings={"n": 1}),
            chunk({"content": "lo"}),
            chunk({}, "stop"),
            {"id": "c1", "choices": [], "usage": usage},
        )
    )
    assert [one["model"] for one in said] == ["m"] * 5
    assert "timings" not in said[1]
    assert writer.gathered(said) == {
        "id": "c1",
        "object": "chat.completion",
        "created": 7,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hello"},
                "finish_reason": "stop",
            }
        ],
        "usage": usage,
    }


def test_half_an_answer_is_not_an_answer():
    with pytest.raises(Unavailable, match="half way"):
        _ = writer.gathered(written(Scripted(chunk({"content": "Hel"}))))


def test_a_stream_that_nobody_wants_is_stopped():
    server = Scripted(*[chunk({"content": "x"})] * 9)
    assert len(written(server, unwanted=True)) == 1
    assert server.stopped


@pytest.mark.parametrize(("code", "error"), [(400, Invalid), (500, Unavailable)])
def test_an_error_of_llama_cpp_is_one_of_ours(code: int, error: type[Exception]):
    with pytest.raises(error, match="exceeds the context"):
        _ = written(Scripted({"error": {"code": code, "message": "exceeds the context"}}))


def test_needle_is_asked_for_the_fields_of_the_schema():
    system = {"role": "system", "content": "date: 2026-11-22"}
    question, _ = extractor.read({"messages": [system, MARIA], "response_format": FORMAT})
    assert question.system == "date: 2026-11-22"
    assert question.turns == ("Maria orders 4 pumps",)
    assert question.tools == ({"name": "order", "description": "", "parameters": ORDER},)


@pytest.mark.parametrize("found", [SURE, UNSURE])
def test_fields_are_given_even_when_the_engine_is_not_sure(found: Findings):
    said = answered(found, response_format=FORMAT)
    assert json.loads(str(at(said, "choices", 0, "message", "content"))) == {"quantity": 4}
    assert at(said, "choices", 0, "finish_reason") == "stop"
    assert at(said, "needle", "confidence") == found.confidence
    assert at(said, "usage") == {"prompt_tokens": 40, "completion_tokens": 12, "total_tokens": 52}


def test_fields_that_are_not_there_are_refused_not_made_up():
    message = at(answered(NOTHING, response_format=FORMAT), "choices", 0, "message")
    assert at(message, "content") is None
    assert "does not have" in str(at(message, "refusal"))


def test_a_tool_call_has_the_shape_of_openai():
    choice = at(answered(SURE, tools=TOOLS), "choices", 0)
    call = at(choice, "message", "tool_calls", 0)
    assert at(choice, "finish_reason") == "tool_calls"
    assert at(call, "function") == {"name": "order", "arguments": '{"quantity": 4}'}
    assert at(call, "type") == "function"
    assert str(at(call, "id")).startswith("call_")


def test_calls_that_the_engine_withholds_are_made_only_when_a_call_is_required():
    named = {"type": "function", "function": {"name": "order"}}
    assert at(answered(UNSURE, tools=TOOLS), "choices", 0, "finish_reason") == "stop"
    for choice in ("required", named):
        said = answered(UNSURE, tools=TOOLS, tool_choice=choice)
        assert at(said, "choices", 0, "finish_reason") == "tool_calls"
    assert at(answered(UNSURE, tools=TOOLS), "needle", "withheld", 0, "name") == "order"


def test_the_results_of_tools_follow_what_the_user_said():
    messages: list[Json] = [
        {"role": "user", "content": "earlier"},
        MARIA,
        {"role": "assistant", "content": None, "tool_calls": []},
        {"role": "tool", "content": "one"},
        {"role": "tool", "content": "two"},
        {"role": "assistant", "content": None, "tool_calls": []},
        {"role": "tool", "content": "three"},
    ]
    question, _ = extractor.read({"messages": messages, "tools": TOOLS})
    assert question.turns == ("Maria orders 4 pumps", '["one", "two"]', '["three"]')


def test_a_stream_ends_with_the_usage_when_it_is_asked_for():
    question, wanted = extractor.read({"messages": SAY, "tools": TOOLS})
    answer = extractor.answer(question, wanted, SURE)
    with_usage = {"model": "needle", "stream_options": {"include_usage": True}}
    chunks = answer.chunks(with_usage, 7)
    assert [one["choices"] == [] for one in chunks] == [False, False, True]
    assert at(chunks, 1, "choices", 0, "finish_reason") == "tool_calls"
    assert at(chunks, 2, "usage") == answer.usage.json()
    assert len(answer.chunks({"model": "needle"}, 7)) == 2


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"messages": SAY}, "answers with fields or tool calls"),
        ({"messages": SAY, "tools": TOOLS, "tool_choice": "none"}, "fields or tool calls"),
        ({"messages": SAY, "tools": [{"type": "custom"}]}, "of type function"),
        ({"messages": SAY, "tools": TOOLS, "tool_choice": "some"}, "tool_choice 'some'"),
        (
            {
                "messages": SAY,
                "tools": TOOLS,
                "tool_choice": {"type": "function", "function": {"name": "fly"}},
            },
            "names 'fly'",
        ),
        (
            {
                "messages": SAY,
                "response_format": {"type": "json_schema", "json_schema": {"schema": {"a": 1}}},
            },
            "has to be of type object",
        ),
        ({"messages": [{"role": "system", "content": "x"}], "tools": TOOLS}, "role 'user'"),
        (
            {"messages": [{"role": "user", "content": "x" * 4001}], "tools": TOOLS},
            "at most 4000 characters, got 4001",
        ),
        (
            {
                "messages": SAY,
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"schema": {"type": "object", "title": "x" * 16_000}},
                },
            },
            "bytes; local/needle reads at most 16000",
        ),
    ],
)
def test_what_needle_cannot_answer_is_refused(request_: JsonObject, said: str):
    with pytest.raises(Invalid, match=said):
        _ = extractor.read(request_)
