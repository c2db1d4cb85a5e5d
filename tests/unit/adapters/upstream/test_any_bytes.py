"""Whatever bytes come, in whatever pieces: the same response, or a typed error, within bounds."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.adapters.upstream.received import (
    FOREVER,
    MOST,
    TARGETS,
    FakeLine,
    FakeLoop,
    outcome,
    received,
)

from podium.adapters.http.errors import BrokenOff, TooLarge
from podium.adapters.upstream.exchange import MOST_HEAD_BYTES, MOST_HEADERS, Exchange

TOKENS = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_!#", min_size=1, max_size=12)
VALUES = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=20
).map(lambda text: text.encode("latin-1"))
FRAMING = {"content-length", "transfer-encoding", "connection", "upgrade", "proxy-connection"}


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    """Valid ones, of every framing."""
    lines = [b"HTTP/1.%d %d Fine" % (draw(st.integers(0, 1)), draw(st.integers(200, 599)))]
    for name, value in draw(st.lists(st.tuples(TOKENS, VALUES), max_size=5)):
        if name.lower() not in FRAMING:
            lines.append(name.encode() + b": " + value)
    bodies = draw(st.lists(st.binary(min_size=1, max_size=60), max_size=4))
    body = b"".join(bodies)
    match draw(st.sampled_from(["length", "chunked", "close"])):
        case "length":
            lines.append(b"Content-Length: %d" % len(body))
        case "chunked":
            lines.append(b"Transfer-Encoding: chunked")
            extension = draw(st.sampled_from([b"", b";a=b"]))
            trailer = draw(st.sampled_from([b"", b"X-T: 1\r\n"]))
            body = b"".join(b"%X%b\r\n%b\r\n" % (len(b), extension, b) for b in bodies)
            body += b"0\r\n" + trailer + b"\r\n"
        case _:
            pass
    early = draw(st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n"]))
    return early + b"\r\n".join(lines) + b"\r\n\r\n" + body


LENGTH = b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"HTTP/1.1 103 Early\r\nL: x\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\nA: c\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nT: u\r\n\r\n"
)


@given(responses())
@example(LENGTH)
@example(CHUNKED)
@settings(max_examples=150, deadline=None)
def test_a_response_that_is_cut_in_two_anywhere_is_the_same_response(said):
    whole = outcome(received([said]))
    assert isinstance(whole, tuple)
    for at in range(1, len(said)):
        assert outcome(received([said[:at], said[at:]])) == whole


@given(responses(), st.lists(st.integers(1, 40), min_size=1))
@example(CHUNKED, [1])
@settings(max_examples=200, deadline=None)
def test_a_response_in_pieces_of_any_sizes_is_the_same_response(said, sizes):
    pieces, at, turn = [], 0, 0
    while at < len(said):
        pieces.append(said[at : at + sizes[turn % len(sizes)]])
        at += len(pieces[-1])
        turn += 1
    assert outcome(received(pieces)) == outcome(received([said]))


@given(responses(), st.data())
@example(LENGTH, None)
@settings(max_examples=200, deadline=None)
def test_a_response_that_has_a_length_is_never_shorter(said, data):
    """Cut anywhere before its end, it is an error; one without a length ends where it is cut."""
    exchange = received([said])
    if not exchange.reusable:
        return
    cuts = range(len(said)) if data is None else [data.draw(st.integers(0, len(said) - 1))]
    for at in cuts:
        assert outcome(received([said[:at]])) is BrokenOff


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    said = bytearray(draw(st.one_of(responses(), st.just(CHUNKED), st.just(LENGTH))))
    pieces = [b"\r\n", b"\n", b"\r", b"\0", b" ", b":", b"Content-Length: 9\r\n", b"fffffff\r\n"]
    pieces += [b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"HTTP/1.1 200 OK\r\n"]
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(said)))
        match draw(st.integers(0, 3)):
            case 0:
                said[at:at] = draw(st.one_of(st.sampled_from(pieces), st.binary(max_size=8)))
            case 1:
                del said[at : at + draw(st.integers(1, 20))]
            case 2:
                said[at:at] = said[at : at + draw(st.integers(1, 60))]
            case _:
                said[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
    return bytes(said)


@given(st.one_of(mutated(), st.binary(max_size=400)), st.integers(1, 500))
@settings(max_examples=300, deadline=None)
def test_any_bytes_end_in_a_response_within_bounds_or_in_a_typed_error(said, size):
    pieces = [said[at : at + size] for at in range(0, len(said), size)]
    for method in ("POST", "HEAD"):
        exchange = received(pieces, method)

        assert exchange.over
        assert exchange._line is exchange._parser is None  # noqa: SLF001 - nothing is held on to
        assert sum(map(len, exchange.pieces)) <= MOST + len(said)
        assert len(exchange.headers) <= MOST_HEADERS
        if exchange.error is not None:
            assert isinstance(exchange.error, BrokenOff | TooLarge)
            assert len(str(exchange.error)) < 250
        else:
            assert 200 <= exchange.status <= 999
            assert sum(map(len, exchange.pieces)) <= MOST
            assert not any(c in v for v in exchange.headers.values() for c in b"\r\n\0")


@given(st.integers(1, 70_000))
@settings(max_examples=30, deadline=None)
def test_what_is_no_body_is_bounded_however_it_comes(size):
    for begins in (
        b"HTTP/1.1 200 OK\r\nA: ",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0;",
    ):
        exchange = Exchange(TARGETS["POST"], FOREVER, FakeLoop())
        exchange.begun(FakeLine())
        exchange.feed(begins)
        fed = 0
        while not exchange.over:
            exchange.feed(b"x" * size)
            fed += size
        assert isinstance(exchange.error, BrokenOff)
        assert fed <= MOST_HEAD_BYTES + size
