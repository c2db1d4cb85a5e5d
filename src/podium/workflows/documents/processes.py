"""Rules about `run` with a script, a shell command or a container, and what of it is evaluated."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.findings import Findings
from podium.workflows.documents.source import pointer
from podium.workflows.documents.tasks import Task, member
from podium.workflows.expressions.expression import is_expression, is_partial
from podium.workflows.expressions.names import nearest

LANGUAGES: Final = ("js", "python")
_OTHER_SPELLING: Final = "javascript"
_OF_THE_SHELL: Final = re.compile(r"\$\{[#!]?(?:[A-Za-z_]\w*|\d+|[@*?$!#-])(?=[^\w.])")
"""`${NAME}`, `${NAME:-default}`, `${1}`: a parameter, which the shell puts in."""


def check_process(task: Task, findings: Findings) -> None:
    run = member(task.body, "run")
    if not isinstance(run, Mapping):
        return
    _language(task, findings)
    for kind in ("script", "shell"):
        if isinstance(member(run, kind, "arguments"), Mapping):
            message = (
                f"The arguments of '{task.name}' are a mapping, which other runtimes may refuse: "
                "the specification's 1.0.3 has a list. Write one where the program allows it."
            )
            findings.warning("named-arguments", message, task.at("run", kind, "arguments"))
    if run.get("await") is False and "return" in run:
        message = f"'{task.name}' does not wait for its process, so its 'return' says nothing."
        findings.warning("unused-return", f"{message} Take it out.", task.at("run", "return"))


def _language(task: Task, findings: Findings) -> None:
    language = member(task.body, "run", "script", "language")
    path = task.at("run", "script", "language")
    if not isinstance(language, str) or language in LANGUAGES or is_expression(language):
        return
    if language == _OTHER_SPELLING:
        message = "'javascript' is the spelling of one example of the specification. Write 'js'."
        findings.warning("script-language", message, path)
        return
    message = f"podium runs scripts in js and python, not in '{language}'."
    remedy = "Use run.container with an image that has it."
    findings.error("script-language", f"{message}{nearest(language, LANGUAGES)} {remedy}", path)


def evaluated(run: Json, path: str) -> Iterator[tuple[Json, str]]:
    """The parts in which expressions stand, with their places: not a script's own text, and of a
    shell command that uses the shell's parameters nothing; but the keys of a mapping of arguments.
    """
    if not isinstance(run, Mapping):
        return
    for kind, body in run.items():
        at = f"{path}{pointer(kind)}"
        if not isinstance(body, Mapping):
            yield body, at
            continue
        for key, value in body.items():
            yield from _member(kind, key, value, path=f"{at}{pointer(key)}")


def _member(kind: str, key: str, value: Json, *, path: str) -> Iterator[tuple[Json, str]]:
    match key, value:
        case "code", _ if kind == "script":
            pass
        case "command", str() if not is_partial(_OF_THE_SHELL.sub("", value)):
            pass
        case "arguments", Mapping():
            yield from _named(value, path)
        case _:
            yield value, path


def _named(arguments: JsonObject, path: str) -> Iterator[tuple[Json, str]]:
    for key, value in arguments.items():
        at = f"{path}{pointer(key)}"
        yield key, at
        yield value, at
