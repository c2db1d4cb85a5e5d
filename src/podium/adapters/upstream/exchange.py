"""What comes back for one request: parsed strictly, bounded in size, waited for within deadlines.

llhttp refuses what could be read in two ways (both lengths, folded lines, odd chunk sizes); here
is what it leaves open, and every bound. Sources: RFC 9110, 15.2; RFC 9112, 6.3 and 9.6.
"""

import asyncio
import sys
from enum import IntEnum
from typing import Protocol, final

import httptools

from podium.adapters.http.errors import BrokenOff, DeadlinePassed, Phase, TooLarge
from podium.adapters.http.exchange import Timeouts
from podium.adapters.upstream.target import Target
from podium.kernel.errors import PodiumError

MOST_HEAD_BYTES = 65_536
MOST_HEADERS = 200
_MOST_INFORMED = 8
_MOST_SILENT = 65_536
"""Bytes in a row that are no body: a head, sizes of chunks and their extensions, trailers."""
_HIGH_WATER = 262_144
_H = ord("H")
_CONTINUE, _SWITCHING, _FINAL = 100, 101, 200
_BODILESS = frozenset({204, 304})


class Line(Protocol):
    """The connection below an exchange that is not over."""

    def move_deadline(self, at: float) -> None: ...
    def resume(self) -> None: ...
    def drop(self) -> None: ...


class Goal(IntEnum):
    """What somebody waits for."""

    NOTHING = 0
    HEAD = 1
    PIECE = 2
    END = 3


class _Refused(Exception):
    """Stops the parser; why is in the exchange."""


