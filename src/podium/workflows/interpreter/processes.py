"""`run` with a script, a shell command or a container: one recorded call."""

from collections.abc import Mapping

from podium.kernel.json import Json, JsonObject
from podium.workflows.interpreter.program import RunProcess
from podium.workflows.interpreter.state import Frame
from podium.workflows.interpreter.walk import Walk


async def process(walk: Walk, task: RunProcess, data: Json, *, frame: Frame) -> Json:
    """What `return` asks for, so that no more is recorded; the input where nobody waits."""
    given = await walk.scope.value(_template(task.arguments), data, frame)
    arguments: JsonObject = {
        **(given if isinstance(given, Mapping) else {}),
        **_verbatim(task.arguments),
        "return": task.answer,
        "await": task.wait,
    }
    answer = await walk.caller.protocol(task.kind, arguments, data, frame=frame)
    return answer if task.wait else data


def _template(arguments: JsonObject) -> JsonObject:
    """What is evaluated. Of a mapping of arguments the keys are too, so it becomes pairs."""
    template = {key: value for key, value in arguments.items() if key != "code"}
    named = template.get("arguments")
    if isinstance(named, Mapping):
        del template["arguments"]
        template["named"] = [[key, value] for key, value in named.items()]
    return template


def _verbatim(arguments: JsonObject) -> JsonObject:
    """A script's own text may look like an expression."""
    return {"code": arguments["code"]} if "code" in arguments else {}
