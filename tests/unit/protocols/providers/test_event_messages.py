from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.protocols.providers.messages import framed, message

from podium.protocols.event_messages import Message, MessageReader, NotMessages

ONE = message({"a": 1}, event_type="x", message_type="event")
TWO = message({"b": "é"}, event_type="y", message_type="event")
READ = [
    Message({":event-type": "x", ":message-type": "event"}, b'{"a": 1}'),
    Message({":event-type": "y", ":message-type": "event"}, b'{"b": "\\u00e9"}'),
]


def _read(*pieces: bytes, most: int = 10_000) -> list[Message]:
    reader = MessageReader(most)
    return [found for piece in pieces for found in reader.feed(piece)]


def test_the_example_of_the_specification_is_an_empty_message():
    """Smithy's test suite: a message without headers and payload."""
    assert _read(bytes.fromhex("000000100000000005c248eb7d98c8ff")) == [Message({}, b"")]


@given(st.integers(0, len(ONE + TWO)), st.integers(0, len(ONE + TWO)))
def test_messages_may_be_cut_anywhere(one, other):
    data, (first, last) = ONE + TWO, sorted((one, other))
    assert _read(data[:first], data[first:last], data[last:]) == READ


def test_every_kind_of_header_is_stepped_over():
    kinds = {0: b"", 1: b"", 2: b"1", 3: b"12", 4: b"1234", 5: b"12345678", 8: b"12345678"}
    values = {**kinds, 9: b"1" * 16, 6: b"\0\3abc", 7: b"\0\2ok"}
    headers = b"".join(b"\1k" + bytes([kind]) + value for kind, value in values.items())

    assert _read(framed(headers, b"")) == [Message({"k": "ok"}, b"")]


@given(st.integers(0, len(ONE) - 1), st.integers(1, 255))
def test_a_byte_that_is_changed_is_found_out(place, change):
    damaged = bytearray(ONE)
    damaged[place] ^= change
    with pytest.raises(NotMessages):
        # A length that grew waits for bytes that would have to come.
        _ = _read(bytes(damaged), bytes(10_000))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (ONE[:8] + b"\0\0\0\0", "beginning"),
        (ONE[:-1] + b"\0", "checksum of a message is wrong"),
        (framed(b"\4ab", b""), "beyond"),
        (framed(b"\1k\7\0\xffx", b""), "beyond"),
        (framed(b"\1k", b""), "beyond"),
        (framed(b"\1k\x0a", b""), "unknown kind 10"),
        (framed(b"\1\xff\7\0\0", b""), "UTF-8"),
        (framed(b"", bytes(20_000)), "larger than 10,000"),
    ],
)
def test_what_is_no_message_is_refused(data, said):
    with pytest.raises(NotMessages, match=said):
        _ = _read(data)


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_or_refused(data):
    with suppress(NotMessages):
        _ = _read(data)
