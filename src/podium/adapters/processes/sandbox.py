"""Runs scripts and shell commands: each in a sandbox of its own, a few at a time.

The sandbox has no network unless granted, sees the system's programs and nothing else of the
machine's files, has an empty folder to work in, and is gone, with all processes in it, when its
program ends, breaks a limit, or podium stops.
"""

import logging
import platform
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import anyio
import anyio.to_thread

from podium.adapters.processes.background import Background
from podium.adapters.processes.child import Child, Seen
from podium.adapters.processes.interpreters import PATH, prepare, seen
from podium.adapters.processes.plan import Bounds, Plan, Report
from podium.kernel.errors import LimitReached, NotFound, PodiumError, Refused, TimedOut
from podium.workflows.calls.processes import Ended, Language, Process, decoded

_log: Final = logging.getLogger("podium.processes")
_SIGNALLED: Final = 128
_NO_WALLS: Final = (
    "{} was not started: this machine cannot wall it in ({}). Processes need the namespaces of "
    "Linux 5.14 or newer, and podium must be allowed to make them: docs/how-to/run-programs.md."
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes, as settings have them; `output` is for stdout and for stderr."""

    seconds: float = 60.0
    cpu: float = 60.0
    memory: int = 512 << 20
    disk: int = 64 << 20
    output: int = 1 << 20
    files: int = 256
    processes: int = 64
    at_once: int = 4


@dataclass(frozen=True, slots=True)
class Reach:
    """What is granted: the network; folders and files to read besides the system's programs."""

    network: bool = False
    readable: Sequence[str] = ()


class Sandbox(Background):
    """Implements `podium.workflows.calls.processes.Processes`. Use it as an async context manager:
    what still runs at the end is ended.
    """

    def __init__(self, limits: Limits, reach: Reach) -> None:
        super().__init__(limits.at_once)
        self._limits: Limits = limits
        self._reach: Reach = reach
        self._threads: anyio.CapacityLimiter = anyio.CapacityLimiter(limits.at_once)

    async def run(self, process: Process, *, seconds: float) -> Ended:
        """Waits for its turn first, within what the caller may take."""
        plan = self._plan(process, seconds)
        async with self._turns:
            return self._outcome(process, plan, await self._seen(process, plan))

    async def start(self, process: Process, *, seconds: float) -> None:
        plan = self._plan(process, seconds)
        await self._turns.acquire()
        _ = self._group.start_soon(self._unattended, process, plan)

    async def tried(self) -> str:
        """A sentence, where a sandbox can be made; or raises as `run` does."""
        _ = await self.run(Process(Language.SHELL, "exit 0"), seconds=self._limits.seconds)
        network = "the" if self._reach.network else "no"
        return f"Scripts and shell commands run behind walls, with {network} network."

    async def _unattended(self, process: Process, plan: Plan) -> None:
        try:
            _ = self._outcome(process, plan, await self._seen(process, plan))
        except PodiumError as error:
            _log.warning("A program that nobody waits for failed: %s", error.message)
        finally:
            self._turns.release()

    async def _seen(self, process: Process, plan: Plan) -> Seen:
        child = Child(plan, process.stdin, most=self._limits.output)
        try:
            return await anyio.to_thread.run_sync(
                child.run, abandon_on_cancel=True, limiter=self._threads
            )
        finally:
            child.end()

    def _plan(self, process: Process, seconds: float) -> Plan:
        if platform.system() != "Linux":
            raise Refused(_NO_WALLS.format(process.what, "it is no Linux"))
        prepared = prepare(process, self._limits.memory)
        readable, links = seen(
            [*prepared.reads, *self._reach.readable], network=self._reach.network
        )
        return {
            "command": list(prepared.command),
            "arguments": list(prepared.arguments),
            "environment": {"PATH": PATH, **process.environment},
            "texts": prepared.texts,
            "readable": readable,
            "links": links,
            "network": self._reach.network,
            "bounds": self._bounds(min(seconds, self._limits.seconds), prepared.address_space),
        }

    def _bounds(self, seconds: float, address_space: int) -> Bounds:
        limits = self._limits
        return {
            "seconds": seconds,
            "cpu": max(1, round(limits.cpu)),
            "memory": limits.memory,
            "address_space": address_space,
            "disk": limits.disk,
            "file": limits.disk,
            "files": limits.files,
            "processes": limits.processes,
        }

    def _outcome(self, process: Process, plan: Plan, found: Seen) -> Ended:
        what, output = process.what, found.output
        if output.too_long:
            raise LimitReached(
                f"{what} wrote more than {self._limits.output:,} bytes to {output.too_long} and "
                f"was stopped. Write less, or raise processes.max_output_bytes in podium.yaml."
            )
        code = self._code(what, plan, found.report)
        return Ended(code, decoded(bytes(output.stdout)), decoded(bytes(output.stderr)))

    def _code(self, what: str, plan: Plan, report: Report) -> int:
        match report:
            case {"code": code}:
                return code
            case {"signal": number} if number not in _BY_LIMIT:
                return _SIGNALLED + number
            case {"signal": number}:
                raise LimitReached(_BY_LIMIT[number].format(what, self._limits))
            case {"over": "seconds"}:
                raise TimedOut(
                    f"{what} did not end within {plan['bounds']['seconds']:g} s and was stopped. "
                    f"Let it do less; or raise its task's timeout, or processes.timeout in "
                    f"podium.yaml."
                )
            case {"over": _}:
                raise LimitReached(_MEMORY.format(what, self._limits))
            case {"walls": reason}:
                raise Refused(_NO_WALLS.format(what, reason))
            case _:
                reason = report.get("start", "the launcher said nothing")
                raise NotFound(f"{what} could not be started: {reason}.")


_MEMORY: Final = (
    "{0} and its processes took more than {1.memory:,} bytes of memory and files, and were "
    "stopped. Work on less at a time, or raise processes.max_memory_bytes in podium.yaml."
)
_BY_LIMIT: Final[dict[int, str]] = {
    signal.SIGXCPU: (
        "{0} used more than {1.cpu:g} s of processor time and was stopped. Let it do less, or "
        "raise processes.cpu in podium.yaml."
    ),
    signal.SIGXFSZ: (
        "{0} wrote a file of more than {1.disk:,} bytes and was stopped. Write less, or raise "
        "processes.max_disk_bytes in podium.yaml."
    ),
    signal.SIGKILL: "{0} was killed. The machine may have run out of memory.",
}
