"""How a state folder is opened: nobody else looks in, and one error comes out as itself."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from podium.kernel.errors import Unavailable


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
