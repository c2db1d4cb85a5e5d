"""The operands of jq: paths, literals, strings, arrays, objects, `if`, `reduce`, patterns."""

from dataclasses import dataclass
from typing import Final

from podium.kernel.json import Json
from podium.workflows.expressions import syntax as ast
from podium.workflows.expressions.cursor import Cursor
from podium.workflows.expressions.errors import syntax
from podium.workflows.expressions.grammar import Reader
from podium.workflows.expressions.names import FORMATS, nearest
from podium.workflows.expressions.scope import Scope
from podium.workflows.expressions.tokens import KEYWORDS, Token

_CONSTANTS: dict[str, Json] = {"null": None, "true": True, "false": False}
_MAX_DIGITS: Final = 400
_MAX_FLOAT: Final = 1e300
_PLAIN_CALLS = frozenset({"length", "not", "type"})


@dataclass(frozen=True, slots=True)
class Program:
    """`variables` come from the caller; `reads_clock` says that `now` is among what it calls, and
    `symbols` how long it is.
    """

    node: ast.Node
    variables: frozenset[str]
    reads_clock: bool
    symbols: int


def read(program: str) -> Program:
    """Raises ExpressionError(syntax) with the place and a remedy."""
    cursor, scope = Cursor(program), Scope()
    if cursor.ended():
        raise syntax('The expression is empty. Write "${ . }" for the whole input.', 0)
    if cursor.sees("import", "include", "module"):
        raise syntax(f"{cursor.token.text} is refused: an expression reads no files.", 0)
    node = _Terms(cursor, scope).query()
    if not cursor.ended():
        raise cursor.surprise("the expression is complete before it")
    return Program(node, frozenset(scope.outside), scope.reads_clock, len(cursor.tokens))


