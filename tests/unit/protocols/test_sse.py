from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podium.protocols.sse import Event, EventReader, NotEvents


def _read(*pieces: bytes, most: int = 1000) -> list[Event]:
    reader = EventReader(most)
    return [event for piece in pieces for event in reader.feed(piece)]


def test_an_event_ends_at_an_empty_line():
    assert _read(b"data: a\n\ndata: b\n\ndata: c") == [Event("a"), Event("b")]


def test_several_data_lines_are_one_event_and_comments_are_none():
    assert _read(b": OPENROUTER PROCESSING\n\ndata: a\ndata: b\nid: 1\n\n") == [Event("a\nb")]


def test_an_event_may_have_a_name():
    assert _read(b"event: error\ndata: {}\n\n") == [Event("{}", "error")]


def test_a_stream_says_where_it_can_be_taken_up_again_and_when():
    reader = EventReader(1000)
    _ = list(reader.feed(b"id: 7\nretry: 250\ndata: a\n\nid: bad\0\nretry: soon\n\n"))

    assert (reader.last_id, reader.retry) == ("7", 250)


def test_a_byte_order_mark_is_skipped_once():
    assert _read(b"\xef\xbb\xbfdata: a\n\n") == [Event("a")]


TEXT = b'data: {"a": "\xc3\xa9"}\r\n\r\n: hi\r\n\r\ndata: two\rdata: lines\r\rdata: [DONE]\n\n'


@given(st.lists(st.integers(0, len(TEXT)), max_size=len(TEXT)))
def test_however_the_bytes_are_cut_the_events_are_the_same(cuts):
    edges = [0, *sorted(cuts), len(TEXT)]
    pieces = [TEXT[a:b] for a, b in pairwise(edges)]

    assert _read(*pieces) == [Event('{"a": "é"}'), Event("two\nlines"), Event("[DONE]")]


def test_it_is_linear_for_a_long_line_in_single_bytes():
    line = b"data: " + b"x" * 100_000 + b"\n\n"
    assert len(_read(*(line[i : i + 1] for i in range(len(line))), most=200_000)) == 1


@pytest.mark.parametrize(
    "bad", [b"<html>busy</html>\n", b"data: \xff\n", b'{"error": "x"}\n', b"data: " + b"x" * 2000]
)
def test_what_is_no_event_stream_is_refused(bad):
    with pytest.raises(NotEvents):
        _ = _read(bad, b"\n\n", b"\n")


@given(st.binary(max_size=300))
def test_noise_is_refused_or_read_and_nothing_else(noise):
    with suppress(NotEvents):
        _ = _read(noise)
