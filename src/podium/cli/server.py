"""A state folder served over HTTP from this process, with uvicorn."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final, Generic, TypeAlias, TypeVar, cast

import anyio
import uvicorn
from uvicorn._types import ASGIApplication

from podium.cli.folder import Folder, LiveServer
from podium.cli.lock import Held, Holder
from podium.kernel.errors import Invalid, Unavailable

P = TypeVar("P")

_GRACE: Final = 3
"""Seconds that open connections have when the server ends; event streams never end themselves."""


@dataclass(frozen=True, slots=True)
class Address:
    """Port 0 is a free one."""

    host: str
    port: int

    @property
    def is_private(self) -> bool:
        return self.host in {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True, slots=True)
class Site:
    """What is served where; `command` is the word after `podium` for the lock's name plate."""

    folder: Folder
    lock: Held
    address: Address
    command: str


@dataclass(frozen=True, slots=True)
class Opened(Generic[P]):
    """`podium` is what is behind the application."""

    app: ASGIApplication
    http: Callable[..., asyncio.Protocol]
    """uvicorn's protocol for it."""
    podium: P


Open: TypeAlias = Callable[[str], AbstractAsyncContextManager[Opened[P]]]
"""Opens a podium whose API takes the token that is given for the folder's owner."""


@dataclass(frozen=True, slots=True)
class Served(Generic[P]):
    live: LiveServer
    podium: P


@asynccontextmanager
async def serving(site: Site, open_: Open[P]) -> AsyncGenerator[Served[P]]:
    """Raises Invalid where the address cannot be had, and what opening raises."""
    site.folder.withdraw()
    with _bound(site.address) as listener:
        live = LiveServer(os.getpid(), _url(listener), secrets.token_urlsafe(32))
        site.lock.sign(Holder(live.pid, live.url, site.command))
        async with open_(live.token) as opened, _listening(opened, listener):
            site.folder.announce(live)
            try:
                yield Served(live, opened.podium)
            finally:
                site.folder.withdraw()


class _Server(uvicorn.Server):
    """Leaves signals to whoever started it."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


@asynccontextmanager
async def _listening(opened: Opened[P], listener: socket.socket) -> AsyncGenerator[None]:
    config = uvicorn.Config(
        opened.app,
        http=cast("type[asyncio.Protocol]", opened.http),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )
    server = _Server(config)
    async with anyio.create_task_group() as group:
        _ = group.start_soon(server.serve, [listener])
        while not server.started:
            if server.should_exit:
                raise Unavailable("The HTTP server did not start. Run it again with --debug.")
            await anyio.sleep(0.01)
        try:
            yield
        finally:
            server.should_exit = True


@contextmanager
def _bound(address: Address) -> Generator[socket.socket]:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address.host, address.port))
            listener.listen(1024)
        except OSError as error:
            raise _unbound(address, error) from error
        yield listener


def _url(listener: socket.socket) -> str:
    host, port = cast("tuple[str, int]", listener.getsockname()[:2])
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _unbound(address: Address, error: OSError) -> Invalid:
    reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
    other = address.port + 1 if address.port else 8700
    return Invalid(
        f"podium cannot listen on {address.host}:{address.port}: {reason}. "
        f"Choose another port: podium up --port {other}"
    )
