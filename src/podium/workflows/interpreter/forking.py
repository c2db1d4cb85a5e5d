"""`fork`: branches that run at once."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

from podium.kernel.json import Json, JsonObject
from podium.workflows.interpreter.eventing import leave
from podium.workflows.interpreter.problems import Fault
from podium.workflows.interpreter.program import Fork, Task
from podium.workflows.interpreter.state import Frame, Session
from podium.workflows.interpreter.walk import Walk


async def fork(walk: Walk, forked: Fork, data: Json, *, frame: Frame) -> Json:
    """All outputs in order; with `compete`, that of the branch that is done first."""
    inside, session = frame.inside("fork"), walk.caller.session

    async def work(branch: Task) -> JsonObject:
        own = walk.branch()
        before, counted = set(session.consumed), own.caller.session.tasks
        try:
            output, _ = await own.task(branch, data, inside)
        finally:
            session.tasks += own.caller.session.tasks - counted
        answer: JsonObject = {"ok": output, "at": own.caller.session.now}
        consumed = sorted(own.caller.session.consumed - before)
        return {**answer, "consumed": consumed} if consumed else answer

    async def compete(branch: Task) -> JsonObject:
        try:
            return await work(branch)
        except Fault as fault:
            return {"error": fault.problem, "at": session.now}

    if forked.compete:
        works = [partial(compete, branch) for branch in forked.branches]
        name = f"{frame.path} winner"
        won = await walk.caller.effects.race(name, works)
        _joined(session, won)
        await leave(walk, forked.branches, frame, part="fork")
        error = won.get("error")
        if isinstance(error, Mapping):
            raise Fault(error, step=name)
        return won.get("ok")
    answers = await walk.caller.effects.fork([partial(work, branch) for branch in forked.branches])
    for answer in answers:
        _joined(session, answer)
    return walk.scope.measured([answer.get("ok") for answer in answers])


def _joined(session: Session, answer: JsonObject) -> None:
    """What a branch that has ended leaves to what comes after the fork."""
    session.passed(answer.get("at"))
    session.consumed.update(cast("Sequence[int]", answer.get("consumed", ())))


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
