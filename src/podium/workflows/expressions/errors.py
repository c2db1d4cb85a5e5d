"""The one error of this room."""

from typing import ClassVar, Literal, TypeAlias

from podium.kernel.errors import PodiumError

Kind: TypeAlias = Literal["syntax", "runtime", "timeout", "memory"]


class ExpressionError(PodiumError):
    """An expression cannot be read (`syntax`) or its evaluation failed (the other kinds).

    `offset` counts characters from the start of the program; -1 when there is no such place.
    """

    code: ClassVar[str] = "expression"

    def __init__(self, message: str, *, kind: Kind, offset: int = -1) -> None:
        super().__init__(message, details={"kind": kind})
        self.kind: Kind = kind
        self.offset: int = offset


def syntax(message: str, offset: int) -> ExpressionError:
    return ExpressionError(message, kind="syntax", offset=offset)


def runtime(message: str) -> ExpressionError:
    return ExpressionError(message, kind="runtime")
