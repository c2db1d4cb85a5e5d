"""What podium.yaml says of programs that workflows start."""

from typing import Literal

from pydantic import Field

from podium.settings.durations import Seconds
from podium.settings.section import Section


class Processes(Section):
    """Programs that `run`, and servers that `call: mcp`, starts; the limits hold for each."""

    allow: list[Literal["script", "shell", "container", "mcp"]] = Field(
        default_factory=list[Literal["script", "shell", "container", "mcp"]],
        description="What workflows may run, `mcp` for the servers of `call: mcp`; empty allows "
        "nothing.",
    )
    network: bool = Field(
        default=False,
        description="Whether programs have the network of this machine, loopback included.",
    )
    readable: list[str] = Field(
        default_factory=list[str],
        description="Folders and files that scripts, shell commands and MCP servers may read "
        "besides the system's programs, relative to podium.yaml.",
    )
    volumes: list[str] = Field(
        default_factory=list[str],
        description="Folders that containers may mount, with all below them, relative to "
        "podium.yaml.",
    )
    engine: str = Field(
        default="",
        description="Command of the container engine; empty takes docker or podman.",
    )
    timeout: Seconds = Field(default=60.0, description="How long a program may run.")
    cpu: Seconds = Field(
        default=60.0, description="Processor time of each process of a script or shell command."
    )
    max_memory_bytes: int = Field(
        default=536_870_912,
        ge=16_777_216,
        description="Memory of a program with all its processes.",
    )
    max_disk_bytes: int = Field(
        default=67_108_864,
        ge=1_048_576,
        description="What a script or shell command may write to its folder, which is in memory.",
    )
    max_output_bytes: int = Field(
        default=1_048_576, ge=1, description="Largest stdout, and stderr, that is read."
    )
    max_files: int = Field(
        default=256, ge=16, description="Files that a process of a program may have open."
    )
    max_processes: int = Field(
        default=64, ge=1, description="Processes and threads of a program at once."
    )
    concurrency: int = Field(
        default=4, ge=1, le=1_000, description="Programs that run at once; others wait."
    )
