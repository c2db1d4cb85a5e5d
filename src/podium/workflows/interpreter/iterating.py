"""`foreach`: what is done with each event or message, one after the other."""

from podium.kernel.json import Json
from podium.workflows.interpreter.program import Directive, Foreach
from podium.workflows.interpreter.state import Frame
from podium.workflows.interpreter.walk import Result, Walk


async def iterate(walk: Walk, foreach: Foreach, item: Json, *, index: int, frame: Frame) -> Result:
    """What becomes of one item: it is the input of the tasks, and without tasks their output.

    Where the flow goes on is `end`, or behind the whole.
    """
    inner = frame.inside(f"foreach[{index}]").bind(**{foreach.item: item, foreach.at: index})
    output, then = await walk.sequence(foreach.do, item, inner)
    inner = inner.bind(output=output)
    if foreach.output_as is not None:
        output = await walk.scope.value(foreach.output_as, output, inner)
        inner = inner.bind(output=output)
    if foreach.export_as is not None:
        walk.caller.session.context = await walk.scope.value(foreach.export_as, output, inner)
    return output, Directive.END if then == Directive.END else Directive.CONTINUE
