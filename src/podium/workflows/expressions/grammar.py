"""jq's grammar, as in libjq 1.8, read by recursive descent with names resolved on the way.

The whole language is read (but `import`, `include` and `module`), so that a document can be
checked without starting a process; what is accepted here, libjq compiles (held by a test).
"""

from abc import ABC, abstractmethod
from typing import Final

from podium.workflows.expressions import syntax as ast
from podium.workflows.expressions.cursor import Cursor
from podium.workflows.expressions.scope import Scope

_LEVELS: Final = (
    ("right", ("//",)),
    ("none", ("=", "|=", "+=", "-=", "*=", "/=", "%=", "//=")),
    ("left", ("or",)),
    ("left", ("and",)),
    ("none", ("==", "!=", "<", "<=", ">", ">=")),
    ("left", ("+", "-")),
    ("left", ("*", "/", "%")),
)
_PRECEDENCE: Final = {
    operator: (level, associativity)
    for level, (associativity, operators) in enumerate(_LEVELS)
    for operator in operators
}
_MULTIPLICATION: Final = 6


class Reader(ABC):
    """Queries and operators; `terms` completes it."""

    def __init__(self, cursor: Cursor, scope: Scope) -> None:
        self.cursor: Cursor = cursor
        self.scope: Scope = scope

    def query(self) -> ast.Node:
        """Pipes, commas, definitions, bindings: flat, so that long programs do not recurse."""
        self.cursor.deeper()
        outer = self.scope.mark()
        stages: list[ast.Node] = []
        plain = True
        while True:
            plain &= self._prelude()
            items = [self.expression()]
            plain &= not self._binding()
            while plain and self.cursor.takes(","):
                plain &= self._prelude()
                items.append(self.expression())
                plain &= not self._binding()
            stages.append(items[0] if len(items) == 1 else ast.Comma(tuple(items)))
            if not self.cursor.takes("|", ","):
                break
        self.scope.reset(outer)
        self.cursor.depth -= 1
        if not plain:
            return ast.OPAQUE
        return stages[0] if len(stages) == 1 else ast.Pipe(tuple(stages))

    def _prelude(self) -> bool:
        """Definitions and labels before an expression; True when there are none."""
        start = self.cursor.position
        while self.cursor.sees("def", "label"):
            if self.cursor.next().text == "def":
                self._definition()
            else:
                self.scope.label(self.cursor.take("variable", "a label such as $out").text)
                self.cursor.expect("|", before="after the label")
        return self.cursor.position == start

    def _definition(self) -> None:
        self.cursor.deeper()
        name = self.cursor.take("ident", "the name of the function").text
        arguments: list[str] = []
        if self.cursor.takes("("):
            arguments.append(self._parameter())
            while self.cursor.takes(";"):
                arguments.append(self._parameter())
            self.cursor.expect(")", before="after the parameters")
        self.cursor.expect(":", before="before the body of the function")
        self.scope.function(name, len(arguments))
        outer = self.scope.mark()
        for argument in arguments:
            self.scope.function(argument.removeprefix("$"), 0)
            if argument.startswith("$"):
                self.scope.variable(argument[1:])
        _ = self.query()
        self.scope.reset(outer)
        self.cursor.expect(";", before="after the body of the function")
        self.cursor.depth -= 1

    def _parameter(self) -> str:
        if self.cursor.token.kind == "variable":
            return "$" + self.cursor.next().text
        return self.cursor.take("ident", "a parameter").text

    def _binding(self) -> bool:
        """`as $name |` after an expression; leaves the pipe to the caller."""
        if not self.cursor.takes("as"):
            return False
        self.patterns()
        if not self.cursor.sees("|"):
            raise self.cursor.surprise("expected '|' after the variables")
        return True

    def patterns(self) -> None:
        self.pattern()
        while self.cursor.takes("?//"):
            self.pattern()

    @abstractmethod
    def pattern(self) -> None:
        """What follows `as`: names what it binds."""

    @abstractmethod
    def term(self) -> ast.Node:
        """An operand with its postfixes."""

    def expression(self, floor: int = 0) -> ast.Node:
        """Operators, by precedence climbing."""
        self.cursor.deeper()
        left = self._unary()
        closed = -1
        while self.cursor.token.kind == "op" and self.cursor.token.text in _PRECEDENCE:
            level, associativity = _PRECEDENCE[self.cursor.token.text]
            if level < floor:
                break
            if level == closed:
                raise self.cursor.surprise("write parentheses, this operator does not chain")
            operator = self.cursor.next().text
            right = self.expression(level if associativity == "right" else level + 1)
            left = ast.Binary(operator, left, right)
            closed = level if associativity == "none" else -1
        self.cursor.depth -= 1
        return left

    def _unary(self) -> ast.Node:
        if self.cursor.takes("-"):
            body = self.expression(_MULTIPLICATION)
            return _negated(body)
        return self._attempt() if self.cursor.takes("try") else self.term()

    def _attempt(self) -> ast.Node:
        self.cursor.deeper()
        _ = self._unary()
        if self.cursor.takes("catch"):
            _ = self._unary()
        self.cursor.depth -= 1
        return ast.OPAQUE


def _negated(body: ast.Node) -> ast.Node:
    match body:
        case ast.Literal(int() | float() as number) if not isinstance(number, bool):
            return ast.Literal(-number)
        case _:
            return ast.OPAQUE
