"""One expression: its program, the variables it reads, and its fast path if it has one."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeGuard

from podium.workflows.expressions.errors import ExpressionError, syntax
from podium.workflows.expressions.names import nearest
from podium.workflows.expressions.quick import Quick, quicken
from podium.workflows.expressions.terms import read

VARIABLES: Final = (
    "context",
    "input",
    "output",
    "secrets",
    "authorization",
    "task",
    "workflow",
    "runtime",
    "error",
    "item",
    "index",
)
"""What the interpreter offers as `$name`; `for` and `catch` add names of their own."""

CLOCK: Final = "now"
"""The variable that `now` reads: Unix seconds, recorded by the interpreter for replay."""


@dataclass(frozen=True, slots=True)
class Expression:
    """`variables` are the names that it needs from the caller, with `now` when it reads time;
    `symbols` is how many names, numbers, operators and pieces of text it has.
    """

    program: str
    variables: frozenset[str]
    quick: Quick | None
    symbols: int = 0

    def require(self, known: Collection[str]) -> None:
        """Raises ExpressionError(syntax) when a variable is not among `known`."""
        missing = sorted(self.variables - set(known))
        if not missing:
            return
        if missing == [CLOCK]:
            raise syntax("now is not available here: no moment was recorded.", 0)
        name = next(each for each in missing if each != CLOCK)
        offered = ", ".join(f"${each}" for each in sorted(known) if each != CLOCK) or "none"
        message = f"There is no variable ${name} here.{nearest(name, known)} Known: {offered}."
        raise syntax(message, max(0, self.program.find(f"${name}")))


def is_expression(value: object) -> TypeGuard[str]:
    """A string that is one `${ … }` from end to end."""
    if not isinstance(value, str):
        return False
    text = value.strip()
    return text.startswith("${") and text.endswith("}")


def is_partial(value: str) -> bool:
    """A string with `${ … }` inside other text, which is refused: it would be sent as it is."""
    opens = value.find("${")
    return 0 <= opens < value.rfind("}") and not is_expression(value)


def unwrap(text: str) -> str:
    """The program inside `${ }`; text without them is a program already."""
    return text.strip()[2:-1].strip() if is_expression(text) else text.strip()


def parse(text: str) -> Expression:
    """Reads `${ … }` or a bare program. Raises ExpressionError(syntax)."""
    program = unwrap(text)
    try:
        return _parse(program)
    except ExpressionError as error:
        if is_expression(text) and "${" in program:
            raise syntax(SEVERAL, program.find("${")) from error
        raise


SEVERAL: Final = (
    "Only a whole string can be an expression, and this one holds several ${ }. "
    'Write one with \\( ) inside: ${ "a \\(.x) b \\(.y)" }.'
)


@lru_cache(maxsize=2048)
def _parse(program: str) -> Expression:
    found = read(program)
    variables = found.variables | (frozenset({CLOCK}) if found.reads_clock else frozenset[str]())
    return Expression(program, variables, quicken(found.node), found.symbols)
