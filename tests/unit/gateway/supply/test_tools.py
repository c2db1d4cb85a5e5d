"""Tools for models that have none: asked for by a schema, and calls again in the answer."""

import itertools
import json

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from podium.gateway.errors import UpstreamFailed
from podium.gateway.supply.tool_schemas import toolbox
from podium.gateway.supply.tool_streams import ToolStream
from podium.gateway.supply.tools import answered, emulated
from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject

CITY: JsonObject = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}


def tool(name: str, parameters: JsonObject | None = None) -> dict[str, Json]:
    function: dict[str, Json] = {"name": name, "description": f"Gets the {name}."}
    return {
        "type": "function",
        "function": function if parameters is None else {**function, "parameters": parameters},
    }


def chat(**more: Json) -> dict[str, Json]:
    said: dict[str, Json] = {"model": "small", "messages": [{"role": "user", "content": "Hi"}]}
    return {**said, "tools": [tool("weather", CITY), tool("time")], **more}


def schema_of(given: JsonObject) -> dict[str, Json]:
    made = emulated(given)
    shape = made.chat["response_format"]
    assert shape["type"] == "json_schema"
    return shape["json_schema"]["schema"]


def fits(schema: JsonObject, value: Json) -> bool:
    return jsonschema_rs.validator_for(json.dumps(schema)).is_valid(value)


SUNNY = {"tool": "weather", "arguments": {"city": "Rome"}}
CLOCK = {"tool": "time", "arguments": {}}


@pytest.mark.parametrize(
    ("more", "good", "bad"),
    [
        ({}, [SUNNY, CLOCK, {"answer": "Hello"}], [{"calls": [SUNNY]}, {"answer": 7}, {}]),
        ({"tool_choice": "auto"}, [SUNNY, {"answer": ""}], [{"tool": "fly", "arguments": {}}]),
        ({"tool_choice": "required"}, [SUNNY, CLOCK], [{"answer": "Hello"}]),
        (
            {"tool_choice": {"type": "function", "function": {"name": "time"}}},
            [CLOCK],
            [SUNNY, {"answer": "Hello"}],
        ),
        (
            {
                "tool_choice": {
                    "type": "allowed_tools",
                    "allowed_tools": {"mode": "auto", "tools": [tool("time")]},
                }
            },
            [CLOCK, {"answer": "Hello"}],
            [SUNNY],
        ),
        (
            {"parallel_tool_calls": True},
            [{"calls": [SUNNY, CLOCK]}, {"answer": "x"}],
            [SUNNY, {"calls": []}, {"calls": [SUNNY] * 9}],
        ),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": CITY}}},
            [SUNNY, {"answer": {"city": "Rome"}}],
            [{"answer": "Rome"}],
        ),
        ({"response_format": {"type": "json_object"}}, [{"answer": {}}], [{"answer": "x"}]),
        ({}, [SUNNY], [{"tool": "weather", "arguments": {}}, {**SUNNY, "more": 1}]),
    ],
)
def test_the_schema_lets_through_what_may_be_said_now(more, good, bad):
    schema = schema_of(chat(**more))
    assert all(fits(schema, value) for value in good)
    assert not any(fits(schema, value) for value in bad)


def test_parameters_that_refer_to_themselves_stay_apart():
    tree: JsonObject = {
        "type": "object",
        "properties": {"left": {"$ref": "#"}, "leaf": {"$ref": "#/$defs/leaf"}},
        "$defs": {"leaf": {"type": "integer"}},
        "additionalProperties": False,
    }
    words: JsonObject = {
        "type": "object",
        "properties": {"leaf": {"$ref": "#/$defs/leaf"}},
        "$defs": {"leaf": {"type": "string"}},
    }
    schema = schema_of(chat(tools=[tool("tree", tree), tool("words", words)]))
    assert fits(schema, {"tool": "tree", "arguments": {"left": {"leaf": 1}}})
    assert not fits(schema, {"tool": "tree", "arguments": {"left": {"leaf": "x"}}})
    assert fits(schema, {"tool": "words", "arguments": {"leaf": "x"}})
    assert not fits(schema, {"tool": "words", "arguments": {"leaf": 1}})


