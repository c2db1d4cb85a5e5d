"""A provider that misbehaves by script, down to single bytes on the socket.

Which fault a request meets is said by its header `x-fault`, else by the script of its model
(`plays`), else there is none.
"""

import json
import select
import socket
import ssl
import struct
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import TypeAlias

from tests.service.dialects import DIALECTS, Dialect, OpenAI

_LARGEST = 16_777_216
_LINGER = struct.pack("ii", 1, 0)
_LOOK = 0.05
_HANDSHAKE = 0x16
"""First byte of TLS."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came; `at` is on the monotonic clock."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, object]
    at: float
    port: int

    @property
    def model(self) -> str:
        return str(self.body.get("model", ""))

    @property
    def streamed(self) -> bool:
        return self.body.get("stream") is True

    @property
    def dialect(self) -> Dialect:
        ends = (said for end, said in DIALECTS.items() if self.path.endswith(end))
        return next(ends, OpenAI())


class Gone(Exception):
    """The client has closed, or the test has ended."""


@dataclass(slots=True)
class Line:
    """The server's end of one connection, while a fault is played."""

    socket: socket.socket
    ending: Event
    sent: int = 0
    kept: bool = False
    """Whether the connection goes on after this answer."""

    def send(self, data: bytes) -> None:
        """Raises Gone where nobody reads."""
        view = memoryview(data)
        while view:
            if self.ending.is_set():
                raise Gone
            _, writable, _ = select.select([], [self.socket], [], _LOOK)
            if writable:
                try:
                    count = self.socket.send(view[:1_000_000])
                except OSError as closed:
                    raise Gone from closed
                self.sent += count
                view = view[count:]

    def head(self, status: int = 200, kind: str = "application/json", **more: str) -> None:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        lines = [f"HTTP/1.1 {status} So", f"Content-Type: {kind}"]
        self.send("\r\n".join([*lines, *(f"{n}: {v}" for n, v in named.items()), "", ""]).encode())

    def whole(self, body: bytes, status: int = 200, **more: str) -> None:
        self.head(status, Content_Length=str(len(body)), **more)
        self.send(body)
        self.kept = True

    def chunk(self, data: bytes) -> None:
        self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def stream(self) -> None:
        """The head of a stream; pieces follow as chunks."""
        self.head(200, "text/event-stream", Transfer_Encoding="chunked")

    def last(self) -> None:
        self.send(b"0\r\n\r\n")
        self.kept = True

    def reset(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        self.socket.close()

    def wait(self, seconds: float = float("inf")) -> None:
        """Say nothing for a while. Raises Gone where the client closes meanwhile."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if self.ending.is_set():
                raise Gone
            readable, _, _ = select.select([self.socket], [], [], _LOOK)
            if readable:
                with suppress(OSError):
                    if self.socket.recv(65_536):
                        continue
                raise Gone


Fault: TypeAlias = Callable[[Line, Asked], None]


@dataclass(slots=True)
class FaultyUpstream:
    """`faults` are by name; `asked` has every request; `left` the models whose client went away."""

    faults: Mapping[str, Fault]
    url: str = ""
    asked: list[Asked] = field(default_factory=list[Asked])
    left: list[str] = field(default_factory=list[str])
    sent: int = 0
    ending: Event = field(default_factory=Event)
    _scripts: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    _lock: Lock = field(default_factory=Lock)

    def plays(self, model: str, *names: str) -> None:
        """One fault for each request for a model; the last one is repeated."""
        unknown = [name for name in names if name not in self.faults]
        assert not unknown, unknown
        self._scripts[model] = list(names)

    def times(self, model: str) -> list[float]:
        return [one.at for one in self.asked if one.model == model]

    def choose(self, asked: Asked) -> Fault:
        with self._lock:
            self.asked.append(asked)
            script = self._scripts.get(asked.model, ["none"])
            name = script.pop(0) if len(script) > 1 else script[0]
        return self.faults[asked.headers.get("x-fault", name)]

    def ended(self, line: Line, asked: Asked, *, gone: bool) -> None:
        with self._lock:
            self.sent += line.sent
            if gone:
                self.left.append(asked.model)


@contextmanager
def faulty(
    faults: Mapping[str, Fault], *, port: int = 0, tls: ssl.SSLContext | None = None
) -> Generator[FaultyUpstream]:
    listening = socket.create_server(("127.0.0.1", port), backlog=128)
    listening.settimeout(_LOOK)
    scheme = "http" if tls is None else "https"
    host = "127.0.0.1" if tls is None else "localhost"
    upstream = FaultyUpstream(faults, f"{scheme}://{host}:{listening.getsockname()[1]}")

    def accept() -> None:
        while not upstream.ending.is_set():
            with suppress(TimeoutError):
                near, _ = listening.accept()
                Thread(target=_serve, args=(upstream, near, tls), daemon=True).start()

    thread = Thread(target=accept)
    thread.start()
    try:
        yield upstream
    finally:
        upstream.ending.set()
        thread.join()
        listening.close()


def _serve(upstream: FaultyUpstream, near: socket.socket, tls: ssl.SSLContext | None) -> None:
    with suppress(OSError, ssl.SSLError):
        if tls is not None:
            near.settimeout(5)
            near = tls.wrap_socket(near, server_side=True)
        near.settimeout(None)
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while asked := _read(near):
            line = Line(near, upstream.ending)
            gone = False
            try:
                upstream.choose(asked)(line, asked)
            except Gone:
                gone = not upstream.ending.is_set()
            upstream.ended(line, asked, gone=gone)
            if not line.kept or gone:
                break
    near.close()


def _read(near: socket.socket) -> Asked | None:
    """The next request on the connection; None where there is none."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = near.recv(65_536)
        if not piece or len(data) > _LARGEST:
            return None
        data += piece
        if data[0] == _HANDSHAKE:
            near.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            return None
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    while len(body) < int(headers.get("content-length", 0)):
        body += near.recv(65_536)
    said: object = json.loads(body) if body else {}
    fields = {str(name): value for name, value in said.items()} if isinstance(said, dict) else {}
    port = near.getpeername()[1]
    return Asked(first.split(" ")[1], headers, fields, time.monotonic(), port)
