"""The gateway that is in force: calls begin with it, and end with the one that they began with."""

from collections.abc import Coroutine
from typing import Any

from podium.gateway.models import Listing
from podium.gateway.offer import Offer
from podium.gateway.requests import Answered, Request
from podium.gateway.scores import Scores
from podium.gateway.service import Answer, Gateway
from podium.gateway.stream import Stream
from podium.identity.principal import Principal
from podium.kernel.json import JsonObject


class LiveGateway:
    """Raises what a gateway raises. It hands calls on and awaits nothing: that costs a call one
    look at `now`.
    """

    def __init__(self, gateway: Gateway) -> None:
        self.now: Gateway = gateway

    def offer(self, offer: Offer) -> None:
        """In force for all calls that begin from here on."""
        self.now = self.now.offering(offer)

    @property
    def scores(self) -> Scores:
        return self.now.scores

    def models(self, principal: Principal) -> tuple[Listing, ...]:
        return self.now.models(principal)

    def names(self) -> tuple[str, ...]:
        return self.now.names()

    def answer(self, principal: Principal, request: Request) -> Coroutine[Any, Any, Answered]:  # pyright: ignore[reportExplicitAny]
        return self.now.answer(principal, request)

    def open(self, principal: Principal, request: Request) -> Coroutine[Any, Any, Stream]:  # pyright: ignore[reportExplicitAny]
        return self.now.open(principal, request)

    async def chat(self, principal: Principal, request: JsonObject, *, origin: str = "") -> Answer:
        return await self.now.chat(principal, request, origin=origin)

    async def embed(self, principal: Principal, request: JsonObject, *, origin: str = "") -> Answer:
        return await self.now.embed(principal, request, origin=origin)
