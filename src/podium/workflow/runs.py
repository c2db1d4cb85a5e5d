"""What a task starts beside the run: other workflows, scripts, commands, containers."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias, Unpack

from podium.workflow.parts import Duration, Options, Part, Resource, Task, picked, resource, task

Returned: TypeAlias = Literal["stdout", "stderr", "code", "all", "none"]


class RunOptions(Options, total=False):
    """Without `await_` the flow goes on at once."""

    await_: bool


class ProcessOptions(RunOptions, total=False):
    returns: Returned
    stdin: str
    environment: Mapping[str, object]
    arguments: Sequence[str]


_PROCESS: Final = {"stdin": "stdin", "arguments": "arguments", "environment": "environment"}


class WorkflowOptions(RunOptions, total=False):
    """`given` is the input of the other run; without it, that of the task."""

    version: str
    given: Mapping[str, object]


def run_workflow(
    name: str, namespace: str, workflow: str, **options: Unpack[WorkflowOptions]
) -> Task:
    """Another workflow, as a run of its own; without `version` the one that was stored last."""
    version = options.get("version", "latest")
    of = {"namespace": namespace, "name": workflow, "version": version}
    return _run(name, {"workflow": {**of, **picked(options, {"given": "input"})}}, options)


class ScriptOptions(ProcessOptions, total=False):
    """The text itself, or where it is."""

    code: str
    source: str | Resource


def run_script(
    name: str, language: Literal["js", "python"], **options: Unpack[ScriptOptions]
) -> Task:
    body: dict[str, object] = {"language": language, **picked(options, {"code": "code"})}
    if "source" in options:
        body["source"] = resource(options["source"])
    return _run(name, {"script": {**body, **picked(options, _PROCESS)}}, options)


def run_shell(name: str, command: str, **options: Unpack[ProcessOptions]) -> Task:
    return _run(name, {"shell": {"command": command, **picked(options, _PROCESS)}}, options)


class ContainerOptions(ProcessOptions, total=False):
    """`container` is its name."""

    container: str
    command: str
    ports: Mapping[str, object]
    volumes: Mapping[str, object]
    lifetime: Part
    pull_policy: Literal["ifNotPresent", "always", "never"]


def run_container(name: str, image: str, **options: Unpack[ContainerOptions]) -> Task:
    names = {
        "container": "name",
        "command": "command",
        "ports": "ports",
        "volumes": "volumes",
        **_PROCESS,
        "lifetime": "lifetime",
        "pull_policy": "pullPolicy",
    }
    return _run(name, {"container": {"image": image, **picked(options, names)}}, options)


def lifetime(cleanup: Literal["always", "never", "eventually"], after: Duration = "") -> Part:
    """`after` belongs to `eventually`."""
    return Part({"cleanup": cleanup, **({"after": after} if after else {})})


def _run(name: str, started: Mapping[str, object], options: RunOptions) -> Task:
    kept = picked(options, {"await_": "await", "returns": "return"})
    return task(name, {"run": {**started, **kept}}, options)
