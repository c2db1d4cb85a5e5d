"""Which answers stand, and which send the question on."""

from math import log

import pytest
from tests.unit.gateway.routing.scenes import Stand, ask, route, target

from podium.gateway.routing.answers import answer_of
from podium.gateway.routing.cascade import Escalating
from podium.gateway.routing.choice import Accepted, Answer, Escalate
from podium.gateway.routing.options import Cascade, Priority
from podium.kernel.errors import Invalid
from podium.kernel.json import Json

SCHEMA: Json = {"type": "object", "required": ["intent"]}


def _why(options: Cascade, answer: Answer) -> str:
    match Escalating(options).accepts(answer):
        case Escalate(reason):
            return reason
        case Accepted():
            return ""


def test_a_good_answer_stands() -> None:
    options = Cascade(confidence=0.8, pattern="^\\{", schema=SCHEMA)
    good = Answer('{"intent": "refund"}', "stop", (log(0.9), log(0.95)))
    assert _why(options, good) == ""


@pytest.mark.parametrize(
    ("options", "answer", "why"),
    [
        (Cascade(), Answer("  "), "empty"),
        (Cascade(), Answer("Half an ans", "length"), "cut off"),
        (Cascade(), Answer("I\u2019m sorry, but I can't help with that."), "refusal"),
        (Cascade(), Answer("As an AI language model I cannot know."), "refusal"),
        (Cascade(), Answer("Fine.", refused=True), "refusal"),
        (Cascade(), Answer("Fine.", "content_filter"), "refusal"),
        (Cascade(confidence=0.9), Answer("Fine."), "without log-probabilities"),
        (Cascade(confidence=0.9), Answer("Fine.", logprobs=(log(0.5),)), "0.50 sure"),
        (Cascade(confidence=0.9), Answer("Fine.", logprobs=(float("nan"),)), "sure"),
        (Cascade(pattern="^[A-D]$"), Answer("Maybe B"), "does not match"),
        (Cascade(schema=SCHEMA), Answer("Sure! {}"), "not JSON"),
        (Cascade(schema=SCHEMA), Answer("[" * 100_000), "not JSON"),
        (Cascade(schema=SCHEMA), Answer("{}"), "does not satisfy the schema"),
        (Cascade(schema=SCHEMA), Answer("1" * 1_000_001), "too long"),
    ],
)
def test_an_answer_that_fails_a_test_says_which(options: Cascade, answer: Answer, why: str) -> None:
    assert why in _why(options, answer)


def test_an_answer_that_calls_tools_has_no_text_to_test() -> None:
    options = Cascade(pattern="x", schema=SCHEMA)
    assert _why(options, Answer("", "tool_calls", calls_tools=True)) == ""


def test_refusals_may_be_what_is_wanted() -> None:
    assert _why(Cascade(refuse_refusals=False), Answer("I cannot say.")) == ""


def test_a_pattern_takes_linear_time() -> None:
    assert "match" in _why(Cascade(pattern="^(a+)+$"), Answer("a" * 50_000 + "!"))


@pytest.mark.parametrize("options", [Cascade(pattern="("), Cascade(schema={"type": "wrong"})])
def test_what_is_no_test_is_refused(options: Cascade) -> None:
    with pytest.raises(Invalid, match="of a cascade cannot be used"):
        _ = Escalating(options)


def test_the_choice_of_a_cascade_judges_answers_and_others_take_any() -> None:
    stand = Stand()
    targets = (target("a"), target("b"))
    choice = stand.choose(ask(), route(*targets, strategy=Cascade()))
    assert isinstance(choice.accepts(Answer("")), Escalate)
    choice = stand.choose(ask(), route(*targets, strategy=Priority()))
    assert isinstance(choice.accepts(Answer("")), Accepted)


def test_answers_are_read_in_each_protocol() -> None:
    completion: dict[str, Json] = {
        "choices": [
            {
                "message": {"content": "Hi", "tool_calls": []},
                "finish_reason": "stop",
                "logprobs": {"content": [{"logprob": -0.5}, {"logprob": None}]},
            }
        ]
    }
    assert answer_of(completion) == Answer("Hi", "stop", (-0.5,))
    response: dict[str, Json] = {
        "status": "completed",
        "output": [
            {"type": "message", "content": [{"type": "output_text", "text": "Hi"}]},
            {"type": "function_call"},
        ],
    }
    assert answer_of(response) == Answer("Hi", "completed", calls_tools=True)
    message: dict[str, Json] = {"content": [{"text": "Hi"}], "stop_reason": "tool_use"}
    assert answer_of(message) == Answer("Hi", "tool_use", calls_tools=True)
    assert answer_of({"choices": "odd"}) == Answer("")
