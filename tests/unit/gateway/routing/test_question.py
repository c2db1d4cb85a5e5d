"""What is known of a question, whatever stands in it."""

import pytest
from tests.unit.gateway.routing.scenes import ask

from podium.gateway.models import Operation
from podium.gateway.requests import Request
from podium.gateway.routing.question import TEXT_LIMIT, Question
from podium.kernel.json import Json


def _of(**fields: Json) -> Question:
    return Question(Request("openai_responses", Operation.CHAT, fields))


def test_its_text_is_what_the_user_said_last() -> None:
    messages: Json = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "First."},
        {"role": "assistant", "content": "Yes?"},
        {"role": "user", "content": [{"type": "text", "text": "Second."}, {"text": "Third."}]},
        {"role": "assistant", "content": "prefix"},
    ]
    assert _of(messages=messages).text() == "Second.\nThird."


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"input": "Plain."}, "Plain."),
        ({"input": ["One.", "Two."]}, "Two."),
        ({"input": [{"role": "user", "content": [{"type": "input_text", "text": "In."}]}]}, "In."),
        ({"prompt": "Old."}, "Old."),
        ({"messages": []}, ""),
        ({"messages": [3, None, {"role": "user"}]}, ""),
        ({}, ""),
    ],
)
def test_every_shape_has_a_text(fields: dict[str, Json], text: str) -> None:
    assert _of(**fields).text() == text


def test_a_long_text_is_its_beginning_and_its_end() -> None:
    text = ask("a" * 5_000_000 + "b" * 5_000_000).text()
    assert len(text) == TEXT_LIMIT + 1
    assert text.startswith("aaa")
    assert text.endswith("bbb")


def test_inlined_files_are_not_text() -> None:
    assert ask([{"type": "text", "text": "data:image/png;base64,AAAA"}]).text() == ""


def test_its_size_is_that_of_the_body_where_there_is_one() -> None:
    request = Request("openai_chat", Operation.CHAT, {}, body=b"x" * 400)
    assert Question(request).size() == 101
    assert ask("x" * 400).size() == 101


def test_the_longest_answer_is_a_positive_number_or_unknown() -> None:
    assert ask(max_tokens=7).most_tokens() == 7
    assert ask(max_completion_tokens=9).most_tokens() == 9
    assert ask(max_tokens=-1).most_tokens() == 0
    assert ask(max_tokens=True).most_tokens() == 0


@pytest.mark.parametrize("hostile", [[[[]]] * 10_000, {"content": {"content": "deep"}}, 1.5, None])
def test_odd_content_is_no_error(hostile: Json) -> None:
    question = ask(hostile)
    assert isinstance(question.text(), str)
    assert question.needs() == frozenset()


def test_a_schema_may_be_asked_for_in_the_words_of_responses() -> None:
    assert _of(input="x", text={"format": {"type": "json_schema"}}).needs() == {"json_schema"}
    assert _of(input="x", text={"format": {"type": "text"}}).needs() == frozenset()
