"""What a jq program looks like once read.

Only the constructs that the fast path can evaluate keep their shape; everything else is
`Opaque`, for libjq to make sense of.
"""

from dataclasses import dataclass
from typing import TypeAlias

from podium.kernel.json import Json


@dataclass(frozen=True, slots=True)
class Opaque:
    """Well-formed, and not for the fast path."""


@dataclass(frozen=True, slots=True)
class Dot:
    """`.`"""


@dataclass(frozen=True, slots=True)
class Literal:
    value: Json


@dataclass(frozen=True, slots=True)
class Variable:
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A builtin without arguments."""

    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """`target[key]` or `target.key`; lenient with a `?` right behind it, which forgives this
    step only and nothing in `target` or `key`.
    """

    target: "Node"
    key: "Node"
    lenient: bool = False


@dataclass(frozen=True, slots=True)
class Optional:
    """`(body)?`: no output where `body` fails."""

    body: "Node"


@dataclass(frozen=True, slots=True)
class Text:
    r"""A string with `\( )` inside; the parts alternate as they are written."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Array:
    items: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Object:
    entries: "tuple[tuple[Node, Node], ...]"


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class If:
    condition: "Node"
    then: "Node"
    otherwise: "Node"


@dataclass(frozen=True, slots=True)
class Comma:
    items: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Pipe:
    stages: "tuple[Node, ...]"


Node: TypeAlias = (
    Opaque
    | Dot
    | Literal
    | Variable
    | Call
    | Index
    | Optional
    | Text
    | Array
    | Object
    | Binary
    | If
    | Comma
    | Pipe
)

OPAQUE = Opaque()
