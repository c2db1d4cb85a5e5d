"""What the language has and this release of podium does not execute yet.

One line for each; take a line away when the interpreter learns it.
"""

from collections.abc import Mapping
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.asyncapi.ports import SPOKEN
from podium.workflows.documents.findings import Findings
from podium.workflows.documents.source import pointer
from podium.workflows.documents.tasks import Task, member

RULE: Final = "unsupported"


def check_task_support(task: Task, findings: Findings) -> None:
    protocol = member(task.body, "with", "protocol")
    if task.body.get("call") == "asyncapi" and protocol not in {None, *SPOKEN}:
        what = f"'{task.name}' speaks {protocol}, and podium does not."
        remedy = f"It speaks {', '.join(SPOKEN)}: choose a server of the document that does, too."
        findings.error(RULE, f"{what} {remedy}", task.at("with", "protocol"))
    for key in ("input", "output", "export"):
        _schema(task.body.get(key), task.at(key), findings)


def check_document_support(document: JsonObject, findings: Findings) -> None:
    if member(document, "evaluate", "language") not in {None, "jq"}:
        message = "podium evaluates jq only. Leave 'evaluate.language' out."
        findings.error(RULE, message, pointer("evaluate", "language"))
    if member(document, "evaluate", "mode") == "loose":
        message = (
            "In loose mode every text that jq can read is evaluated: '1.10' becomes a number, "
            "'first' a function. Write ${ } around what is an expression, and leave 'mode' out."
        )
        findings.warning("loose-mode", message, pointer("evaluate", "mode"))
    for key in ("input", "output"):
        _schema(document.get(key), pointer(key), findings)


def _schema(part: Json, path: str, findings: Findings) -> None:
    schema = member(part, "schema")
    if not isinstance(schema, Mapping):
        return
    kind = schema.get("format", "json")
    if isinstance(kind, str) and kind.split(":", 1)[0] != "json":
        message = f"podium checks JSON Schema only, and this one says '{kind}'. Use format: json."
        findings.error(RULE, message, f"{path}/schema/format")