@pytest.mark.parametrize("more", [{"tools": []}, {"tool_choice": "none"}, {"tools": None}])
def test_without_tools_the_chat_goes_on_as_it_is(more):
    shape = {"type": "json_object"}
    made = emulated(chat(**more, response_format=shape))
    assert made.box is None
    assert made.chat == {
        "model": "small",
        "messages": [{"role": "user", "content": "Hi"}],
        "response_format": shape,
    }


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"tools": [{"type": "custom", "custom": {"name": "x"}}]}, "/tools/0"),
        ({"tools": [tool("time"), {"type": "function", "function": {}}]}, "/tools/1"),
        ({"tools": [7]}, "/tools/0"),
        ({"tool_choice": {"type": "function", "function": {"name": "fly"}}}, "/tool_choice"),
        ({"tool_choice": 7}, "/tool_choice"),
    ],
)
def test_what_cannot_be_supplied_is_refused(more, pointer):
    with pytest.raises(Invalid) as refused:
        _ = emulated(chat(**more))
    assert refused.value.problems[0].path == pointer


def test_parameters_without_a_bottom_are_refused():
    deep: JsonObject = {"$ref": "#"}
    for _ in range(150):
        deep = {"properties": {"x": deep}}
    with pytest.raises(Invalid, match="nested deeper"):
        _ = schema_of(chat(tools=[tool("deep", deep)]))


def test_the_model_is_told_of_its_tools_after_what_it_was_told_before():
    made = emulated(chat(messages=[{"role": "system", "content": "Be brief."}]))
    [system] = made.chat["messages"]
    assert system["content"].startswith("Be brief.\n\nYou can use these tools:\n- weather: Gets")
    assert "answer yourself" in system["content"]
    required = emulated(chat(tool_choice="required")).chat["messages"][0]
    assert "answer yourself" not in required["content"]


def test_calls_of_earlier_turns_are_told_in_the_same_form():
    call = {"id": "c1", "type": "function", "function": {"name": "time", "arguments": "{}"}}
    other = {**call, "id": "c2"}
    messages: list[Json] = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "noon"},
        {"role": "assistant", "content": "Well:", "tool_calls": [call, other]},
        {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "one"}]},
        {"role": "tool", "tool_call_id": "c2", "content": "two"},
        "odd",
    ]
    told = emulated(chat(messages=messages, tool_choice="none")).chat["messages"]
    assert told == [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": '{"tool":"time","arguments":{}}'},
        {"role": "user", "name": "tools", "content": "Result of time: noon"},
        {
            "role": "assistant",
            "content": 'Well:\n{"calls":[{"tool":"time","arguments":{}},'
            '{"tool":"time","arguments":{}}]}',
        },
        {"role": "user", "name": "tools", "content": "Result of time: one\nResult of time: two"},
        "odd",
    ]


def box(**more: Json):
    found = toolbox(chat(**more))
    assert found is not None
    return found


def ids():
    numbers = itertools.count(1)
    return lambda: f"call_{next(numbers)}"


def said(text: str, reason: str | None = "stop") -> dict[str, Json]:
    message = {"role": "assistant", "content": text}
    return {"id": "x", "choices": [{"index": 0, "message": message, "finish_reason": reason}]}


def made(name: str, arguments: str, number: int = 1) -> dict[str, Json]:
    function = {"name": name, "arguments": arguments}
    return {"id": f"call_{number}", "type": "function", "function": function}


CASES = [
    ('{"answer": "Good\\nday"}', {}, "Good\nday", None),
    ('{"answer": {"city": "Rome"}}', {}, '{"city":"Rome"}', None),
    (json.dumps(SUNNY), {}, None, [made("weather", '{"city":"Rome"}')]),
    (json.dumps(CLOCK), {"tool_choice": "required"}, None, [made("time", "{}")]),
    (
        json.dumps({"calls": [SUNNY, CLOCK]}),
        {"parallel_tool_calls": True},
        None,
        [made("weather", '{"city":"Rome"}'), made("time", "{}", 2)],
    ),
    ("plain words", {}, "plain words", None),
    ('{"tool": "fly", "arguments": {}}', {}, '{"tool": "fly", "arguments": {}}', None),
    ('{"tool": "time", "arguments": 7}', {}, '{"tool": "time", "arguments": 7}', None),
    ("[" * 5000, {}, "[" * 5000, None),
]


