"""What expressions see, and how they filter a task's data."""

from dataclasses import dataclass

from podium.kernel.errors import Invalid, LimitReached
from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.durations import duration_seconds
from podium.workflows.expressions.errors import ExpressionError
from podium.workflows.interpreter import problems
from podium.workflows.interpreter.calls import check
from podium.workflows.interpreter.deps import Dependencies
from podium.workflows.interpreter.problems import Fault
from podium.workflows.interpreter.program import DataFlow, Duration
from podium.workflows.interpreter.state import Frame, Session
from podium.workflows.interpreter.variables import variables


@dataclass(frozen=True, slots=True)
class Scope:
    """Of one run or branch. `secrets` are the names that the document declares."""

    deps: Dependencies
    session: Session
    secrets: tuple[str, ...]

    async def entrance(self, flow: DataFlow, data: Json, frame: Frame) -> Json:
        if flow.input_schema is not None:
            check(flow.input_schema, data, "The input")
        if flow.input_from is None:
            return data
        return await self.value(flow.input_from, data, frame)

    async def exit(self, flow: DataFlow, output: Json, frame: Frame) -> Json:
        if flow.output_as is not None:
            output = await self.value(flow.output_as, output, frame.bind(output=output))
        if flow.output_schema is not None:
            check(flow.output_schema, output, "The output")
        if flow.export_as is not None:
            exported = await self.value(flow.export_as, output, frame.bind(output=output))
            if flow.export_schema is not None:
                check(flow.export_schema, exported, "What is exported")
            self.session.context = exported
        return output

    async def seconds(self, duration: Duration, data: Json, frame: Frame) -> float:
        if not isinstance(duration, str):
            return duration
        found = await self.value(duration, data, frame)
        try:
            return float(found) if isinstance(found, int | float) else duration_seconds(found)
        except Invalid as error:
            raise Fault(problems.from_error(error)) from error

    async def value(self, template: Json, data: Json, frame: Frame) -> Json:
        try:
            value = await self.deps.evaluator.value(template, data, self._variables(frame))
        except ExpressionError as error:
            raise _expression_fault(error) from error
        return self.measured(value)

    def measured(self, value: Json) -> Json:
        """The same, unless it is too large or too deep for anybody to take."""
        try:
            self.session.sizes.check(value)
        except LimitReached as error:
            raise Fault(problems.from_error(error)) from error
        return value

    async def truth(self, expression: str, data: Json, frame: Frame) -> bool:
        try:
            return await self.deps.evaluator.truth(expression, data, self._variables(frame))
        except ExpressionError as error:
            raise _expression_fault(error) from error

    def _variables(self, frame: Frame) -> JsonObject:
        return variables(self.deps, self.session, secrets=self.secrets, frame=frame)


def _expression_fault(error: ExpressionError) -> Fault:
    return Fault(problems.problem(problems.EXPRESSION, "Expression failed", detail=error.message))
