"""Places that keep checkpoints: a file that is appended to, or an address that takes them."""

import os
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from anyio import to_thread

from podium.adapters.http.client import HttpClient
from podium.kernel.errors import Unavailable

_DEADLINE: Final = 10.0
_MOST_BYTES: Final = 65_536
_OK: Final = range(200, 300)


class FileOutlet:
    """One note after the other, with an empty line between."""

    def __init__(self, path: Path) -> None:
        self._path: Path = path

    async def put(self, note: str) -> None:
        await to_thread.run_sync(self._append, note)

    def _append(self, note: str) -> None:
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            descriptor = os.open(self._path, flags, 0o600)
            with os.fdopen(descriptor, "w") as file:
                _ = file.write(f"{note}\n")
                file.flush()
                os.fsync(descriptor)
        except OSError as error:
            raise Unavailable(
                f"Checkpoints cannot be kept in {self._path}: {error.strerror}. Let podium write "
                "there, or correct audit.checkpoints in podium.yaml."
            ) from error


class WebOutlet:
    """POST, as text."""

    def __init__(self, url: str, http: HttpClient) -> None:
        self._url: str = url
        self._http: HttpClient = http

    async def put(self, note: str) -> None:
        answer = await self._http.request(
            "POST",
            self._url,
            headers={"Content-Type": "text/plain; charset=utf-8"},
            query={},
            body=note.encode(),
            deadline=_DEADLINE,
            max_bytes=_MOST_BYTES,
            follow_redirects=False,
        )
        if answer.status not in _OK:
            raise Unavailable(
                f"'{urlsplit(self._url).hostname}' answered {answer.status} to a checkpoint of the "
                "audit trail. Correct audit.checkpoints in podium.yaml."
            )
