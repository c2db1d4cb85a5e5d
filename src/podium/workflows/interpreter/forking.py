"""`fork`: branches that run at once."""

from collections.abc import Mapping

from podium.kernel.json import Json, JsonObject
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

    works = [lambda branch=branch: work(branch) for branch in forked.branches]
    if forked.compete:
        won = await walk.caller.effects.race(f"{frame.path} winner", works)
        session.passed(won.get("at"))
        return won.get("ok")
    answers = await walk.caller.effects.fork(works)
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
