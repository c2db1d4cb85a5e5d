"""SQLite files that only their owner may read, whatever the umask and the folder allow."""

import os
from contextlib import suppress
from typing import cast

from sqlalchemy import Engine, event


def closed_to_others(engine: Engine) -> None:
    """Make the file with mode 0600 before SQLite would make it; a file that exists stays as it is.

    SQLite gives `-wal` and `-shm` the mode of the file they belong to.
    """

    def make(_dialect: object, _record: object, arguments: list[object], _: object) -> None:
        path = cast("str", arguments[0])
        if path.startswith("file:"):
            return
        with suppress(OSError):  # there already; or SQLite says what is wrong with it
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))

    event.listen(engine, "do_connect", make)
