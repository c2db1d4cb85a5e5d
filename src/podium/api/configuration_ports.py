"""What the API needs to be given of the configuration and the cache, as `ports` has the others."""

from collections.abc import Sequence
from typing import Protocol

from podium.gateway.caching.entries import Part
from podium.gateway.caching.service import Statistics
from podium.gateway.configuration.differences import Difference
from podium.gateway.configuration.ports import Prepared
from podium.gateway.configuration.service import Outcome, Standing
from podium.gateway.configuration.versions import Version, Wish
from podium.identity.principal import Principal
from podium.kernel.paging import Page


class Configuration(Protocol):
    async def standing(self, principal: Principal) -> Standing: ...

    async def check(self, principal: Principal, text: str) -> Prepared: ...

    async def change(self, principal: Principal, wish: Wish) -> Outcome: ...

    async def roll_back(self, principal: Principal, number: int, wish: Wish) -> Outcome: ...

    async def versions(
        self, principal: Principal, *, cursor: str | None, limit: int
    ) -> Page[Version]: ...

    async def version(self, principal: Principal, number: int) -> Version: ...

    async def diff(self, principal: Principal, older: int, newer: int) -> Sequence[Difference]: ...

    async def reload(self, principal: Principal) -> Outcome: ...


class Cache(Protocol):
    async def purge(self, principal: Principal, part: Part) -> int: ...

    def statistics(self, principal: Principal) -> Statistics: ...
