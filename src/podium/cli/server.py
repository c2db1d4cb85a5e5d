"""The API served from this process, with uvicorn: for `podium up`, or as long as a command lasts.

Importing this takes about a second, so nothing imports it but by name (see `lazy`).
"""

import os
import secrets
import socket
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final, cast

import anyio
import uvicorn
from uvicorn._types import ASGIApplication

from podium.bootstrap import Podium, open_podium
from podium.cli.configuration import read
from podium.cli.folder import Folder, LiveServer
from podium.cli.lazy import load
from podium.cli.lock import Held, Holder
from podium.kernel.errors import Invalid, Unavailable
from podium.settings import Settings

APP: Final = "podium.api.app:create_app"
"""`create_app(podium, token)`: a bearer of `token` is the owner of the state folder."""

_GRACE: Final = 3
"""Seconds that open connections have when the server ends; event streams never end themselves."""

CreateApp = Callable[[Podium, str], ASGIApplication]


@dataclass(frozen=True, slots=True)
class Address:
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
    settings: Settings
    address: Address
    command: str


@dataclass(frozen=True, slots=True)
class Served:
    """`podium` is the opened podium behind the server."""

    live: LiveServer
    podium: Podium


@asynccontextmanager
async def embedded(folder: Folder, lock: Held, command: str) -> AsyncGenerator[LiveServer]:
    """Serve the folder on a loopback port of the system's choice."""
    site = Site(folder, lock, read(None), Address("127.0.0.1", 0), command)
    async with serving(site) as served:
        yield served.live


@asynccontextmanager
async def serving(site: Site) -> AsyncGenerator[Served]:
    """Raises Invalid where the address cannot be had, and what opening the stores raises."""
    site.folder.withdraw()
    with _bound(site.address) as listener:
        host, port = cast("tuple[str, int]", listener.getsockname()[:2])
        url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        live = LiveServer(os.getpid(), url, secrets.token_urlsafe(32))
        site.lock.sign(Holder(live.pid, url, site.command))
        async with open_podium(site.settings, site.folder.path) as podium:
            app = cast("CreateApp", load(APP))(podium, live.token)
            async with _listening(app, listener):
                site.folder.announce(live)
                try:
                    yield Served(live, podium)
                finally:
                    site.folder.withdraw()


class _Server(uvicorn.Server):
    """Leaves signals to whoever started it."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


@asynccontextmanager
async def _listening(app: ASGIApplication, listener: socket.socket) -> AsyncGenerator[None]:
    config = uvicorn.Config(
        app,
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


def _unbound(address: Address, error: OSError) -> Invalid:
    what = f"podium cannot listen on {address.host}:{address.port}: {error.strerror or error}."
    other = address.port + 1 if address.port else 8700
    return Invalid(f"{what} Choose another port: podium up --port {other}")
