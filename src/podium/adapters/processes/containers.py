"""Runs containers by the command line of docker or podman, whichever the machine has."""

import logging
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import anyio

from podium.adapters.processes.background import Background
from podium.adapters.processes.commands import Command, Done
from podium.adapters.processes.sandbox import Limits
from podium.kernel.clock import Clock
from podium.kernel.errors import (
    Invalid,
    LimitReached,
    NotFound,
    PodiumError,
    Refused,
    TimedOut,
    Unavailable,
)
from podium.workflows.calls.containers import Cleanup, Container, Pull
from podium.workflows.calls.processes import Ended, decoded

ENGINES: Final = ("docker", "podman")
_log: Final = logging.getLogger("podium.processes")
_ENGINE_FAILED: Final = 125
_PULL: Final = {Pull.IF_NOT_PRESENT: "missing", Pull.ALWAYS: "always", Pull.NEVER: "never"}
_KEY: Final = "podium.key"
_EXPIRES: Final = "podium.expires"
_SHORT: Final = 30.0
_EXCERPT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Grants:
    """What containers may have of the machine: the network, and folders to mount (real paths)."""

    network: bool = False
    volumes: Sequence[str] = ()


class ContainerEngine(Background):
    """Implements `podium.workflows.calls.containers.Containers`. Use it as an async context
    manager: what still runs at the end is ended.

    Containers are marked with the key of their call: one that is made again removes what is left
    of the first. Those that are to go later are marked with when, for calls after a restart.
    """

    def __init__(self, limits: Limits, grants: Grants, clock: Clock, *, engine: str = "") -> None:
        super().__init__(limits.at_once)
        self._limits: Limits = limits
        self._grants: Grants = grants
        self._clock: Clock = clock
        self._engine: str = engine

    async def run(self, container: Container, *, seconds: float) -> Ended:
        self._check(container)
        async with self._turns:
            return await self._run(container, min(seconds, self._limits.seconds))

    async def start(self, container: Container, *, seconds: float) -> None:
        self._check(container)
        await self._turns.acquire()
        _ = self._group.start_soon(self._unattended, container, min(seconds, self._limits.seconds))

    async def tried(self) -> str:
        """A sentence, where an engine answers; or raises NotFound, Unavailable."""
        engine = self._found()
        done = await self._short("version")
        if done.code:
            said = decoded(bytes(done.output.stderr))[-_EXCERPT:]
            raise Unavailable(f"{engine} does not answer: {said}")
        return f"{engine} answers."

    async def _unattended(self, container: Container, seconds: float) -> None:
        try:
            _ = await self._run(container, seconds)
        except PodiumError as error:
            _log.warning("A container that nobody waits for failed: %s", error.message)
        finally:
            self._turns.release()

    async def _run(self, container: Container, seconds: float) -> Ended:
        await self._remove(await self._marked(f"{_KEY}={container.key}"))
        await self._remove(await self._expired())
        expires = round(self._clock.now() + seconds + container.after)
        with _variables(container) as file:
            words = [self._found(), *arguments(container, file, self._limits, grants=self._grants)]
            if container.cleanup is Cleanup.EVENTUALLY:
                words[2:2] = ["--label", f"{_EXPIRES}={expires}"]
            most = self._limits.output
            async with self._cleaned(container):
                command = Command(words, container.stdin, most=most, seconds=seconds)
                return self._outcome(container, await command.run(), seconds)

    @asynccontextmanager
    async def _cleaned(self, container: Container) -> AsyncGenerator[None]:
        """What `lifetime` says about the container, however the block ends; it runs no more."""
        try:
            yield
        finally:
            with anyio.move_on_after(_SHORT, shield=True):
                if container.cleanup is Cleanup.ALWAYS:
                    await self._remove([container.name])
                else:
                    _ = await self._short("kill", container.name)
            if container.cleanup is Cleanup.EVENTUALLY:
                _ = self._group.start_soon(self._remove_later, container)

    async def _remove_later(self, container: Container) -> None:
        await anyio.sleep(container.after)
        await self._remove(await self._marked(f"{_KEY}={container.key}"))

    async def _marked(self, label: str) -> list[str]:
        found = await self._short("ps", "--all", "--quiet", "--filter", f"label={label}")
        return bytes(found.output.stdout).decode(errors="replace").split()

    async def _expired(self) -> list[str]:
        marked = await self._marked(_EXPIRES)
        if not marked:
            return []
        shown = f'{{{{.Id}}}} {{{{index .Config.Labels "{_EXPIRES}"}}}}'
        found = await self._short("inspect", "--format", shown, *marked)
        pairs = [line.split() for line in bytes(found.output.stdout).decode().splitlines()]
        now = self._clock.now()
        return [pair[0] for pair in pairs if len(pair) > 1 and float(pair[1]) < now]

    async def _remove(self, containers: Sequence[str]) -> None:
        if containers:
            _ = await self._short("rm", "--force", "--volumes", *containers)

    async def _short(self, *words: str) -> Done:
        """A command about containers. That it fails is no reason to stop: the next one says why."""
        command = Command([self._found(), *words], b"", most=self._limits.output, seconds=_SHORT)
        return await command.run()

    def _found(self) -> str:
        names = (self._engine,) if self._engine else ENGINES
        for name in names:
            found = shutil.which(name)
            if found is not None:
                return found
        raise NotFound(
            f"There is no {' and no '.join(names)} on the PATH of podium, and run.container needs "
            f"a container engine. Install one of {', '.join(ENGINES)}, or name the command under "
            f"processes.engine in podium.yaml."
        )

    def _check(self, container: Container) -> None:
        """Raises Refused for what an operator has not granted."""
        _ = self._found()
        if container.ports and not self._grants.network:
            raise Refused(
                f"The container {container.name} publishes ports, and containers have no network "
                f"here. An operator grants it with `processes: {{network: true}}` in podium.yaml."
            )
        for volume in container.volumes:
            real = Path(volume.source).resolve()
            if not any(real.is_relative_to(granted) for granted in self._grants.volumes):
                raise Refused(
                    f"The container {container.name} mounts {volume.source}, which is not granted. "
                    f"An operator grants it under processes.volumes in podium.yaml."
                )

    def _outcome(self, container: Container, done: Done, seconds: float) -> Ended:
        output = done.output
        if output.late:
            raise TimedOut(
                f"The container {container.name} did not end within {seconds:g} s and was stopped. "
                f"Raise its task's timeout, or processes.timeout in podium.yaml."
            )
        if output.too_long:
            raise LimitReached(
                f"The container {container.name} wrote more than {self._limits.output:,} bytes to "
                f"{output.too_long} and was stopped. Write less, or raise "
                f"processes.max_output_bytes in podium.yaml."
            )
        stdout, stderr = decoded(bytes(output.stdout)), decoded(bytes(output.stderr))
        if done.code == _ENGINE_FAILED or done.code < 0:
            raise Unavailable(
                f"The container engine could not run {container.image}: {stderr[-_EXCERPT:]}"
            )
        return Ended(done.code, stdout, stderr)


