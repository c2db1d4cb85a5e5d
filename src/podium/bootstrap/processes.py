"""What `run` starts: scripts and shell commands in sandboxes, and containers, as far as allowed."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from podium.adapters.mcp.process import McpProcesses
from podium.adapters.processes.containers import ContainerEngine, Grants
from podium.adapters.processes.interpreters import OWN_FOLDERS, seen
from podium.adapters.processes.sandbox import Limits, Reach, Sandbox
from podium.kernel.clock import Clock
from podium.kernel.errors import Invalid
from podium.settings import Settings
from podium.settings.programs import Processes
from podium.workflows.calls.containers import ContainerCall
from podium.workflows.calls.processes import NotAllowed, ScriptCall, ShellCall
from podium.workflows.calls.resources import Resources
from podium.workflows.interpreter.deps import ProtocolCall


@dataclass(frozen=True, slots=True)
class Runners:
    """What is allowed to run; None where it is not."""

    script: Sandbox | None = None
    shell: Sandbox | None = None
    container: ContainerEngine | None = None
    mcp: McpProcesses | None = None


@asynccontextmanager
async def open_runners(
    settings: Settings, folder: Path, *, clock: Clock
) -> AsyncGenerator[Runners]:
    """Programs that still run when this is left are ended.

    Raises Invalid for settings that would show `folder`, which is podium's own, to programs.
    """
    section = settings.processes
    limits, sandbox, engine = _limits(section), None, None
    async with AsyncExitStack() as stack:
        reach = Reach()
        if {"script", "shell", "mcp"} & set(section.allow):
            readable = _granted("readable", section.readable, settings, folder=folder)
            reach = Reach(section.network, readable)
        if {"script", "shell"} & set(section.allow):
            sandbox = await stack.enter_async_context(Sandbox(limits, reach))
        if "container" in section.allow:
            volumes = _granted("volumes", section.volumes, settings, folder=folder)
            made = ContainerEngine(
                limits, Grants(section.network, volumes), clock, engine=section.engine
            )
            engine = await stack.enter_async_context(made)
        yield Runners(
            script=sandbox if "script" in section.allow else None,
            shell=sandbox if "shell" in section.allow else None,
            container=engine,
            mcp=McpProcesses(limits, reach) if "mcp" in section.allow else None,
        )


def process_calls(runners: Runners, resources: Resources) -> dict[str, ProtocolCall]:
    script, shell, container = runners.script, runners.shell, runners.container
    return {
        "script": NotAllowed("script") if script is None else ScriptCall(script, resources),
        "shell": NotAllowed("shell") if shell is None else ShellCall(shell),
        "container": NotAllowed("container") if container is None else ContainerCall(container),
    }


def _limits(section: Processes) -> Limits:
    return Limits(
        seconds=section.timeout,
        cpu=section.cpu,
        memory=section.max_memory_bytes,
        disk=section.max_disk_bytes,
        output=section.max_output_bytes,
        files=section.max_files,
        processes=section.max_processes,
        at_once=section.concurrency,
    )


def _granted(name: str, paths: Sequence[str], settings: Settings, *, folder: Path) -> list[str]:
    """The real paths. Raises Invalid for one that is not there, or through which a program would
    come to podium's own folder.
    """
    own = folder.resolve()
    if name == "readable":
        _not_among_programs(own)
    found: list[str] = []
    for path in paths:
        real = settings.beside(path).resolve()
        if not real.exists():
            message = f"processes.{name} names {path}, and there is no {real}."
            raise Invalid(f"{message} Take it out of podium.yaml, or make it.")
        if name == "readable" and any(real.is_relative_to(taken) for taken in OWN_FOLDERS):
            message = f"processes.readable names {path}, and programs have a /{real.parts[1]} of"
            raise Invalid(f"{message} their own. Keep what they are to read elsewhere.")
        if own.is_relative_to(real) or real.is_relative_to(own):
            message = f"processes.{name} names {path}, where podium's own folder {own} is seen."
            raise Invalid(f"{message} Name a folder beside it.")
        found.append(str(real))
    return found


def _not_among_programs(own: Path) -> None:
    """What every program may read is not the place for podium's own folder."""
    shown, _ = seen((), network=True)
    for place in shown.values():
        if own.is_relative_to(place):
            message = f"podium's own folder {own} lies in {place}, which scripts and shell commands"
            raise Invalid(f"{message} may read. Move it elsewhere: `state` in podium.yaml.")
