"""Extensions: tasks before and after others.

They see the input and output of the task that they extend, as `.`; what they put out themselves is
dropped, so that logging around a task changes nothing. `exit` before the task takes its place: what
the list put out by then is the task's own raw output.
"""

from dataclasses import replace

from podium.kernel.json import Json
from podium.workflows.interpreter.program import Directive, Extension, Task
from podium.workflows.interpreter.state import Frame
from podium.workflows.interpreter.walk import Result, Walk


async def applying(walk: Walk, task: Task, data: Json, *, frame: Frame) -> tuple[Extension, ...]:
    """Those whose `when` holds. It is asked once, before anything of them runs."""
    about = replace(frame, extended=frame)
    return tuple(
        [
            each
            for each in task.extensions
            if each.when is None or await walk.scope.truth(each.when, data, about)
        ]
    )


async def before(
    walk: Walk, extensions: tuple[Extension, ...], data: Json, *, frame: Frame
) -> Result | None:
    """None where the task is to run; else what stands in its place."""
    for extension in extensions:
        inside = replace(frame.inside(f"before/{extension.name}"), extended=frame)
        output, then = await walk.through(extension.before, data, inside)
        if then == Directive.EXIT:
            return output, Directive.CONTINUE
        if then == Directive.END:
            return output, Directive.END
    return None


async def after(walk: Walk, extensions: tuple[Extension, ...], data: Json, *, frame: Frame) -> bool:
    """The last extension is the innermost: its tasks come first. True where one ended the run."""
    frame = frame.bind(output=data)
    for extension in reversed(extensions):
        inside = replace(frame.inside(f"after/{extension.name}"), extended=frame)
        _, then = await walk.through(extension.after, data, inside)
        if then == Directive.END:
            return True
    return False
