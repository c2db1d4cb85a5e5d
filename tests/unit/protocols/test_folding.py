"""Chunks and completions, each made from the other."""

from hypothesis import given
from hypothesis import strategies as st

from podium.kernel.json import Json
from podium.protocols.folding import gathered, pieces

HEAD: dict[str, Json] = {"id": "chatcmpl-1", "created": 7, "model": "m", "service_tier": "flex"}


def said(delta: dict[str, Json], at: int = 0, reason: str | None = None, **more: Json):
    choice = {"index": at, "delta": delta, "finish_reason": reason, **more}
    return {**HEAD, "object": "chat.completion.chunk", "choices": [choice]}


def test_words_are_joined_and_the_end_is_kept():
    whole = gathered(
        [
            said({"role": "assistant", "content": ""}),
            said({"content": "Good "}),
            said({"content": "day", "reasoning_content": "polite"}),
            said({}, reason="stop"),
            {**HEAD, "choices": [], "usage": {"prompt_tokens": 3}},
        ]
    )
    message = {"role": "assistant", "content": "Good day", "reasoning_content": "polite"}
    assert whole == {
        **HEAD,
        "object": "chat.completion",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 3},
    }


def test_calls_are_put_together_by_their_index():
    whole = gathered(
        [
            said(
                {
                    "tool_calls": [
                        {
                            "index": 0,
                            "id": "a",
                            "type": "function",
                            "function": {"name": "f", "arguments": ""},
                        }
                    ]
                }
            ),
            said(
                {
                    "tool_calls": [
                        {"index": 1, "id": "b", "function": {"name": "g", "arguments": "{}"}}
                    ]
                }
            ),
            said(
                {
                    "tool_calls": [
                        {
                            "index": 0,
                            "id": "a",
                            "type": "function",
                            "function": {"arguments": '{"x"'},
                        }
                    ]
                }
            ),
            said({"tool_calls": [{"index": 0, "function": {"name": "", "arguments": ":1}"}}]}),
            said({}, reason="tool_calls"),
        ]
    )
    [choice] = whole["choices"]
    assert choice["message"]["tool_calls"] == [
        {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}},
        {"id": "b", "function": {"name": "g", "arguments": "{}"}},
    ]
    assert choice["message"]["content"] is None


def test_choices_come_in_their_order_with_their_logprobs():
    whole = gathered(
        [
            said({"content": "b"}, 1, logprobs={"content": [{"token": "b"}]}),
            said({"content": "a"}, 0),
            said({"content": "c"}, 1, logprobs={"content": [{"token": "c"}]}),
            said({}, 1, "length"),
        ]
    )
    first, second = whole["choices"]
    assert (first["message"]["content"], first["finish_reason"]) == ("a", None)
    assert second["message"]["content"] == "bc"
    assert second["logprobs"] == {"content": [{"token": "b"}, {"token": "c"}]}
    assert second["finish_reason"] == "length"


def test_odd_chunks_harm_nothing():
    odd: list[dict[str, Json]] = [
        {},
        {"choices": None},
        {"choices": [None, 7, {"index": "x", "delta": "no"}]},
        said({"content": 5}),
        said({"content": [1]}),
        said({"tool_calls": [None, {"index": "x"}]}),
    ]
    assert gathered(odd)["object"] == "chat.completion"


TEXT = st.text(max_size=20)
CALL = st.builds(
    lambda id_, name, arguments: {
        "id": id_,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    },
    st.text(min_size=1, max_size=5),
    st.text(min_size=1, max_size=5),
    TEXT,
)
MESSAGE = st.builds(
    lambda content, reasoning, calls: {
        "role": "assistant",
        "content": content,
        **({"reasoning_content": reasoning} if reasoning else {}),
        **({"tool_calls": calls} if calls else {}),
    },
    st.none() | TEXT,
    TEXT,
    st.lists(CALL, max_size=3),
)


@given(messages=st.lists(MESSAGE, min_size=1, max_size=3), usage=st.booleans())
def test_a_completion_is_the_same_after_it_was_chunks(messages, usage):
    whole: dict[str, Json] = {
        **HEAD,
        "object": "chat.completion",
        "choices": [
            {"index": at, "message": message, "finish_reason": "stop"}
            for at, message in enumerate(messages)
        ],
        **({"usage": {"prompt_tokens": 1}} if usage else {}),
    }
    assert gathered(pieces(whole)) == whole
