"""A place in the tokens of a program."""

from typing import Final

from podium.workflows.expressions.errors import ExpressionError, syntax
from podium.workflows.expressions.tokens import Kind, Token, tokenize

MAX_DEPTH: Final = 120


class Cursor:
    """The tokens, where we are in them, and how deep. `token` is the one to read next."""

    def __init__(self, program: str) -> None:
        self.tokens: list[Token] = tokenize(program)
        self.position: int = 0
        self.depth: int = 0
        self.token: Token = self.tokens[0]

    def ended(self) -> bool:
        return self.token.kind == "end"

    def next(self) -> Token:
        token = self.token
        if token.kind != "end":
            self.position += 1
            self.token = self.tokens[self.position]
        return token

    def sees(self, *operators: str) -> bool:
        return self.token.kind == "op" and self.token.text in operators

    def takes(self, *operators: str) -> bool:
        token = self.token
        if token.kind == "op" and token.text in operators:
            self.position += 1
            self.token = self.tokens[self.position]
            return True
        return False

    def expect(self, operator: str, *, before: str) -> None:
        if not self.takes(operator):
            raise self.surprise(f"expected {operator!r} {before}")

    def surprise(self, wanted: str) -> ExpressionError:
        token = self.token
        shown = "the end" if token.kind == "end" else f"{token.text!r}"
        return syntax(f"jq cannot read {shown} here: {wanted}.", token.at)

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise syntax(
                f"The expression is nested deeper than {MAX_DEPTH}. Move part of it into a task.",
                self.token.at,
            )

    def take(self, kind: Kind, wanted: str) -> Token:
        if self.token.kind != kind:
            raise self.surprise(f"expected {wanted}")
        return self.next()
