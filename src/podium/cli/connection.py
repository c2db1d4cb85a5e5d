"""A server to talk to: the one that was named, the folder's live one, or one started here."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar, cast

import anyio

from podium.cli.client import Client, client
from podium.cli.edge import Place
from podium.cli.exits import Interrupted
from podium.cli.folder import Folder, LiveServer, Opener
from podium.cli.home import state_folder
from podium.cli.lazy import load
from podium.cli.lock import Busy, Held, held
from podium.cli.show.screen import screen
from podium.cli.stop import interruptible
from podium.kernel.errors import NotFound, Unavailable

T = TypeVar("T")

Serve: TypeAlias = Callable[[Folder, Held, Opener], AbstractAsyncContextManager[LiveServer]]

_PATIENCE: Final = 20.0
"""Seconds that a starting server has until it answers."""


@dataclass(frozen=True, slots=True)
class Connection:
    """`embedded`: the server lives in this process and ends with the command."""

    client: Client
    embedded: bool


def known(place: Place) -> Place:
    """The place, for commands that only look. Raises NotFound where nothing was ever run."""
    home = state_folder(place.home, place.config)
    if place.server is None and not home.is_dir():
        raise NotFound(
            f"There is no podium state in {home}. Go to the folder where you ran podium, "
            f"name its state folder with --home, or begin with `podium run`."
        )
    return place


def talk(place: Place, work: Callable[[Connection], Awaitable[T]], *, command: str) -> T:
    """Connect and do the work. Raises Interrupted on Ctrl-C, after the server closed in peace."""
    return anyio.run(_talk, place, work, command, backend_options={"use_uvloop": True})


async def _talk(place: Place, work: Callable[[Connection], Awaitable[T]], command: str) -> T:
    result: list[T] = []
    async with connect(place, command=command) as connection, interruptible() as stop:
        result.append(await work(connection))
    if stop.asked and not result:
        raise Interrupted("Stopped.")
    return result[0]


@asynccontextmanager
async def connect(place: Place, *, command: str) -> AsyncGenerator[Connection]:
    """Raises Unavailable where no server answers."""
    async with AsyncExitStack() as stack:
        if place.server is not None:
            remote = await stack.enter_async_context(
                client(place.server, place.api_key, workspace=place.workspace)
            )
            yield Connection(remote, embedded=False)
            return
        folder = Folder(state_folder(place.home, place.config))
        folder.create()
        yield await _local(folder, stack, Opener(command, place.config, place.workspace))


async def _local(folder: Folder, stack: AsyncExitStack, opener: Opener) -> Connection:
    """Take the lock and serve; or find who has it, who may be starting or ending just now."""
    deadline = anyio.current_time() + _PATIENCE
    while True:
        try:
            lock = stack.enter_context(held(folder.lock, command=opener.command))
        except Busy as busy:
            if (
                found := await _live(folder, busy.holder.pid, stack, workspace=opener.workspace)
            ) is not None:
                return Connection(found, embedded=False)
            if anyio.current_time() > deadline:
                raise Unavailable(
                    f"Process {busy.holder.pid} holds {folder.lock} and does not answer. "
                    f"Wait for it, or end it with `kill {busy.holder.pid}`."
                ) from busy
            await anyio.sleep(0.1)
        else:
            with screen().busy("starting podium in this process …"):
                serve = cast("Serve", load("podium.cli.opening:embedded"))
                server = await stack.enter_async_context(serve(folder, lock, opener))
            own = await stack.enter_async_context(
                client(server.url, server.token, workspace=opener.workspace)
            )
            return Connection(own, embedded=True)


async def _live(
    folder: Folder, pid: int, stack: AsyncExitStack, *, workspace: str | None
) -> Client | None:
    server = folder.server()
    if server is None or server.pid != pid:
        return None
    async with AsyncExitStack() as attempt:
        found = await attempt.enter_async_context(
            client(server.url, server.token, workspace=workspace)
        )
        if not await found.alive():
            return None
        _ = await stack.enter_async_context(attempt.pop_all())
        return found
