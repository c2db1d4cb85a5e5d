"""Proto files to descriptors, by protoc in a process that may neither take long nor much."""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread

from podium.kernel.errors import Invalid, LimitReached

SECONDS: Final = 10.0
MEMORY: Final = 1_000_000_000
_AT_ONCE: Final = 2
_SAID_BYTES: Final = 2_000


class Compiler:
    """`seconds` and `memory` (bytes) are what one compilation may take."""

    def __init__(self, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._seconds: float = seconds
        self._memory: int = memory
        self._limiter: anyio.CapacityLimiter = anyio.CapacityLimiter(_AT_ONCE)

    async def compile(self, sources: Mapping[str, str], root: str) -> bytes:
        """A serialized FileDescriptorSet of `root` and of all that it imports.

        `sources` are texts by the names that imports use. Raises Invalid for what protoc does
        not accept, LimitReached where it takes too long or too much.
        """
        return await anyio.to_thread.run_sync(
            partial(self._compiled, sources, root), limiter=self._limiter, abandon_on_cancel=True
        )

    def _compiled(self, sources: Mapping[str, str], root: str) -> bytes:
        with tempfile.TemporaryDirectory(prefix="podium-proto-") as place:
            folder = Path(place)
            for name, text in sources.items():
                file = folder / "sources" / name
                file.parent.mkdir(parents=True, exist_ok=True)
                _ = file.write_text(text, "utf-8")
            said = folder / "said"
            code = self._run(folder, root, said)
            if code > 0:
                raise Invalid(f"The proto file cannot be compiled. {_lines(said, folder)}")
            if code < 0:
                raise self._too_much(root)
            return (folder / "descriptors").read_bytes()

    def _run(self, folder: Path, root: str, said: Path) -> int:
        worker = str(Path(__file__).with_name("protoc.py"))
        limits = [str(self._memory), str(int(self._seconds) + 1)]
        with said.open("wb") as stderr:
            try:
                done = subprocess.run(  # noqa: S603 - our own file
                    [sys.executable, "-I", worker, str(folder), root, *limits],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=stderr,
                    cwd=folder,
                    env={},
                    timeout=self._seconds,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise self._too_much(root) from None
        return done.returncode

    def _too_much(self, root: str) -> LimitReached:
        return LimitReached(
            f"Compiling {root} takes more than {self._seconds:g} s or {self._memory:,} bytes of "
            f"memory. Give a proto file with the service and its messages alone."
        )


def _lines(said: Path, folder: Path) -> str:
    """What protoc complains of, without our folder's name."""
    with said.open("rb") as file:
        text = file.read(_SAID_BYTES).decode(errors="replace")
    return " ".join(text.replace(f"{folder}/sources/", "").split())
