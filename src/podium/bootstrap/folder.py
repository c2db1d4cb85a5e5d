"""The state folder: how it is opened, what is told where that fails, how it is left."""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from podium.kernel.errors import Unavailable
from podium.settings import Settings


@contextmanager
def single() -> Generator[None]:
    """The task group that writes spans wraps what passes through it: hand on the error itself."""
    try:
        yield
    except BaseExceptionGroup as group:
        if len(group.exceptions) == 1:
            raise group.exceptions[0] from group
        raise


def private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"The state folder {folder} cannot be made: {error.strerror}.") from error


async def last(flush: Callable[[], Awaitable[None]]) -> None:
    """What is written when podium ends, where the database still answers."""
    with suppress(Unavailable):
        await flush()


def storage_url(settings: Settings, folder: Path) -> str:
    """The database: as configured, or a SQLite file in the folder that is open."""
    return settings.reveal(settings.storage.url) or f"sqlite:///{folder / 'podium.db'}"
