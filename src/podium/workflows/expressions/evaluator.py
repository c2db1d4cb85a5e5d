"""Evaluates templates and conditions: the fast path first, libjq for the rest."""

from collections.abc import Mapping, Sequence

from podium.kernel.json import Json, JsonObject
from podium.workflows.expressions.errors import ExpressionError
from podium.workflows.expressions.expression import Expression, is_expression, parse
from podium.workflows.expressions.operators import Defer
from podium.workflows.expressions.ports import Jq
from podium.workflows.expressions.quick import Empty

_SHOWN = 120


class Evaluator:
    """Every method raises ExpressionError, its message ending in the expression at fault."""

    def __init__(self, jq: Jq) -> None:
        self._jq: Jq = jq

    async def value(self, template: Json, data: Json, variables: JsonObject) -> Json:
        """`template` with each `${ … }` string, at any depth, replaced by its first output.

        `data` is jq's `.`; `variables` are `$name`. No output is null. Keys stay as they are.
        """
        match template:
            case str():
                if is_expression(template):
                    return await self.expression(template, data, variables)
                return template
            case Mapping():
                return {
                    key: await self.value(each, data, variables) for key, each in template.items()
                }
            case Sequence():
                return [await self.value(each, data, variables) for each in template]
            case _:
                return template

    async def truth(self, expression: str, data: Json, variables: JsonObject) -> bool:
        """For `if`, `when`, `while`, `exceptWhen`: with or without `${ }`.

        False for null, false and no output; true for the rest.
        """
        result = await self.expression(expression, data, variables)
        return result is not None and result is not False

    async def expression(self, text: str, data: Json, variables: JsonObject) -> Json:
        """One expression, with or without `${ }`."""
        try:
            expression = parse(text)
            expression.require(variables.keys())
            return await self._run(expression, data, variables)
        except ExpressionError as error:
            raise _placed(error, text) from error

    async def _run(self, expression: Expression, data: Json, variables: JsonObject) -> Json:
        if expression.quick is not None:
            try:
                return expression.quick(data, variables)
            except Empty:
                return None
            except (Defer, RecursionError):
                pass
        used = {name: variables[name] for name in sorted(expression.variables)}
        return await self._jq.evaluate(expression.program, data, used)


def _placed(error: ExpressionError, text: str) -> ExpressionError:
    shown = text.strip() if len(text) <= _SHOWN else f"{text.strip()[:_SHOWN]}…"
    message = f"{error.message} Expression: {shown}"
    return ExpressionError(message, kind=error.kind, offset=error.offset)
