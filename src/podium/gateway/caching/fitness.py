"""Which requests the cache may answer, and which answers it may keep."""

from collections.abc import Mapping

from podium.gateway.models import Operation
from podium.gateway.requests import Reply, Request
from podium.kernel.json import Json, JsonObject

_OPERATIONS = frozenset({Operation.CHAT, Operation.EMBEDDINGS})
"""Those whose fields say all: a form has files besides."""

_STATEFUL = ("conversation", "background", "container", "mcp_servers")
"""Fields by which an answer depends on, or changes, what its provider holds."""

_PLAIN_TOOLS = frozenset({None, "function", "custom"})
"""Tools that the caller runs. Those of providers act, or read a world that changes."""

_COMPLETE = frozenset(
    {
        *("stop", "tool_calls", "function_call"),
        *("end_turn", "stop_sequence", "tool_use"),
        "completed",
    }
)
"""Reasons to finish, of each protocol, that say that the answer is whole."""


def may_be_asked(request: Request) -> bool:
    """Whether equal requests can be expected to have equally good answers."""
    fields = request.fields
    if request.operation not in _OPERATIONS or any(fields.get(name) for name in _STATEFUL):
        return False
    tools = fields.get("tools")
    return not isinstance(tools, list | tuple) or all(_is_plain(tool) for tool in tools)


def may_be_kept(operation: Operation, reply: Reply) -> bool:
    """Only whole answers: not those cut short by a limit, nor those that a provider refused."""
    if operation is not Operation.CHAT:
        return True
    reasons = reply.finish_reasons
    return bool(reasons) and _COMPLETE.issuperset(reasons)


def _is_plain(tool: Json) -> bool:
    described: JsonObject = tool if isinstance(tool, Mapping) else {}
    return described.get("type") in _PLAIN_TOOLS
