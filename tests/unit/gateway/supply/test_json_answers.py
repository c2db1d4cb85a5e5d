"""JSON that fits a schema from models that cannot be held to one."""

import json
from collections.abc import Sequence

import jsonschema_rs
import pytest

from podium.gateway.supply.json_answers import Good, Hopeless, JsonAnswers, Repair, bare
from podium.kernel.json import Json, JsonObject

SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"age": {"type": "integer"}},
    "required": ["age"],
}
SHAPE: JsonObject = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}


def problems(schema: JsonObject, value: Json) -> Sequence[str]:
    validator = jsonschema_rs.validator_for(json.dumps(schema))
    return [error.message for error in validator.iter_errors(value)]


def answers(shape: JsonObject = SHAPE, repairs: int = 2) -> JsonAnswers:
    chat: dict[str, Json] = {
        "model": "small",
        "messages": [{"role": "user", "content": "How old?"}],
        "response_format": shape,
    }
    asked = JsonAnswers.asked(chat, problems, repairs)
    assert asked is not None
    return asked


def said(text: Json, reason: str | None = "stop", **more: Json) -> dict[str, Json]:
    message = {"role": "assistant", "content": text, **more}
    return {"choices": [{"index": 0, "message": message, "finish_reason": reason}]}


def test_the_model_is_told_the_schema_and_its_provider_is_not():
    chat = answers().chat
    assert "response_format" not in chat
    system, user = chat["messages"]
    assert json.dumps(SCHEMA, separators=(",", ":")) in system["content"]
    assert user["content"] == "How old?"


@pytest.mark.parametrize("shape", [None, {"type": "text"}, {}, "odd"])
def test_a_chat_that_wants_no_json_is_left_alone(shape):
    assert JsonAnswers.asked({"messages": [], "response_format": shape}, problems, 2) is None


@pytest.mark.parametrize(
    "text",
    [
        '{"age": 7}',
        ' {"age": 7}\n',
        '```json\n{"age": 7}\n```',
        '```\n{"age": 7}```',
        'Sure! Here it is:\n```json\n{"age": 7}\n```\nAnything else?',
        'Here: {"age": 7} as you wished.',
    ],
)
def test_an_answer_that_fits_is_good_whatever_is_around_it(text):
    verdict = answers().check(said(text), 1)
    assert verdict == Good(said('{"age":7}'))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("seven", "no JSON"),
        ("", "no JSON"),
        ('{"age": ', "no JSON"),
        ('{"age": "seven"}', "seven"),
        ("{}", "required"),
        ("[" * 5_000, "no JSON"),
    ],
)
def test_one_that_does_not_is_asked_for_again_with_what_is_wrong(text, reason):
    first = answers()
    verdict = first.check(said(text), 1)
    assert isinstance(verdict, Repair)
    assert reason in verdict.reason
    assert verdict.chat["messages"][:2] == first.chat["messages"]
    before, told = verdict.chat["messages"][2:]
    assert before == {"role": "assistant", "content": text}
    assert reason in told["content"]
    assert len(told["content"]) < 2_000


def test_after_some_tries_it_is_hopeless():
    wrong = said("seven")
    assert isinstance(answers().check(wrong, 2), Repair)
    verdict = answers().check(wrong, 3)
    assert isinstance(verdict, Hopeless)
    assert "3 tries" in verdict.reason
    assert isinstance(answers(repairs=0).check(wrong, 1), Hopeless)


@pytest.mark.parametrize(
    "completion",
    [
        said('{"age": ', "length"),
        said(None, "tool_calls"),
        said(None, "stop", refusal="I may not."),
        said(None, "content_filter"),
    ],
)
def test_what_says_itself_that_it_is_no_answer_is_left_alone(completion):
    assert answers().check(completion, 1) == Good(completion)


def test_any_json_object_will_do_where_no_schema_is_given():
    asked = answers({"type": "json_object"})
    assert isinstance(asked.check(said("{}"), 1), Good)
    assert isinstance(asked.check(said("[]"), 1), Repair)


def test_one_wrong_choice_of_several_is_asked_for_again():
    both = {"choices": [*said('{"age": 7}')["choices"], *said("no")["choices"]]}
    assert isinstance(answers().check(both, 1), Repair)


@pytest.mark.parametrize(
    ("text", "found"),
    [("x", "x"), ("} {", "} {"), ("a [1] b", "[1]"), ("```", ""), ("[1]", "[1]")],
)
def test_json_is_found_among_words(text, found):
    assert bare(text) == found
