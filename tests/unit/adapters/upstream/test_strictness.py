"""What could be read in two ways, or is no HTTP/1.1 at all, is refused."""

import pytest
from tests.unit.adapters.upstream.received import received

from podium.adapters.http.errors import BrokenOff

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
NOT_HTTP = {
    "nothing like it": b"<html>SECRET</html>",
    "another protocol": b"RTSP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/2": b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/0.9": b"HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n",
    "status of two digits": b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
    "status 0": b"HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n",
    "both lengths": HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both lengths, turned": HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\na",
    "two lengths": HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a list of lengths": HEAD + b"Content-Length: 1, 2\r\n\r\nab",
    "negative length": HEAD + b"Content-Length: -1\r\n\r\n",
    "signed length": HEAD + b"Content-Length: +1\r\n\r\na",
    "length in hexadecimal": HEAD + b"Content-Length: 0x1\r\n\r\na",
    "endless length": HEAD + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n",
    "no length": HEAD + b"Content-Length:\r\n\r\n",
    "another transfer coding": HEAD + b"Transfer-Encoding: gzip\r\n\r\nx",
    "two transfer codings": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": HEAD + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n",
    "chunk of odd size": CHUNKED + b"0x1\r\na\r\n0\r\n\r\n",
    "chunk of signed size": CHUNKED + b"+1\r\na\r\n0\r\n\r\n",
    "chunk of endless size": CHUNKED + b"f" * 20 + b"\r\na",
    "chunk without size": CHUNKED + b"\r\na\r\n0\r\n\r\n",
    "chunk that goes on": CHUNKED + b"1\r\nab\r\n0\r\n\r\n",
    "chunk with bare LF": CHUNKED + b"1\na\n0\n\n",
    "length in trailers": CHUNKED + b"0\r\nContent-Length: 1\r\n\r\n",
    "folded header": HEAD + b"A: SECRET\r\n b\r\nContent-Length: 0\r\n\r\n",
    "NUL in a header": HEAD + b"A: SECRET\0\r\nContent-Length: 0\r\n\r\n",
    "CR in a header": HEAD + b"A: SECRET\rb\r\nContent-Length: 0\r\n\r\n",
    "bare LF": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    "space before the colon": HEAD + b"A : SECRET\r\nContent-Length: 0\r\n\r\n",
    "header without colon": HEAD + b"SECRET\r\nContent-Length: 0\r\n\r\n",
    "too many headers": HEAD + b"A: SECRET\r\n" * 201 + b"\r\n",
    "too large headers": HEAD + b"A: " + b"S" * 66_000 + b"\r\nContent-Length: 0\r\n\r\n",
    "endless headers": HEAD + b"A: " + b"S" * 1_000_000,
    "too large trailers": CHUNKED + b"0\r\nA: " + b"S" * 400_000,
    "many trailers": CHUNKED + b"0\r\n" + b"A: SECRET\r\n" * 300 + b"\r\n",
    "endless extension": CHUNKED + b"1;" + b"S" * 400_000,
    "switching": b"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    "switching to nothing": b"HTTP/1.1 101 X\r\n\r\n",
    "informed without end": b"HTTP/1.1 102 X\r\n\r\n" * 20,
    "CRLF before the head": b"\r\n" + HEAD + b"Content-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("size", [1, 7, 1 << 18])
@pytest.mark.parametrize("said", [pytest.param(said, id=name) for name, said in NOT_HTTP.items()])
def test_what_is_not_strictly_http_is_refused(said, size):
    exchange = received([said[at : at + size] for at in range(0, len(said), size)])

    assert isinstance(exchange.error, BrokenOff)
    assert not exchange.complete
    assert str(exchange.error).startswith("'a.example' cannot be understood: ")
    assert "SECRET" not in str(exchange.error)
    assert len(str(exchange.error)) < 200
