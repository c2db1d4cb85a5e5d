"""A real server on loopback that does what a script says."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Server:
    """Plays one handler for each request; the last one is repeated."""

    handlers: list[Handler]
    seen: list[dict[str, object]] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    ports: set[object] = field(default_factory=set)
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.times.append(time.monotonic())
        self.heads.append(dict(request.headers))
        assert request.transport is not None
        self.ports.add(request.transport.get_extra_info("peername"))
        body = await request.read()
        self.seen.append(json.loads(body) if body else {})
        handler = self.handlers.pop(0) if len(self.handlers) > 1 else self.handlers[0]
        return await handler(request)


@asynccontextmanager
async def serving(*handlers: Handler):
    server = Server(list(handlers))
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}"
    try:
        yield server
    finally:
        await runner.cleanup()


def says(body: object, status: int = 200, **headers: str) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response(body, status=status, headers=named)

    return handler


def streams(*parts: bytes | float, kind: str = "text/event-stream", cut: bool = False) -> Handler:
    """Numbers are pauses in seconds; `cut` drops the connection at the end."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": kind})
        await response.prepare(request)
        for part in parts:
            if isinstance(part, bytes):
                await response.write(part)
            else:
                await asyncio.sleep(part)
        if cut:
            assert request.transport is not None
            request.transport.abort()
        return response

    return handler


def event(**body: object) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\n\n"
