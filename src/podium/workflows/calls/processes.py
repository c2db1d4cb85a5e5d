"""`run: script` and `run: shell`: what their members mean, and what a program's end means.

The file system and the network that a program sees, and what it may use, are the business of who
runs it.
"""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from podium.kernel.errors import Invalid, Refused
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.resources import Resources
from podium.workflows.functions import Call
from podium.workflows.interpreter import problems
from podium.workflows.interpreter.problems import Fault

KEY_VARIABLE: Final = "PODIUM_IDEMPOTENCY_KEY"
"""The environment variable in which a program finds the idempotency key of its call."""

_ENV_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_EXCERPT: Final = 2_000


class Language(StrEnum):
    JS = "js"
    PYTHON = "python"
    SHELL = "shell"


@dataclass(frozen=True, slots=True)
class Process:
    """`text` is the program itself. `named` are variables that a script finds set."""

    language: Language
    text: str
    arguments: tuple[str, ...] = ()
    named: JsonObject = field(default_factory=dict[str, Json])
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    stdin: bytes = b""

    @property
    def what(self) -> str:
        """Its name at the beginning of a sentence."""
        shell = self.language is Language.SHELL
        return "The shell command" if shell else f"The {self.language} script"


@dataclass(frozen=True, slots=True)
class Ended:
    """The exit code; 128 and the signal's number where a signal ended it, as shells count."""

    code: int
    stdout: str
    stderr: str


class Processes(Protocol):
    """Runs programs behind walls and within limits.

    Raises LimitReached, TimedOut, Refused (there are no walls), NotFound (no interpreter).
    """

    async def run(self, process: Process, *, seconds: float) -> Ended: ...

    async def start(self, process: Process, *, seconds: float) -> None:
        """Run it without waiting for its end; it has these seconds all the same."""
        ...


class ScriptCall:
    def __init__(self, processes: Processes, resources: Resources) -> None:
        self._processes: Processes = processes
        self._resources: Resources = resources

    async def call(self, arguments: JsonObject, call: Call) -> Json:
        """Raises Invalid, Fault, and what Processes and Resources raise."""
        language = _language(arguments.get("language"))
        code = arguments.get("code")
        if not isinstance(code, str):
            code = (await self._resources.read(arguments.get("source"), call)).text
        named = {text(key): value for key, value in pairs(arguments)}
        process = Process(
            language,
            code,
            arguments=words(arguments),
            named=named,
            environment=environment(arguments, call),
            stdin=stdin(arguments),
        )
        return await _run(self._processes, process, arguments, call=call)


class ShellCall:
    def __init__(self, processes: Processes) -> None:
        self._processes: Processes = processes

    async def call(self, arguments: JsonObject, call: Call) -> Json:
        """Raises Invalid, Fault, and what Processes raises."""
        command = text(arguments.get("command")).strip()
        if not command:
            raise Invalid("The shell command is empty. Write one under run.shell.command.")
        process = Process(
            Language.SHELL,
            " ".join([command, *map(shlex.quote, flags(arguments))]),
            arguments=words(arguments),
            environment=environment(arguments, call),
            stdin=stdin(arguments),
        )
        return await _run(self._processes, process, arguments, call=call)


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """Stands where an operator has not allowed a kind of process."""

    kind: str

    async def call(self, arguments: JsonObject, call: Call) -> Json:
        _ = arguments, call
        raise Refused(
            f"This podium runs no run.{self.kind}: its operator has not allowed it. To allow it, "
            f"write `processes: {{allow: [{self.kind}]}}` in podium.yaml."
        )


async def _run(
    processes: Processes, process: Process, arguments: JsonObject, *, call: Call
) -> Json:
    if arguments.get("await") is False:
        await processes.start(process, seconds=call.deadline)
        call.notes.append(f"{process.what} was started; its end is not awaited.")
        return None
    ended = await processes.run(process, seconds=call.deadline)
    return answer(ended, text(arguments.get("return")), process.what)


def answer(ended: Ended, wanted: str, what: str) -> Json:
    """What `return` asks for. Who asks for stderr, code or all sees a failure; for all others it
    is a fault.
    """
    match wanted:
        case "all":
            return {"code": ended.code, "stdout": ended.stdout, "stderr": ended.stderr}
        case "code":
            return ended.code
        case "stderr":
            return ended.stderr
        case _ if ended.code:
            raise Fault(_failed(ended, what))
        case "none":
            return None
        case _:
            return ended.stdout


def _failed(ended: Ended, what: str) -> JsonObject:
    said = ended.stderr.strip()[-_EXCERPT:]
    detail = f"{what} ended with exit code {ended.code}{f': {said}' if said else '.'}"
    made = problems.problem(problems.RUNTIME, "Process failed", detail=detail)
    return {**made, "exitCode": ended.code}


def _language(value: Json) -> Language:
    match value:
        case Language.JS | "javascript":  # as an example of the specification has it
            return Language.JS
        case Language.PYTHON:
            return Language.PYTHON
        case _:
            raise Invalid(
                f"podium runs scripts in js and python, not in {text(value)!r}. "
                f"Use run.container with an image that has it."
            )


def words(arguments: JsonObject) -> tuple[str, ...]:
    """`arguments` as a list: the words that a program is given."""
    found = arguments.get("arguments")
    listed = found if isinstance(found, Sequence) and not isinstance(found, str) else ()
    return tuple(_line(each, "An argument") for each in listed)


def pairs(arguments: JsonObject) -> list[tuple[Json, Json]]:
    """`arguments` as a mapping; its keys come as values, for they may be expressions."""
    found = arguments.get("named")
    if not isinstance(found, Sequence) or isinstance(found, str):
        return []
    return [(each[0], each[1]) for each in found if isinstance(each, Sequence)]


def flags(arguments: JsonObject) -> list[str]:
    """A mapping as words of a command: `key=value`, or the key alone."""
    found: list[str] = []
    for key, value in pairs(arguments):
        name = _line(key, "The name of an argument")
        found.append(name if value is None else f"{name}={_line(value, f'The argument {name}')}")
    return found


def environment(arguments: JsonObject, call: Call) -> dict[str, str]:
    """Raises Invalid for names that a variable cannot have."""
    given = arguments.get("environment")
    found = {KEY_VARIABLE: call.key}
    for name, value in given.items() if isinstance(given, Mapping) else ():
        if not _ENV_NAME.fullmatch(name):
            raise Invalid(
                f"{name!r} cannot be the name of an environment variable. Use letters, digits "
                f"and _, and do not begin with a digit."
            )
        found[name] = _line(value, f"The environment variable {name}")
    return found


def stdin(arguments: JsonObject) -> bytes:
    return text(arguments.get("stdin")).encode(errors="replace")


def _line(value: Json, what: str) -> str:
    found = text(value)
    if "\0" in found:
        raise Invalid(f"{what} has a NUL character, which no program can be given. Take it out.")
    return found.encode(errors="replace").decode()


def text(value: Json) -> str:
    """Texts as they are, nothing for null, everything else as JSON."""
    match value:
        case str():
            return value
        case None:
            return ""
        case _:
            return json.dumps(value, ensure_ascii=False)


def decoded(output: bytes) -> str:
    """What a program wrote, without the line ends behind it, as a shell's $( ) takes it. What is
    no UTF-8 becomes U+FFFD.
    """
    return output.decode(errors="replace").rstrip("\n")
