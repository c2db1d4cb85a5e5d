"""A state folder as other processes see it: who serves it, and the secret to talk to them.

.podium/lock          held by the process that serves the folder
.podium/server.json   its pid, URL and a token of its life; only its owner may read it
"""

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from podium.kernel.errors import Unavailable


class LiveServer(msgspec.Struct, frozen=True):
    pid: int
    url: str
    token: str


@dataclass(frozen=True, slots=True)
class Folder:
    path: Path

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    @property
    def results(self) -> Path:
        return self.path / "results"

    @property
    def exists(self) -> bool:
        return self.path.is_dir()

    def create(self) -> None:
        """Make it where it is missing: closed to others, and nothing for version control."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not (ignore := self.path / ".gitignore").exists():
                _ = ignore.write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise Unavailable(
                f"The state folder {self.path} cannot be written: {error.strerror}. "
                f"Choose another one with --home."
            ) from error

    def announce(self, server: LiveServer) -> None:
        """Write server.json in one step, readable by the owner alone. Raises Unavailable."""
        fresh = self._server.with_name(f"server.json.{server.pid}")
        try:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                _ = file.write(msgspec.json.encode(server))
            _ = fresh.replace(self._server)
        except OSError as error:
            raise Unavailable(
                f"The state folder {self.path} cannot be written: {error.strerror}. Free some "
                f"space there, then start podium again; nothing that was recorded is lost."
            ) from error

    def withdraw(self) -> None:
        self._server.unlink(missing_ok=True)

    def server(self) -> LiveServer | None:
        """What server.json says; the lock decides whether it is still true."""
        try:
            return msgspec.json.decode(self._server.read_bytes(), type=LiveServer)
        except (OSError, msgspec.DecodeError):
            return None

    @property
    def _server(self) -> Path:
        return self.path / "server.json"


@dataclass(frozen=True, slots=True)
class Opener:
    """The command that opens a folder for as long as it lasts, and with which configuration."""

    command: str
    config: Path | None
    workspace: str | None = None


@dataclass(frozen=True, slots=True)
class UpOptions:
    """What `podium up` was asked; None is what the settings say."""

    folder: Folder
    host: str | None
    port: int | None
    config: Path | None
    json: bool
