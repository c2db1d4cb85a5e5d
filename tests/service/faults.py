"""What can go wrong between a gateway and a provider, by name: one function each.

By hand: `python -m tests.service.faults 9000`, then
`curl -H 'x-fault: a garbled event' -d '{"stream": true}' 127.0.0.1:9000/v1/messages`.
"""

import gzip
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from threading import Event
from typing import Final

from tests.service.faulty_upstream import Asked, Fault, Line, faulty

GIGABYTE: Final = 1_000_000_000
_PIECE: Final = b"x" * 1_000_000
_SEEN: Final = 0.3
"""Seconds in which a first word reaches the caller, so that what comes next is another piece."""
_WORDS: Final = ("answer ", "of ")

FAULTS: Final[dict[str, Fault]] = {}
OF_STREAMS: Final[set[str]] = set()
"""Those that leave whole answers alone."""


def _fault(name: str) -> Callable[[Fault], Fault]:
    def keep(fault: Fault) -> Fault:
        FAULTS[name] = fault
        return fault

    return keep


def _text(asked: Asked) -> str:
    return "".join(_words(asked))


def _words(asked: Asked) -> tuple[str, ...]:
    return (*_WORDS, asked.model)


def _opening(line: Line, asked: Asked) -> None:
    """A stream with its first word."""
    line.stream()
    line.chunk(asked.dialect.events(asked.model, _words(asked))[0])


def _streams(name: str) -> Callable[[Fault], Fault]:
    """A fault after the first word of a stream."""

    def keep(fault: Fault) -> Fault:
        def play(line: Line, asked: Asked) -> None:
            if asked.streamed:
                _opening(line, asked)
                line.wait(_SEEN)
                return fault(line, asked)
            return none(line, asked)

        FAULTS[name] = play
        OF_STREAMS.add(name)
        return fault

    return keep


@_fault("none")
def none(line: Line, asked: Asked) -> None:
    if not asked.streamed:
        return line.whole(asked.dialect.answer(asked.model, _text(asked)))
    line.stream()
    for event in asked.dialect.events(asked.model, _words(asked)):
        line.chunk(event)
    return line.last()


def _status(status: int, kind: str, **headers: str) -> Fault:
    def play(line: Line, asked: Asked) -> None:
        body = json.dumps(asked.dialect.error(kind, f"scripted {status}")).encode()
        line.whole(body, status, **headers)

    return play


_STATUSES: Final[Mapping[str, Fault]] = {
    "400": _status(400, "invalid_request_error"),
    "401": _status(401, "authentication_error"),
    "404": _status(404, "not_found_error"),
    "429": _status(429, "rate_limit_error"),
    "429 with Retry-After 1": _status(429, "rate_limit_error", Retry_After="1"),
    "429 with Retry-After 120": _status(429, "rate_limit_error", Retry_After="120"),
    "429, the account is empty": _status(429, "insufficient_quota"),
    "500": _status(500, "server_error"),
    "501": _status(501, "server_error"),
    "503": _status(503, "server_error"),
    "529": _status(529, "overloaded_error"),
}
FAULTS.update(_STATUSES)


@_fault("502 with a page of HTML")
def _(line: Line, _asked: Asked) -> None:
    line.whole(b"<html><h1>502 Bad Gateway</h1></html>" * 100, 502)


@_fault("redirect")
def _(line: Line, _asked: Asked) -> None:
    line.whole(b"", 307, Location="/elsewhere")


# Before the first byte of an answer


@_fault("reset at once")
def _(line: Line, _asked: Asked) -> None:
    line.reset()


@_fault("closed at once")
def _(_line: Line, _asked: Asked) -> None:
    return


@_fault("never answers")
def _(line: Line, _asked: Asked) -> None:
    line.wait()


@_fault("half a head, then silence")
def _(line: Line, _asked: Asked) -> None:
    line.send(b"HTTP/1.1 200 OK\r\nContent-Ty")
    line.wait()


