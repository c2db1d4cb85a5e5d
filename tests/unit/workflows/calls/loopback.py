"""Real HTTP servers on loopback, and calls that reach them through the real client."""

import email.parser
import email.policy
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from tests.pace import HANGS

from podium.adapters.http.client import HttpClient
from podium.adapters.http.egress import Egress
from podium.identity.principal import Principal
from podium.kernel.ids import RunId, UserId, WorkspaceId
from podium.workflows.calls.authentication.exchange import Authentication
from podium.workflows.calls.http import HttpCall
from podium.workflows.calls.sending import Limits, Sender
from podium.workflows.functions import Call

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Seen:
    """A request as it arrived: its target byte for byte."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Site:
    url: str = ""
    seen: list[Seen] = field(default_factory=list)

    @property
    def last(self) -> Seen:
        return self.seen[-1]


@asynccontextmanager
async def site(handler: Handler):
    """Serves everything with one handler and notes what arrives."""
    made = Site()

    async def noting(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        made.seen.append(Seen(request.method, request.raw_path, dict(request.headers), body))
        return await handler(request)

    app = web.Application(client_max_size=2**24)
    app.router.add_route("*", "/{tail:.*}", noting)
    runner = web.AppRunner(app, shutdown_timeout=0.1, auto_decompress=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    made.url = f"http://{host}:{port}"
    try:
        yield made
    finally:
        await runner.cleanup()


def parts(seen: Seen) -> dict[str, bytes]:
    """Of a multipart body, as Python's own parser reads it."""
    head = f"Content-Type: {seen.headers['Content-Type']}\r\n\r\n".encode()
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    whole = parser.parsebytes(head + seen.body)
    assert not whole.defects
    return {
        str(part.get_param("name", header="Content-Disposition")): part.get_payload(decode=True)
        for part in whole.iter_parts()
    }


def answers(body=None, status: int = 200, **headers: str) -> Handler:
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def handler(_: web.Request) -> web.StreamResponse:
        if isinstance(body, bytes):
            return web.Response(body=body, status=status, headers=named)
        return web.json_response(body, status=status, headers=named)

    return handler


@dataclass
class Hands:
    """A clock that goes on, and may be put forward."""

    ahead: float = 0.0

    def now(self) -> float:
        return time.time() + self.ahead  # noqa: TID251 - tokens are checked against the day

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here sleeps")


class Dice:
    def __init__(self) -> None:
        self.count = 0

    def random(self) -> float:
        return 0.5

    def token(self, size: int) -> bytes:
        self.count += 1
        return self.count.to_bytes(size, "big")


def a_call(input=None, *, deadline: float = HANGS) -> Call:
    owner = Principal(UserId("user_ann"), WorkspaceId("ws_one"), "Ann")
    return Call(RunId("run_1"), "/do/get", owner, deadline, input=input)


@dataclass
class Caller:
    """`call: http` over the real client; `sender` is for other calls."""

    sender: Sender
    clock: Hands

    async def __call__(self, *, input=None, deadline: float = HANGS, **arguments: object) -> object:
        arguments.setdefault("method", "get")
        return await HttpCall(self.sender).call(arguments, a_call(input, deadline=deadline))


@asynccontextmanager
async def calling(*, seconds: float = 5.0, max_bytes: int = 1_000_000, egress=None):
    async with HttpClient(egress or Egress.anywhere()) as client:
        clock = Hands()
        authentication = Authentication(clock, Dice())
        yield Caller(Sender(client, authentication, Limits(seconds, max_bytes)), clock)
