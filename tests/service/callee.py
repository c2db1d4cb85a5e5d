"""A server to be called, that counts."""

import json
import sys
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from urllib.parse import urlsplit

from podium.kernel.json import JsonObject

_BABBLE: JsonObject = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "no JSON at all"},
        }
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
}

ODD = {
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deeper": b'{"a":' * 150 + b"1" + b"}" * 150,
    "nan": b'{"x": NaN}',
    "infinity": b'{"x": 1e999}',
    "negative-infinity": b'{"x": -Infinity}',
    "twice": b'{"x": 1, "x": 2}',
    "surrogate": b'{"x": "\\ud800"}',
    "latin": b'{"x": "\xe9"}',
    "digits": b'{"x": ' + b"9" * 100_000 + b"}",
    "cut": b'{"x": [1, 2',
    "nothing": b"",
    "nul": b'{"x": "\\u0000"}',
    "many": b"[" + b"0," * 900_000 + b"0]",
}


@dataclass(slots=True)
class Callee:
    """Counts what it is asked for, by idempotency key.

    POST /effect?ms=N    answers what it was sent, after so long
    POST /v1/chat/completions  says "no JSON at all"
    POST /broken         500 until `heals` is set
    POST /held           answers what it was sent when `goes` is set
    GET  /never          no answer while the test lasts
    GET  /endless        1 GB in chunks, with no length
    GET  /odd/KIND       JSON that is none, or that nobody expects
    """

    url: str = ""
    times: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    begun: Counter[str] = field(default_factory=Counter[str])
    sent: int = 0
    heals: Event = field(default_factory=Event)
    goes: Event = field(default_factory=Event)
    closing: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)

    @property
    def count(self) -> int:
        return sum(len(times) for times in self.times.values())

    def note(self, path: str, key: str) -> None:
        with self.lock:
            self.begun[path] += 1
            if key:
                self.times.setdefault(key, []).append(time.time())  # noqa: TID251 - as kills are


@contextmanager
def calling() -> Generator[Callee]:
    callee = Callee()

    class Handler(_Handler):
        behind = callee

    with _Quiet(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        callee.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield callee
        finally:
            callee.closing.set()
            server.shutdown()
            thread.join()


class _Quiet(ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is no error here."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # pyright: ignore[reportArgumentType]


class _Handler(BaseHTTPRequestHandler):
    behind: Callee = Callee()
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        self.behind.note(parts.path, self.headers.get("Idempotency-Key", ""))
        if parts.path == "/v1/chat/completions":
            return self._say(200, json.dumps(_BABBLE).encode())
        if parts.path == "/broken" and not self.behind.heals.is_set():
            return self._say(500, b'{"error": "broken"}')
        while parts.path == "/held" and not self.behind.goes.wait(0.05):
            if self.behind.closing.is_set():
                return None
        if parts.query.startswith("ms="):
            _ = self.behind.closing.wait(int(parts.query[3:]) / 1000)
        return self._say(200, body)

    def do_GET(self) -> None:
        self.behind.note(self.path, "")
        if self.path == "/never":
            _ = self.behind.closing.wait()
        elif self.path == "/endless":
            self._gush()
        elif self.path.startswith("/odd/"):
            self._say(200, ODD[self.path.removeprefix("/odd/")])

    def _gush(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        piece = b"x" * 1_000_000
        for _ in range(1000):
            _ = self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.behind.sent += len(piece)
        _ = self.wfile.write(b"0\r\n\r\n")

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        _ = self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Tests print for themselves."""