@final
class Exchange:
    """The parser calls the methods `on_…`, the connection `begun`, `feed`, `lost` and `late`; the
    client waits with `until`.

    It is over when it is complete or has an error. What has arrived stays readable after that, and
    the connection knows it no more.
    """

    # Defaults are the class's: an exchange sets what differs, and most of them hardly differ.
    status: int = 0
    complete: bool = False
    reusable: bool = False
    received: bool = False
    error: PodiumError | None = None
    head: bytes = b""
    body: bytes = b""
    most: int = sys.maxsize
    unread: int = 0
    _line: Line | None = None
    _waiter: asyncio.Future[None] | None = None
    _goal: Goal = Goal.NOTHING
    _phase: Phase = Phase.FIRST_BYTE
    _headed: bool = False
    _begun: bool = False
    _until_close: bool = False
    _informing: bool = False
    _informed: int = 0
    _announced: int = 0
    _taken: int = 0
    _silent: int = 0
    _head_bytes: int = 0
    _headers_seen: int = 0

    def __init__(self, target: Target, timeouts: Timeouts, loop: asyncio.AbstractEventLoop) -> None:
        self.target: Target = target
        self.timeouts: Timeouts = timeouts
        self.ends: float = loop.time() + timeouts.total
        self.headers: dict[bytes, bytes] = {}
        self.pieces: list[bytes] = []
        self._loop: asyncio.AbstractEventLoop = loop
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)

    @property
    def over(self) -> bool:
        return self.complete or self.error is not None

    @property
    def flooded(self) -> bool:
        """More has arrived than is taken: the other side has to wait."""
        return self.unread > _HIGH_WATER and self._goal is not Goal.END

    # The client's side

    def connect_by(self) -> float:
        return min(self._loop.time() + self.timeouts.connect, self.ends)

    async def until(self, goal: Goal) -> None:
        """Raises what the exchange ends with instead: BrokenOff, DeadlinePassed, TooLarge.

        What came before the error is handed out first: the head, and pieces.
        """
        if (waiter := self.waits(goal)) is not None:
            try:
                await waiter
            finally:
                self._waiter = None
        self.has(goal)

    def waits(self, goal: Goal) -> asyncio.Future[None] | None:
        """What to wait for until the goal is reached, or never will be; then ask `has`."""
        self._goal = goal
        if self._reached():
            return None
        self._wait_for_next()
        self._waiter = self._loop.create_future()
        return self._waiter

    def has(self, goal: Goal) -> None:
        """Raises as `until`."""
        self._waiter, self._goal = None, Goal.NOTHING
        if self.error is None or (goal is Goal.PIECE and self.pieces):
            return
        if not (goal is Goal.HEAD and self._headed):
            raise self.error

    def taken(self) -> bytes:
        """What has arrived, once."""
        pieces = self.pieces
        self._taken += self.unread
        self.pieces, self.unread = [], 0
        if self._line is not None:
            self._line.resume()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def again(self) -> None:
        """Of which nothing was received: as if it had not been begun."""
        self.error = None
        self._parser = httptools.HttpResponseParser(self)

    def close(self) -> None:
        """If it is not over, its connection ends here."""
        if not self.over:
            self._fail(BrokenOff(f"The response of '{self._host}' was closed before its end."))

    def bound(self, most: int) -> None:
        """No more than `most` bytes beyond those that were taken. Raises TooLarge."""
        self.most = most
        if self.unread > most or self._announced > most + self._taken:
            error = self.too_large()
            self._fail(error)
            raise error
        self._let_come()

    @property
    def _host(self) -> str:
        return self.target.origin.host

    def _let_come(self) -> None:
        if self._line is not None:
            self._line.resume()

    def _reached(self) -> bool:
        if self.complete or self.error is not None:
            return True
        goal = self._goal
        if goal is Goal.END:
            return False
        return self._headed if goal is Goal.HEAD else bool(self.pieces)

    def _wait_for_next(self) -> None:
        """The first piece of a body has as long as the head had."""
        first = not self._begun and not (self._headed and self._goal is Goal.END)
        self._phase = Phase.FIRST_BYTE if first else Phase.BETWEEN_BYTES
        seconds = self.timeouts.first_byte if first else self.timeouts.between_bytes
        if self._line is not None:
            self._line.move_deadline(min(self._loop.time() + seconds, self.ends))

    # The connection's side

    def begun(self, line: Line) -> None:
        self._line = line

    def feed(self, data: bytes) -> None:
        """Some bytes of the connection. After it, look at `over`."""
        parser = self._parser
        if parser is None:
            return
        if not self.received:
            self.received = True
            self.head = self.body = b""  # it will not be sent again
            if data[0] != _H:
                self._refuse("its answer does not begin with HTTP")
                return
        self._silent += len(data)
        try:
            parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as bad:
            self._broke(bad)
        if self._silent > _MOST_SILENT and not self.complete and self.error is None:
            self._refuse(f"more than {_MOST_SILENT:,} bytes in a row that are no body")
        self._tell()

    def lost(self, error: Exception | None) -> None:
        """The connection has ended."""
        if self.over:
            return
        if self._until_close and error is None:
            self.complete = True
            self._tell()
            return
        what = "before it answered" if not self.received else "in the middle of its answer"
        self._fail(BrokenOff(f"'{self._host}' broke off {what}."))

    def late(self) -> None:
        """A deadline has passed."""
        if self.over:
            return
        total = self._loop.time() + 0.001 >= self.ends
        phase = Phase.TOTAL if total else self._phase
        match phase:
            case Phase.TOTAL:
                seconds = self.timeouts.total
            case Phase.BETWEEN_BYTES:
                seconds = self.timeouts.between_bytes
            case _:
                seconds = self.timeouts.first_byte
        self._fail(too_slow(self._host, phase, seconds))

    def _tell(self) -> None:
        """Wake whoever waits for what there is now; and let go of everything when it is over."""
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            if self._reached():
                waiter.set_result(None)
                # A reader who takes his time is not late: only the whole has a deadline now.
                if self._line is not None:
                    self._line.move_deadline(self.ends)
            else:
                self._wait_for_next()
        if self.complete or self.error is not None:
            self._line = self._parser = None

    def _fail(self, error: PodiumError) -> None:
        if self.over:
            return
        self.error = error
        line = self._line
        self._tell()
        if line is not None:
            line.drop()

    def _refuse(self, what: str) -> None:
        self._fail(BrokenOff(f"'{self._host}' cannot be understood: {what}."))

    def _broke(self, bad: Exception) -> None:
        if self.complete:
            self.reusable = False  # bytes behind the end: whose are they?
        elif not isinstance(bad, httptools.HttpParserCallbackError):
            # The reasons of llhttp are its own words, none of the server's.
            self._refuse(f"{str(bad)[:80] or type(bad).__name__}")
        elif self.error is None:
            self._refuse("its answer breaks a rule of HTTP")

    # The parser's side

    def on_message_begin(self) -> None:
        if self.complete:
            raise _Refused

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value) + 4
        self._headers_seen += 1
        if self._head_bytes > MOST_HEAD_BYTES or self._headers_seen > MOST_HEADERS:
            self._stop(
                f"its headers are more than {MOST_HEADERS} or larger than {MOST_HEAD_BYTES:,} bytes"
            )
        if self._headed:
            return  # a trailer
        name = name.lower()
        headers = self.headers
        headers[name] = b"%b, %b" % (headers[name], value) if name in headers else value

    def on_headers_complete(self) -> None:
        parser = self._parser
        if parser is None:
            raise _Refused
        status = parser.get_status_code()
        if status < _FINAL:
            self._inform(status)
            return
        self.status = status
        version = parser.get_http_version()
        if version not in {"1.1", "1.0"}:
            self._stop(f"its answer is HTTP/{version}")
        self.reusable = parser.should_keep_alive() and version == "1.1"
        self._framed()

    def _inform(self, status: int) -> None:
        self._informed += 1
        if status == _SWITCHING or status < _CONTINUE or self._informed > _MOST_INFORMED:
            self._stop(f"it sends status {status}, which nobody asked for")
        self._informing = True
        self.headers = {}

    def _framed(self) -> None:
        """Where the body ends (RFC 9112, 6.3)."""
        headers = self.headers
        length, coding = headers.get(b"content-length"), headers.get(b"transfer-encoding")
        if coding is not None and coding.strip().lower() != b"chunked":
            self._stop("its transfer coding is not 'chunked'")
        self._headed = True
        framed = length is not None or coding is not None
        if self.target.method == "HEAD":
            self.complete, self.reusable = True, False
            raise _Refused
        if self.status in _BODILESS:
            # A server that counts a body which may not be there may send it later.
            self.reusable = self.reusable and not framed
        elif length is not None:
            self._announced = int(length)
            if self._announced > self.most:
                self.error = self.too_large()
                raise _Refused
        elif not framed:
            self._until_close, self.reusable = True, False

    def on_body(self, piece: bytes) -> None:
        self._begun = True
        self._silent = 0
        self.pieces.append(piece)
        self.unread += len(piece)
        if self.unread > self.most:
            self.error = self.too_large()
            raise _Refused

    def on_message_complete(self) -> None:
        if self._informing:
            self._informing = False
            return
        self.complete = True

    def too_large(self) -> TooLarge:
        return TooLarge(f"The response of '{self._host}' is larger than {self.most:,} bytes.")

    def _stop(self, what: str) -> None:
        self.error = BrokenOff(f"'{self._host}' cannot be understood: {what}.")
        raise _Refused


def too_slow(host: str, phase: Phase, seconds: float) -> DeadlinePassed:
    return DeadlinePassed(f"'{host}' was too slow: {phase.value}, {seconds:g} s.", phase)
