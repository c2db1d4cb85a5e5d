"""What an endpoint asks for: the services and the caller."""

from typing import Annotated, Final, cast

from fastapi import Depends, Request

from podium.api.door import Door
from podium.api.ports import Podium
from podium.identity.principal import Principal

PODIUM: Final = "podium.services"
DOOR: Final = "podium.door"
PRINCIPAL: Final = "podium.principal"
"""Keys of the ASGI scope: `edge` leaves the first two there, `signin` the caller."""


async def _podium(request: Request) -> Podium:
    return cast("Podium", request.scope[PODIUM])


async def _door(request: Request) -> Door:
    return cast("Door", request.scope[DOOR])


async def _caller(request: Request) -> Principal:
    return cast("Principal", request.scope[PRINCIPAL])


async def _visitor(request: Request) -> Principal | None:
    return cast("Principal | None", request.scope.get(PRINCIPAL))


Services = Annotated[Podium, Depends(_podium)]
Limits = Annotated[Door, Depends(_door)]
Caller = Annotated[Principal, Depends(_caller)]
Visitor = Annotated[Principal | None, Depends(_visitor)]
"""On the few public pages: the caller where there is one."""
