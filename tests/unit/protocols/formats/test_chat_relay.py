"""Chunks that go on as bytes: what is hidden, what is noted, and what is refused."""

import json
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.protocols.formats.models import FUZZED

from podium.gateway.errors import UpstreamFailed
from podium.gateway.models import Outcome, Usage
from podium.protocols.openai.chat_relay import ChatRelay

QUIET = {"model": "m", "stream": True}
ASKING = {**QUIET, "stream_options": {"include_usage": True}}


def event(fields):
    return b"data: " + json.dumps(fields, separators=(",", ":")).encode() + b"\n\n"


def chunk(text=None, finish=None, more=None):
    delta = {} if text is None else {"content": text}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return event({"id": "c", "model": "gpt", "choices": [choice], **(more or {})})


USED = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}
DONE = b"data: [DONE]\n\n"
STREAM = (
    chunk("Hé", more={"usage": None})
    + b": still here\n\n"
    + chunk('say ,"usage":null', more={"usage": None})
    + chunk(finish="stop", more={"usage": None})
    + event({"id": "c", "model": "gpt", "choices": [], "usage": USED})
    + DONE
)
QUIET_STREAM = (
    chunk("Hé") + b": still here\n\n" + chunk('say ,"usage":null') + chunk(finish="stop") + DONE
)


def relayed(request, *pieces: bytes):
    relay = ChatRelay(request)
    return b"".join(relay.feed(piece) for piece in pieces), relay


def test_a_caller_who_asked_for_usage_gets_the_very_same_bytes():
    said, relay = relayed(ASKING, STREAM)

    assert said == STREAM
    assert relay.noted.usage == Usage(9, 2)
    assert relay.noted.model == "gpt"
    assert relay.noted.finish_reasons == ("stop",)
    assert relay.chunks == 3
    assert relay.finished
    assert relay.end() == b""


@FUZZED
@given(st.lists(st.integers(0, len(STREAM)), max_size=len(STREAM)))
def test_usage_is_hidden_from_others_however_the_bytes_are_cut(cuts):
    edges = [0, *sorted(cuts), len(STREAM)]

    said, relay = relayed(QUIET, *(STREAM[a:b] for a, b in pairwise(edges)))

    assert said == QUIET_STREAM
    assert relay.noted.usage == Usage(9, 2)


def test_every_byte_on_its_own_is_the_same_stream_also_with_returns():
    stream = STREAM.replace(b"\n", b"\r\n")

    said, relay = relayed(QUIET, *(stream[i : i + 1] for i in range(len(stream))))

    assert said.replace(b"\r", b"") == QUIET_STREAM
    assert relay.finished


def test_an_event_goes_on_as_soon_as_its_empty_line_is_there():
    relay = ChatRelay(ASKING)
    for cut in (chunk("b"), chunk("b").replace(b"\n", b"\r\n")):
        assert relay.feed(chunk("a") + cut[:-1]) == chunk("a")
        assert relay.feed(cut[-1:]) == cut


def test_usage_beside_the_last_choice_is_taken_out_of_its_chunk():
    last = chunk(finish="length", more={"usage": USED, "x": "kept"})

    said, relay = relayed(QUIET, last)

    assert said == chunk(finish="length", more={"x": "kept"})
    assert relay.noted.usage == Usage(9, 2)


def test_groq_reports_elsewhere_and_some_put_empty_reasons():
    groq = chunk(finish="", more={"x_groq": {"usage": USED}})

    said, relay = relayed(QUIET, groq)

    assert said == groq
    assert relay.noted.usage == Usage(9, 2)
    assert not relay.finished


def test_whoever_just_stops_after_a_reason_is_finished_and_done_is_said_for_it():
    _, relay = relayed(QUIET, chunk("a"), chunk(finish="stop"))

    assert relay.finished
    assert relay.end() == DONE


@pytest.mark.parametrize("last", [b"data: [DONE]", b"data: [DONE]\n", b"data: [DONE]\r\n"])
def test_done_need_not_end_its_event(last):
    said, relay = relayed(QUIET, chunk("a"), last)

    assert said == chunk("a") + DONE
    assert relay.finished


def test_nothing_goes_on_after_done():
    said, _ = relayed(QUIET, DONE + chunk("late"), chunk("later"))

    assert said == DONE


@pytest.mark.parametrize(
    ("bad", "outcome", "status"),
    [
        (event({"error": {"message": "busy", "code": 503}}), Outcome.STATUS, 503),
        (event({"error": {"message": "busy", "type": "overloaded_error"}}), Outcome.STATUS, 529),
        (event({"error": "no"}), Outcome.BROKEN, 0),
        (b'event: error\ndata: {"message": "gone"}\n\n', Outcome.BROKEN, 0),
        (b"event: error\ndata: gone\n\n", Outcome.BROKEN, 0),
        (b"data: {\n\n", Outcome.MALFORMED, 0),
        (b"data: []\n\n", Outcome.MALFORMED, 0),
        (b"data: {}\n\n", Outcome.MALFORMED, 0),
        (b'data: {"choices": 5}\n\n', Outcome.MALFORMED, 0),
        (b'data: {"choices": [5]}\n\n', Outcome.MALFORMED, 0),
        (b"data: \xff\n\n", Outcome.MALFORMED, 0),
        (b"<html>busy</html>\n\n", Outcome.MALFORMED, 0),
        (b"data: " + b"[" * 100_000 + b"\n\n", Outcome.MALFORMED, 0),
        (b"x" * 1_100_000, Outcome.MALFORMED, 0),
    ],
)
def test_errors_and_noise_are_told_from_chunks(bad, outcome, status):
    relay = ChatRelay(QUIET)
    assert relay.feed(chunk("a")) == chunk("a")

    with pytest.raises(UpstreamFailed) as failed:
        _ = relay.feed(bad)

    assert (failed.value.failure.outcome, failed.value.failure.status) == (outcome, status)
    assert not relay.finished


@FUZZED
@given(st.lists(st.binary(max_size=80), max_size=5), st.booleans())
def test_noise_is_relayed_or_refused_and_nothing_else(noise, asked):
    relay = ChatRelay(ASKING if asked else QUIET)
    with suppress(UpstreamFailed):
        for piece in noise:
            _ = relay.feed(b"data: " + piece + b"\n\n")
