"""What is supplied to a model that lacks it."""

from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct


class ToolMode(StrEnum):
    NATIVE = "native"
    EMULATED = "emulated"
    """By a JSON schema that the model's answer is held to, where its provider can do that."""
    OFF = "off"
    """A chat with tools is refused."""


class JsonMode(StrEnum):
    NATIVE = "native"
    REPAIR = "repair"
    """By an instruction, a check, and asking again with what is wrong."""
    OFF = "off"
    """A chat that wants JSON is refused."""


@dataclass(frozen=True, slots=True)
class Supply:
    """`repairs` is how often a model is asked again at most."""

    tools: ToolMode = ToolMode.NATIVE
    json: JsonMode = JsonMode.NATIVE
    repairs: int = 2


NOTHING_SUPPLIED = Supply()


class Supplied(Struct, frozen=True, gc=False):
    """What one answer was supplied with, `tools` and `json_schema`, and how often the model was
    asked again for it.
    """

    what: tuple[str, ...] = ()
    repairs: int = 0


NATIVE = Supplied()
