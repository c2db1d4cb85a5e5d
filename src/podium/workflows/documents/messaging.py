"""Rules about `call: grpc` and `call: asyncapi` that their shapes cannot say."""

from typing import Final

from podium.kernel.json import Json
from podium.workflows.documents.findings import Findings
from podium.workflows.documents.tasks import Task, member
from podium.workflows.expressions.expression import is_expression

_RESOURCES: Final = {"grpc": "proto", "asyncapi": "document"}
_FETCHED: Final = ("http:", "https:", "data:")


def check_messaging(task: Task, findings: Findings) -> None:
    resource = _RESOURCES.get(str(task.body.get("call")))
    if resource is not None:
        _address(task, resource, findings)
    consume = member(task.body, "with", "subscription", "consume")
    if _always(member(consume, "while")) and member(consume, "for") is None:
        message = (
            f"'{task.name}' subscribes until its run is cancelled, and keeps what it puts out."
        )
        remedy = "Give it a 'for', or an end: 'amount', or an expression under 'until'."
        place = task.at("with", "subscription", "consume", "while")
        findings.warning("endless-subscription", f"{message} {remedy}", place)


def _address(task: Task, resource: str, findings: Findings) -> None:
    endpoint = member(task.body, "with", resource, "endpoint")
    inside = isinstance(endpoint, str)
    where = endpoint if inside else member(endpoint, "uri")
    if not isinstance(where, str) or is_expression(where) or where.lower().startswith(_FETCHED):
        return
    keys = ("with", resource, "endpoint") if inside else ("with", resource, "endpoint", "uri")
    message = f"'{where}' cannot be fetched: a document that is stored has no folder of its own."
    remedy = "Give an http:// or https:// address, or the text itself as a data: URI."
    findings.warning("resource-address", f"{message} {remedy}", task.at(*keys))


def _always(expression: Json) -> bool:
    """A condition that is written to hold for ever."""
    if not isinstance(expression, str):
        return False
    return expression.strip().removeprefix("${").removesuffix("}").strip() == "true"