class _Terms(Reader):
    def term(self) -> ast.Node:
        token = self.cursor.token
        match token.kind:
            case "op":
                node = self._punctuated(token)
            case "number":
                node = self._number(self.cursor.next())
            case "string" | "format":
                node = self._string()
            case "field":
                node = ast.Index(ast.Dot(), ast.Literal(self.cursor.next().text))
            case "variable":
                node = self._variable(self.cursor.next())
            case "ident":
                node = self._call(self.cursor.next())
            case _:
                raise self.cursor.surprise("an operand is missing")
        return self._postfixes(node, step=token.kind == "field" or token.text == ".")

    def _punctuated(self, token: Token) -> ast.Node:
        match token.text:
            case ".":
                _ = self.cursor.next()
                return self._key(ast.Dot()) if self._string_ahead() else ast.Dot()
            case "(":
                return self._parenthesised()
            case "[":
                return self._array()
            case "{":
                return self._object()
            case "if":
                return self._condition()
            case _:
                return self._leaf(token)

    def _leaf(self, token: Token) -> ast.Node:
        if self.cursor.sees("reduce", "foreach"):
            self._loop(self.cursor.next().text)
        elif self.cursor.takes("break"):
            self.scope.leave(self.cursor.take("variable", "a label").text, token.at)
        elif not self.cursor.takes(".."):
            raise self.cursor.surprise("an operand is missing")
        return ast.OPAQUE

    def _parenthesised(self) -> ast.Node:
        self.cursor.expect("(", before="here")
        node = self.query()
        self.cursor.expect(")", before="to end the parentheses")
        return node

    def _string_ahead(self) -> bool:
        return self.cursor.token.kind in {"string", "format"}

    def _number(self, token: Token) -> ast.Node:
        digits = token.text
        if digits.isdecimal():
            return ast.Literal(int(digits)) if len(digits) <= _MAX_DIGITS else ast.OPAQUE
        value = float(digits)
        return ast.Literal(value) if abs(value) < _MAX_FLOAT else ast.OPAQUE

    def _variable(self, token: Token) -> ast.Node:
        return ast.Variable(token.text) if self.scope.use(token.text, token.at) else ast.OPAQUE

    def _call(self, token: Token) -> ast.Node:
        arity = 0
        if self.cursor.takes("("):
            arity = 1
            _ = self.query()
            while self.cursor.takes(";"):
                arity += 1
                _ = self.query()
            self.cursor.expect(")", before="after the arguments")
        builtin = self.scope.call(token.text, arity, token.at)
        if not builtin or arity:
            return ast.OPAQUE
        if token.text in _CONSTANTS:
            return ast.Literal(_CONSTANTS[token.text])
        return ast.Call(token.text) if token.text in _PLAIN_CALLS else ast.OPAQUE

    def _postfixes(self, node: ast.Node, *, step: bool) -> ast.Node:
        """`step` says that the last thing read is an index, which a `?` would forgive alone."""
        while True:
            if self.cursor.takes("?"):
                node, step = self._forgiven(node, step=step), False
                continue
            step = True
            if self.cursor.token.kind == "field":
                node = ast.Index(node, ast.Literal(self.cursor.next().text))
            elif self.cursor.takes("."):
                node = self._after_dot(node)
            elif self.cursor.sees("["):
                node = self._bracket(node, slices=True)
            else:
                return node

    def _forgiven(self, node: ast.Node, *, step: bool) -> ast.Node:
        match node:
            case ast.Index(target, key) if step:
                return ast.Index(target, key, lenient=True)
            case _:
                return ast.Optional(node)

    def _after_dot(self, target: ast.Node) -> ast.Node:
        if self.cursor.sees("["):
            return self._bracket(target, slices=False)
        if self._string_ahead():
            return self._key(target)
        raise self.cursor.surprise("a name, a string or [ ] must follow the dot")

    def _key(self, target: ast.Node) -> ast.Node:
        return ast.Index(target, self._string())

    def _bracket(self, target: ast.Node, *, slices: bool) -> ast.Node:
        self.cursor.expect("[", before="here")
        if self.cursor.takes("]"):
            return ast.OPAQUE
        if slices and self.cursor.takes(":"):
            _ = self.query()
            self.cursor.expect("]", before="to end the slice")
            return ast.OPAQUE
        key = self.query()
        if slices and self.cursor.takes(":"):
            key = ast.OPAQUE
            if not self.cursor.sees("]"):
                _ = self.query()
        self.cursor.expect("]", before="to end the index")
        return ast.Index(target, key)

    def _string(self) -> ast.Node:
        formatted = self.cursor.token.kind == "format"
        if formatted:
            self._check_format(self.cursor.next())
            if self.cursor.token.kind != "string":
                return ast.OPAQUE
        _ = self.cursor.take("string", "a string")
        parts: list[ast.Node] = []
        while self.cursor.token.kind != "close":
            if self.cursor.token.kind == "text":
                parts.append(ast.Literal(self.cursor.next().text))
                continue
            _ = self.cursor.take("into", "text")
            parts.append(self.query())
            _ = self.cursor.take("outof", "')' to end what is inserted")
        _ = self.cursor.next()
        match parts:
            case []:
                return ast.Literal("")
            case [ast.Literal(str())]:
                return parts[0]
            case _:
                return ast.OPAQUE if formatted else ast.Text(tuple(parts))

    def _check_format(self, token: Token) -> None:
        if token.text not in FORMATS:
            near = nearest(token.text, FORMATS)
            raise syntax(f"There is no format @{token.text} in jq.{near}", token.at)

    def _array(self) -> ast.Node:
        self.cursor.expect("[", before="here")
        if self.cursor.takes("]"):
            return ast.Array(())
        body = self.query()
        self.cursor.expect("]", before="to end the array")
        match body:
            case ast.Comma(items):
                return ast.Array(items)
            case _:
                return ast.Array((body,))

    def _object(self) -> ast.Node:
        self.cursor.expect("{", before="here")
        entries: list[tuple[ast.Node, ast.Node]] = []
        while not self.cursor.sees("}"):
            entries.append(self._entry())
            if not self.cursor.takes(","):
                break
        self.cursor.expect("}", before="to end the object")
        return ast.Object(tuple(entries))

    def _entry(self) -> tuple[ast.Node, ast.Node]:
        token = self.cursor.token
        if token.kind == "variable":
            value = self._variable(self.cursor.next())
            key: ast.Node = ast.Literal(token.text)
            return (value, self._value()) if self.cursor.takes(":") else (key, value)
        if self.cursor.sees("("):
            key = self._parenthesised()
            self.cursor.expect(":", before="after the key")
            return key, self._value()
        key = self._name()
        if self.cursor.takes(":"):
            return key, self._value()
        return key, ast.Index(ast.Dot(), key)

    def _name(self) -> ast.Node:
        token = self.cursor.token
        if token.kind == "ident" or (token.kind == "op" and token.text in KEYWORDS):
            return ast.Literal(self.cursor.next().text)
        if self._string_ahead():
            return self._string()
        raise self.cursor.surprise("expected a key; write other keys in parentheses")

    def _value(self) -> ast.Node:
        """An object's value: operators and pipes, no commas, no definitions."""
        stages = [self.expression()]
        while self.cursor.takes("|"):
            stages.append(self.expression())
        return stages[0] if len(stages) == 1 else ast.Pipe(tuple(stages))

    def _condition(self) -> ast.Node:
        self.cursor.deeper()
        _ = self.cursor.next()
        condition = self.query()
        self.cursor.expect("then", before="after the condition")
        then = self.query()
        otherwise: ast.Node = ast.Dot()
        if self.cursor.sees("elif"):
            otherwise = self._condition()
        elif self.cursor.takes("else"):
            otherwise = self.query()
            self.cursor.expect("end", before="to end the if")
        else:
            self.cursor.expect("end", before="to end the if")
        self.cursor.depth -= 1
        return ast.If(condition, then, otherwise)

    def _loop(self, kind: str) -> None:
        _ = self.expression()
        self.cursor.expect("as", before="and a variable")
        outer = self.scope.mark()
        self.patterns()
        self.cursor.expect("(", before="before the start value")
        _ = self.query()
        self.cursor.expect(";", before="after the start value")
        _ = self.query()
        if kind == "foreach" and self.cursor.takes(";"):
            _ = self.query()
        self.cursor.expect(")", before=f"to end the {kind}")
        self.scope.reset(outer)

    def pattern(self) -> None:
        self.cursor.deeper()
        if self.cursor.token.kind == "variable":
            self.scope.variable(self.cursor.next().text)
        elif self.cursor.takes("["):
            self.pattern()
            while self.cursor.takes(","):
                self.pattern()
            self.cursor.expect("]", before="to end the pattern")
        else:
            self.cursor.expect("{", before="or $name or [")
            self._pattern_entry()
            while self.cursor.takes(","):
                self._pattern_entry()
            self.cursor.expect("}", before="to end the pattern")
        self.cursor.depth -= 1

    def _pattern_entry(self) -> None:
        if self.cursor.token.kind == "variable":
            self.scope.variable(self.cursor.next().text)
            if self.cursor.takes(":"):
                self.pattern()
            return
        _ = self._parenthesised() if self.cursor.sees("(") else self._name()
        self.cursor.expect(":", before="after the key of the pattern")
        self.pattern()
