from hypothesis import given
from hypothesis import strategies as st

from podium.gateway.models import Usage
from podium.gateway.usage import estimate, finish_reasons, usage_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)
KEYS = st.sampled_from(["prompt_tokens", "completion_tokens", "total_tokens", "choices"])


def test_cached_and_reasoning_tokens_are_parts():
    body = {
        "usage": {
            "prompt_tokens": 100,
            "completion_tokens": 50,
            "total_tokens": 150,
            "prompt_tokens_details": {"cached_tokens": 80},
            "completion_tokens_details": {"reasoning_tokens": 30},
        }
    }
    assert usage_of(body) == Usage(100, 50, 80, 30)


def test_reasoning_that_only_the_total_counts_is_added_to_the_output():
    body = {
        "usage": {
            "prompt_tokens": 10,
            "completion_tokens": 5,
            "total_tokens": 35,
            "completion_tokens_details": {"reasoning_tokens": 20},
        }
    }
    assert usage_of(body) == Usage(10, 25, 0, 20)


def test_deepseek_counts_cache_hits_at_the_top_and_groq_streams_below_x_groq():
    deepseek = {"usage": {"prompt_tokens": 10, "prompt_cache_hit_tokens": 6}}
    groq = {"x_groq": {"usage": {"prompt_tokens": 3, "completion_tokens": 4}}}

    assert usage_of(deepseek) == Usage(10, 0, 6)
    assert usage_of(groq) == Usage(3, 4)


def test_no_report_is_none():
    assert usage_of({"usage": None}) is None
    assert usage_of({}) is None


@given(st.dictionaries(KEYS, JSON), JSON)
def test_nonsense_never_raises_and_parts_never_exceed_their_whole(report, choices):
    usage = usage_of({"usage": report, "choices": choices}) or Usage()
    _ = finish_reasons({"choices": choices})
    assert 0 <= usage.cached_input <= usage.input
    assert 0 <= usage.reasoning <= usage.output


def test_an_inlined_picture_is_not_counted_as_text():
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 10_000}}

    assert estimate({"messages": [{"role": "user", "content": [picture]}]}, 0).input < 20


def test_what_was_written_to_a_cache_spoken_and_looked_up_is_counted():
    usage = usage_of(
        {
            "usage": {
                "prompt_tokens": 100,
                "completion_tokens": 50,
                "prompt_tokens_details": {
                    "cached_tokens": 10,
                    "cache_write_tokens": 40,
                    "cache_write_1h_tokens": 90,
                    "audio_tokens": 20,
                },
                "completion_tokens_details": {"audio_tokens": 60},
                "server_tool_use": {"web_search_requests": 2},
            }
        }
    )
    assert usage == Usage(
        input=100,
        output=50,
        cached_input=10,
        cache_write_input=40,
        cache_write_1h_input=40,
        audio_input=20,
        audio_output=50,
        searches=2,
    )
