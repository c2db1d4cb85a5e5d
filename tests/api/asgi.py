"""A caller of an ASGI application in this process: no sockets, and it can leave when it likes."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import anyio
from starlette.types import ASGIApp, Message
from tests.pace import HANGS

HOST = "127.0.0.1:8700"


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return self.json["code"]


@dataclass
class Exchange:
    """One request under way."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    pieces: list[bytes] = field(default_factory=list)
    grew: anyio.Event = field(default_factory=anyio.Event)
    left: anyio.Event = field(default_factory=anyio.Event)
    ended: anyio.Event = field(default_factory=anyio.Event)

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    async def until(self, text: str) -> str:
        """Wait until the body holds it."""
        with anyio.fail_after(HANGS):
            while text.encode() not in self.body:
                await self.grew.wait()
        return self.body.decode()


@dataclass
class Caller:
    """`headers` go with every request; `scheme` is what the server is served by."""

    app: ASGIApp
    headers: Mapping[str, str] = field(default_factory=dict)
    scheme: str = "http"

    async def get(self, target: str, **more: str) -> Answer:
        return await self.call("GET", target, headers=more)

    async def post(self, target: str, body: object = None, **more: str) -> Answer:
        return await self.call("POST", target, body, headers=more)

    async def call(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """`body` is sent as it is where it is bytes, else as JSON."""
        exchange = Exchange()
        with anyio.fail_after(HANGS):
            await self._exchange(exchange, method, target, body, headers or {})
        return Answer(exchange.status, exchange.headers, exchange.body)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Exchange]:
        exchange = Exchange()
        async with anyio.create_task_group() as group:
            group.start_soon(self._exchange, exchange, method, target, body, headers or {})
            yield exchange
            group.cancel_scope.cancel()

    async def _exchange(
        self,
        exchange: Exchange,
        method: str,
        target: str,
        body: object,
        headers: Mapping[str, str],
    ) -> None:
        content = body if isinstance(body, bytes) else _encoded(body)
        sent = {"host": HOST, "content-type": "application/json", **self.headers}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        url = urlsplit(target)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": self.scheme,
            "method": method,
            "path": unquote(url.path),
            "raw_path": url.path.encode(),
            "query_string": url.query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in sent.items() if v],
            "server": ("127.0.0.1", 8700),
            "client": ("127.0.0.1", 5000),
        }
        asked = False

        async def receive() -> Message:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": content, "more_body": False}
            await exchange.left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            await anyio.lowlevel.checkpoint()
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                exchange.headers = {k.decode(): v.decode() for k, v in message["headers"]}
            else:
                exchange.pieces.append(message.get("body", b""))
            exchange.grew.set()
            exchange.grew = anyio.Event()

        await self.app(scope, receive, send)
        exchange.ended.set()


def _encoded(body: object) -> bytes:
    return b"" if body is None else json.dumps(body).encode()
