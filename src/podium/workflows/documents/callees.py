"""Rules about `call: mcp` and `call: a2a` that their shapes cannot say."""

import re
from collections.abc import Mapping
from typing import Final

from podium.kernel.json import Json
from podium.workflows.calls.a2a import SENDS
from podium.workflows.calls.mcp import NAMES, VERSIONS
from podium.workflows.documents.findings import Findings, quoted
from podium.workflows.documents.tasks import Task, member
from podium.workflows.expressions.expression import is_expression
from podium.workflows.expressions.names import nearest

_ABOUT_A_TASK: Final = frozenset({"tasks/get", "tasks/cancel", "tasks/resubscribe"})
_SECRET: Final = re.compile(r"auth|cookie|token|secret|passw|credential|api[-_]?key", re.IGNORECASE)


def check_callee(task: Task, findings: Findings) -> None:
    match task.body.get("call"):
        case "mcp":
            _version(task, findings)
            _needed(task, findings)
            _written_out(task, findings)
        case "a2a":
            _agent(task, findings)
            _asked(task, findings)
        case _:
            pass


def _version(task: Task, findings: Findings) -> None:
    version = member(task.body, "with", "protocolVersion")
    if isinstance(version, str) and version not in VERSIONS and not is_expression(version):
        message = f"podium speaks no MCP version '{version}'.{nearest(version, VERSIONS)}"
        known = f"Write one of {quoted(VERSIONS)}, or leave it out."
        findings.error("mcp-version", f"{message} {known}", task.at("with", "protocolVersion"))


def _needed(task: Task, findings: Findings) -> None:
    """What the method is about; an expression may give it."""
    name = NAMES.get(str(member(task.body, "with", "method")))
    if name is None or _is_dynamic(member(task.body, "with", "parameters")):
        return
    if member(task.body, "with", "parameters", name) is None:
        method = member(task.body, "with", "method")
        message = f"'{task.name}' calls {method} without saying which. Give its '{name}'."
        findings.error("missing-parameter", message, _place(task))


def _written_out(task: Task, findings: Findings) -> None:
    """A secret that stands in the document is stored with it, and shown to whoever reads it."""
    for keys in (("transport", "http", "headers"), ("transport", "stdio", "environment")):
        table = member(task.body, "with", *keys)
        for name, value in table.items() if isinstance(table, Mapping) else ():
            if _SECRET.search(name) and _is_literal(value):
                message = f"'{name}' of '{task.name}' looks like a secret, and stands here."
                remedy = "Name it under use.secrets, and write ${ $secrets.NAME }."
                place = task.at("with", *keys, name)
                findings.warning("secret-in-document", f"{message} {remedy}", place)


def _is_literal(value: Json) -> bool:
    return isinstance(value, str) and value != "" and not is_expression(value)


def _agent(task: Task, findings: Findings) -> None:
    card, server = (member(task.body, "with", name) for name in ("agentCard", "server"))
    if card is None and server is None:
        message = f"'{task.name}' names no agent. Give it an 'agentCard' or a 'server'."
        findings.error("missing-agent", message, task.at("with"))
    elif card is not None and server is not None:
        message = f"The agent card of '{task.name}' says where its agent is: 'server' is ignored."
        findings.warning("ignored-server", f"{message} Take one out.", task.at("with", "server"))


def _asked(task: Task, findings: Findings) -> None:
    method = str(member(task.body, "with", "method"))
    given = member(task.body, "with", "parameters")
    if _is_dynamic(given):
        return
    if method in SENDS and member(given, "message") is None:
        message = f"'{task.name}' calls {method} without a message. Give it one with 'parts'."
        findings.error("missing-parameter", message, _place(task))
    if method in _ABOUT_A_TASK and member(given, "id") is None and member(given, "taskId") is None:
        message = f"'{task.name}' calls {method} without saying which task. Give its 'id'."
        findings.error("missing-parameter", message, _place(task))


def _is_dynamic(given: Json) -> bool:
    return isinstance(given, str) and is_expression(given)


def _place(task: Task) -> str:
    has = member(task.body, "with", "parameters") is not None
    return task.at("with", "parameters") if has else task.at("with")