@_fault("no HTTP")
def _(line: Line, _asked: Asked) -> None:
    line.send(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")


@_fault("a head without end")
def _(line: Line, _asked: Asked) -> None:
    line.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        line.send(b"X-More: " + b"x" * 1000 + b"\r\n")


@_fault("informational answers without end")
def _(line: Line, _asked: Asked) -> None:
    while True:
        line.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        line.wait(0.01)


# The answer itself


@_fault("no JSON")
def _(line: Line, _asked: Asked) -> None:
    line.whole(b"all is well")


@_fault("JSON of another shape")
def _(line: Line, _asked: Asked) -> None:
    line.whole(b'{"status": "ok"}')


@_fault("a body cut short")
def _(line: Line, asked: Asked) -> None:
    body = asked.dialect.answer(asked.model, _text(asked))
    line.head(Content_Length=str(len(body) + 100))
    line.send(body)


@_fault("two lengths")
def _(line: Line, asked: Asked) -> None:
    body = asked.dialect.answer(asked.model, _text(asked))
    line.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
    line.send(b"Content-Length: 5\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


@_fault("a chunk of no length")
def _(line: Line, asked: Asked) -> None:
    kind = _kind(asked).encode()
    line.send(b"HTTP/1.1 200 OK\r\nContent-Type: " + kind + b"\r\nTransfer-Encoding: chunked")
    line.send(b"\r\n\r\nzz\r\nhello\r\n0\r\n\r\n")


@_fault("reset within the body")
def _(line: Line, asked: Asked) -> None:
    line.head(kind=_kind(asked), Content_Length="5000")
    line.send(b" " * 50)
    line.wait(0.1)
    line.reset()


@_fault("a byte now and then")
def _(line: Line, asked: Asked) -> None:
    line.head(kind=_kind(asked), Transfer_Encoding="chunked")
    while True:
        line.chunk(b" ")
        line.wait(0.2)


@_fault("1 GB")
def _(line: Line, asked: Asked) -> None:
    line.head(kind=_kind(asked), Content_Length=str(GIGABYTE))
    for _ in range(GIGABYTE // len(_PIECE)):
        line.send(_PIECE)


@_fault("1 GB without a length")
def _(line: Line, asked: Asked) -> None:
    line.head(kind=_kind(asked), Transfer_Encoding="chunked")
    for _ in range(GIGABYTE // len(_PIECE)):
        line.chunk(_PIECE)


@cache
def bomb() -> bytes:
    """Made before it is needed: a busy machine takes its time."""
    return gzip.compress(b"\0" * 100_000_000, 1)


@_fault("a compressed bomb")
def _(line: Line, asked: Asked) -> None:
    packed = bomb()
    line.head(kind=_kind(asked), Content_Encoding="gzip", Content_Length=str(len(packed)))
    line.send(packed)


def _kind(asked: Asked) -> str:
    return "text/event-stream" if asked.streamed else "application/json"


# Streams, after their first word


@_streams("a stream cut short")
def _(line: Line, _asked: Asked) -> None:
    line.last()


@_streams("a stream that is reset")
def _(line: Line, _asked: Asked) -> None:
    line.wait(0.1)
    line.reset()


@_streams("a stream that falls silent")
def _(line: Line, _asked: Asked) -> None:
    line.wait()


@_streams("a garbled event")
def _(line: Line, _asked: Asked) -> None:
    line.chunk(b'data: {"choices": [{"de\n\n')
    line.last()


@_streams("an event that is no text")
def _(line: Line, _asked: Asked) -> None:
    line.chunk(b"data: \xff\xfe\xfd\n\n")
    line.last()


@_streams("an error inside a stream")
def _(line: Line, asked: Asked) -> None:
    line.chunk(asked.dialect.error_event("scripted error"))
    line.last()


@_streams("1 GB of events")
def _(line: Line, asked: Asked) -> None:
    events = asked.dialect.events(asked.model, ("a", "x" * 100_000, "b"))[1] * 10
    for _ in range(GIGABYTE // len(events)):
        line.chunk(events)


@_streams("1 GB in one event")
def _(line: Line, _asked: Asked) -> None:
    line.chunk(b"data: ")
    for _ in range(GIGABYTE // len(_PIECE)):
        line.chunk(_PIECE)


@_streams("comments without end")
def _(line: Line, _asked: Asked) -> None:
    while True:
        line.chunk(b": still here\n\n")
        line.wait(0.1)


OF_STREAMS.add("an error instead of the first word")
OF_STREAMS.add("an answer in one piece instead of a stream")


@_fault("an error instead of the first word")
def _(line: Line, asked: Asked) -> None:
    if not asked.streamed:
        return none(line, asked)
    line.stream()
    line.chunk(asked.dialect.error_event("scripted error"))
    return line.last()


@_fault("an answer in one piece instead of a stream")
def _(line: Line, asked: Asked) -> None:
    line.whole(asked.dialect.answer(asked.model, _text(asked)))


@_fault("a connection that closes after its answer")
def _(line: Line, asked: Asked) -> None:
    none(line, asked)
    line.kept = False
    line.socket.close()


@_fault("slow")
def _(line: Line, asked: Asked) -> None:
    """No fault: it thinks for a moment."""
    line.wait(1.0)
    none(line, asked)


def main() -> None:
    with faulty(FAULTS, port=int(sys.argv[1]) if sys.argv[1:] else 0) as upstream:
        print(upstream.url, "plays:", ", ".join(sorted(FAULTS)))  # noqa: T201 - a command
        with suppress(KeyboardInterrupt):
            _ = Event().wait()


if __name__ == "__main__":
    main()
