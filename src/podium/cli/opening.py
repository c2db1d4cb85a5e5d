"""A podium opened in this process and its API, ready to be served.

Importing this takes seconds, so it is asked for by name alone (see `lazy`), when there is no
server to talk to.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias, cast

from uvicorn._types import ASGIApplication

from podium.bootstrap import Podium, open_podium
from podium.cli.configuration import origin
from podium.cli.folder import Folder, LiveServer, Opener
from podium.cli.lazy import load
from podium.cli.lock import Held
from podium.cli.owner import with_owner
from podium.cli.server import Address, Opened, Site, serving
from podium.settings import Written
from podium.settings.model import Server

APP: Final = "podium.api.app:create_app"
HOT: Final = "podium.api.compatible.hot:hot"
DOOR: Final = "podium.api.door:Door"
"""The command line is the API's equal and does not import it; it serves it by name."""

CreateApp: TypeAlias = Callable[[Podium, object], ASGIApplication]
Hot: TypeAlias = Callable[[ASGIApplication], Callable[..., asyncio.Protocol]]


class MakeDoor(Protocol):
    """As much of the API's `Door` as the settings say."""

    def __call__(
        self, *, hosts: frozenset[str], any_address: bool, max_body_bytes: int
    ) -> object: ...


@dataclass(frozen=True, slots=True)
class Opening:
    """Calling it opens the folder with these settings, for a server at this address."""

    written: Written
    folder: Folder
    address: Address

    @asynccontextmanager
    async def __call__(self, token: str) -> AsyncGenerator[Opened[Podium]]:
        async with open_podium(self.written, self.folder.path) as podium:
            make = cast("CreateApp", load(APP))
            app = make(with_owner(podium, token), self.door(podium.settings.server))
            yield Opened(app, cast("Hot", load(HOT))(app), podium)

    def door(self, server: Server) -> object:
        """Answers to loopback's names and those that are allowed; where it listens to others, to
        the machine's own and to addresses too.
        """
        private = self.address.is_private
        own = () if private else (self.address.host, socket.gethostname(), socket.getfqdn())
        return cast("MakeDoor", load(DOOR))(
            hosts=frozenset((*server.allowed_hosts, *own)),
            any_address=not private,
            max_body_bytes=server.max_body_bytes,
        )


@asynccontextmanager
async def embedded(folder: Folder, lock: Held, opener: Opener) -> AsyncGenerator[LiveServer]:
    """Serve the folder on a loopback port of the system's choice."""
    address = Address("127.0.0.1", 0)
    opening = Opening(origin(opener.config).read(), folder, address)
    async with serving(Site(folder, lock, address, opener.command), opening) as served:
        yield served.live
