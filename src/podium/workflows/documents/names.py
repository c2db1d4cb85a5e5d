"""Rules about the variables that a document names itself: `each`, `at`, `item`, `as`."""

import re
from typing import Final

from podium.workflows.documents.embedded import EVERYWHERE
from podium.workflows.documents.findings import Findings
from podium.workflows.documents.tasks import Task, member

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_HOLDERS: Final = (
    (("for",), "each", "at"),
    (("foreach",), "item", "at"),
    (("with", "subscription", "foreach"), "item", "at"),
    (("catch",), "as", "as"),
)
_PREDEFINED: Final = EVERYWHERE | {"output"}


def check_names(task: Task, findings: Findings) -> None:
    for holder, one, other in _HOLDERS:
        for key in dict.fromkeys((one, other)):
            name = member(task.body, *holder, key)
            if isinstance(name, str):
                _name(name, task.at(*holder, key), findings)
        names = [member(task.body, *holder, key) for key in (one, other)]
        if one != other and isinstance(names[0], str) and names[0] == names[1]:
            message = f"'{one}' and '{other}' of '{task.name}' are both '{names[0]}'. Rename one."
            findings.error("variable-name", message, task.at(*holder, other))


def _name(name: str, path: str, findings: Findings) -> None:
    if not _NAME.fullmatch(name):
        message = f"'{name}' cannot be a variable: ${name} would not be read as one."
        remedy = "Use letters, digits and _, a letter first."
        findings.error("variable-name", f"{message} {remedy}", path)
    elif name in _PREDEFINED:
        message = f"'{name}' hides the variable ${name} of the language. Choose another name."
        findings.warning("hidden-variable", message, path)
