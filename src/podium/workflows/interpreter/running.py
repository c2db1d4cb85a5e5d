"""`run: workflow`: another workflow as a run of its own, which belongs to this one."""

from collections.abc import Mapping

from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call
from podium.workflows.interpreter import problems
from podium.workflows.interpreter.problems import Fault
from podium.workflows.interpreter.program import RunWorkflow
from podium.workflows.interpreter.state import Frame
from podium.workflows.interpreter.walk import Walk


async def run_workflow(walk: Walk, wanted: RunWorkflow, data: Json, *, frame: Frame) -> Json:
    """Its output; the input of the task where nobody waits for it.

    It is started once, whatever crashes, and has a trace of its own. When it faults, so does the
    task, with the same error; when somebody cancels it, the task faults too.
    """
    caller = walk.caller
    given = data if wanted.input is None else await walk.scope.value(wanted.input, data, frame)

    async def start(call: Call) -> Json:
        child = await caller.deps.subruns.start(wanted, given, call)
        return {"run": child}

    started = await caller.effect("start", start, frame)
    if not wanted.wait or not isinstance(started, Mapping):
        return data
    child, name = started["run"], f"{frame.path} end"
    ended = await caller.effects.receive(
        name, f"run:{child}", until=frame.deadline, reason=f"{wanted.name}: {child}"
    )
    caller.session.passed(ended.get("at"))
    message = ended.get("message")
    if not isinstance(message, Mapping):
        detail = f"{wanted.name} ({child}) did not end in time. It goes on by itself."
        raise Fault(problems.problem(problems.TIMEOUT, "Timed out", detail=detail), step=name)
    return _output(message, f"{wanted.name} ({child})", name)


def _output(message: JsonObject, child: str, step: str) -> Json:
    error = message.get("error")
    if isinstance(error, Mapping):
        raise Fault({k: v for k, v in error.items() if k != "instance"}, step=step)
    if message.get("status") == "cancelled":
        detail = f"{child} was cancelled. Resume it, then this run."
        raise Fault(problems.problem(problems.RUNTIME, "Cancelled", detail=detail), step=step)
    return message.get("output")