def arguments(container: Container, variables: str, limits: Limits, *, grants: Grants) -> list[str]:
    """The words behind `docker`. `variables` is a file of environment variables: on the command
    line every user of the machine would read them.
    """
    words = ["run", "--interactive", "--name", container.name]
    words += ["--label", f"{_KEY}={container.key}", "--pull", _PULL[container.pull]]
    words += ["--security-opt", "no-new-privileges", "--pids-limit", str(limits.processes)]
    words += ["--memory", str(limits.memory), "--memory-swap", str(limits.memory)]
    words += ["--env-file", variables]
    if not grants.network:
        words += ["--network", "none"]
    for outer, inner in container.ports:
        words += ["--publish", f"127.0.0.1:{outer}:{inner}"]
    for volume in container.volumes:
        mount = f"type=bind,source={Path(volume.source).resolve()},target={volume.target}"
        words += ["--mount", f"{mount},readonly" if volume.read_only else mount]
    if container.command:
        words += ["--entrypoint", "sh", container.image, "-c", container.command, "sh"]
    else:
        words += [container.image]
    return [*words, *container.arguments]


@contextmanager
def _variables(container: Container) -> Generator[str]:
    """A file that only podium's user may read, for as long as the container runs."""
    for name, value in container.environment.items():
        if "\n" in value or "\r" in value:
            raise Invalid(
                f"The environment variable {name} of the container has several lines, which "
                f"engines cannot be given. Pass it by stdin."
            )
    descriptor, path = tempfile.mkstemp(prefix="podium-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(f"{name}={value}\n" for name, value in container.environment.items())
        yield path
    finally:
        Path(path).unlink()
