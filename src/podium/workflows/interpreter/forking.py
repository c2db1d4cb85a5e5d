"""`fork`: branches that run at once."""

from collections.abc import Mapping
from functools import partial

from podium.kernel.json import Json, JsonObject
from podium.workflows.interpreter.problems import Fault
from podium.workflows.interpreter.program import Fork, Task
from podium.workflows.interpreter.state import Frame
from podium.workflows.interpreter.walk import Walk


async def fork(walk: Walk, forked: Fork, data: Json, frame: Frame) -> Json:
    """All outputs in order; with `compete`, that of the branch that is done first."""
    inside, session = frame.inside("fork"), walk.caller.session

    async def work(branch: Task) -> JsonObject:
        own = walk.branch()
        output, _ = await own.task(branch, data, inside)
        return {"ok": output, "at": own.caller.session.now}

    async def compete(branch: Task) -> JsonObject:
        try:
            return await work(branch)
        except Fault as fault:
            return {"error": fault.problem, "at": session.now}

    if forked.compete:
        works = [partial(compete, branch) for branch in forked.branches]
        name = f"{frame.path} winner"
        won = await walk.caller.effects.race(name, works)
        session.passed(won.get("at"))
        error = won.get("error")
        if isinstance(error, Mapping):
            raise Fault(error, step=name)
        return won.get("ok")
    answers = await walk.caller.effects.fork([partial(work, branch) for branch in forked.branches])
    for answer in answers:
        session.passed(answer.get("at"))
    return [answer.get("ok") for answer in answers]


def kind(value: Json) -> str:
    """What a value is, for people."""
    match value:
        case None:
            return "null"
        case Mapping():
            return "an object"
        case str():
            return "a string"
        case _:
            return f"a {type(value).__name__}"