@pytest.mark.parametrize(("text", "more", "content", "calls"), CASES)
def test_an_answer_says_what_the_model_means(text, more, content, calls):
    [choice] = answered(said(text), box(**more), ids())["choices"]
    assert choice["message"]["content"] == content
    assert choice["message"].get("tool_calls") == calls
    assert choice["finish_reason"] == ("tool_calls" if calls else "stop")


def test_an_answer_that_was_cut_short_stays_as_it_is():
    cut = said('{"tool": "wea', "length")
    assert answered(cut, box(), ids()) == cut


@pytest.mark.parametrize("text", ["plain words", '{"tool": "fly", "arguments": {}}'])
def test_where_a_tool_must_be_called_anything_else_is_a_failure(text):
    with pytest.raises(UpstreamFailed, match="had to call a tool"):
        _ = answered(said(text), box(tool_choice="required"), ids())
    with pytest.raises(UpstreamFailed, match="had to call a tool"):
        _ = streamed([text], box(tool_choice="required"))


def streamed(parts, tools, reason: str = "stop"):
    """Deltas and the reason to finish, of a stream with these pieces of content."""
    stream = ToolStream(tools, ids())
    chunks = [
        *({"id": "x", "choices": [{"index": 0, "delta": {"content": part}}]} for part in parts),
        {"id": "x", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]},
        {"id": "x", "choices": [], "usage": {"prompt_tokens": 1}},
    ]
    out = [one for chunk in chunks for one in stream.feed(chunk)]
    assert out[-1]["usage"] == {"prompt_tokens": 1}
    choices = [one["choices"][0] for one in out[:-1]]
    assert all(choice["finish_reason"] is None for choice in choices[:-1])
    return [choice["delta"] for choice in choices[:-1]], choices[-1]["finish_reason"]


def gathered(deltas):
    content = "".join(delta.get("content") or "" for delta in deltas)
    calls: dict[int, dict[str, Json]] = {}
    for delta in deltas:
        for call in delta.get("tool_calls", ()):
            known = calls.setdefault(call["index"], {"arguments": ""})
            known |= {"id": call.get("id", known.get("id"))}
            known |= {"name": call["function"].get("name", known.get("name"))}
            known["arguments"] += call["function"]["arguments"]
    return content, [made(c["name"], c["arguments"], int(c["id"][-1])) for c in calls.values()]


@pytest.mark.parametrize(("text", "more", "content", "calls"), CASES)
@pytest.mark.parametrize("size", [1, 3, 7, 10_000])
def test_a_stream_says_the_same(text, more, content, calls, size):
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    deltas, reason = streamed(parts, box(**more))
    words, made_ = gathered(deltas)
    assert words == (content or "")
    assert [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in made_] == [
        (c["function"]["name"], json.loads(c["function"]["arguments"])) for c in calls or ()
    ]
    assert reason == ("tool_calls" if calls else "stop")


def test_words_and_arguments_go_on_as_they_come():
    deltas, _ = streamed(['{"answer": "Good ', "day", '"}'], box())
    assert deltas == [{"content": "Good "}, {"content": "day"}]
    deltas, _ = streamed(['{"tool": "weather", "arguments": ', '{"city": "R}', 'ome"}', "}"], box())
    parts = [delta["tool_calls"][0]["function"]["arguments"] for delta in deltas]
    assert parts == ["", '{"city": "R}', 'ome"}']


def test_a_stream_that_is_cut_short_gives_what_it_had():
    deltas, reason = streamed(['{"calls": [{"tool"'], box(parallel_tool_calls=True), "length")
    assert (deltas, reason) == ([{"content": '{"calls": [{"tool"'}], "length")


def test_an_answer_without_end_is_given_up():
    with pytest.raises(UpstreamFailed, match="does not end"):
        _ = streamed(["[" + " " * 1_000_000] * 6, box())


@given(
    text=st.text(), cuts=st.lists(st.integers(1, 5), min_size=1, max_size=5), plain=st.booleans()
)
def test_any_words_come_through_any_cuts(text, cuts, plain):
    spelled = json.dumps({"answer": text}, ensure_ascii=plain)
    parts, at = [], 0
    for size in itertools.cycle(cuts):
        if at >= len(spelled):
            break
        parts.append(spelled[at : at + size])
        at += size
    deltas, _ = streamed(parts, box())
    assert gathered(deltas)[0] == text
