"""How a chat tells with what its model was supplied: a member of podium's own."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from podium.gateway.supply.modes import NATIVE, Supplied
from podium.kernel.json import Json, JsonObject

SUPPLIED: Final = "podium"


class _Told(msgspec.Struct):
    supplied: Annotated[list[Literal["tools", "json_schema"]], Meta(max_length=2)] = []
    repairs: Annotated[int, Meta(ge=0, le=100)] = 0


def told(supplied: Supplied) -> dict[str, Json]:
    """To be put into a completion, or into a piece of one."""
    return {SUPPLIED: {"supplied": list(supplied.what), "repairs": supplied.repairs}}


def supplied_of(chat: JsonObject) -> Supplied:
    """Providers may have a member of that name as well: what is not ours is nothing."""
    if SUPPLIED not in chat:
        return NATIVE
    try:
        said = msgspec.convert(chat[SUPPLIED], _Told)
    except msgspec.ValidationError:
        return NATIVE
    return Supplied(tuple(said.supplied), said.repairs)
