"""A podium opened in this process and its API, ready to be served.

Importing this takes seconds, so it is asked for by name alone (see `lazy`), when there is no
server to talk to.
"""

import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from uvicorn._types import ASGIApplication

from podium.bootstrap import Podium, open_podium
from podium.cli.configuration import read
from podium.cli.folder import Folder, LiveServer, Opener
from podium.cli.lazy import load
from podium.cli.lock import Held
from podium.cli.owner import with_owner
from podium.cli.server import Address, Opened, Site, serving
from podium.settings import Settings

APP: Final = "podium.api.app:create_app"
DOOR: Final = "podium.api.ports:Door"
"""The command line is the API's equal and does not import it; it serves it by name."""

CreateApp: TypeAlias = Callable[[Podium, object], ASGIApplication]
MakeDoor: TypeAlias = Callable[[frozenset[str]], object]


@dataclass(frozen=True, slots=True)
class Opening:
    """Calling it opens the folder with these settings, for a server at this address."""

    settings: Settings
    folder: Folder
    address: Address

    @asynccontextmanager
    async def __call__(self, token: str) -> AsyncGenerator[Opened[Podium]]:
        async with open_podium(self.settings, self.folder.path) as podium:
            make = cast("CreateApp", load(APP))
            yield Opened(make(with_owner(podium, token), self._door()), podium)

    def _door(self) -> object:
        """Answers to loopback's names; to others only where it listens to others."""
        host = self.address.host
        names = () if self.address.is_private else (host, socket.gethostname(), socket.getfqdn())
        return cast("MakeDoor", load(DOOR))(frozenset(names))


@asynccontextmanager
async def embedded(folder: Folder, lock: Held, opener: Opener) -> AsyncGenerator[LiveServer]:
    """Serve the folder on a loopback port of the system's choice."""
    address = Address("127.0.0.1", 0)
    opening = Opening(read(opener.config), folder, address)
    async with serving(Site(folder, lock, address, opener.command), opening) as served:
        yield served.live
