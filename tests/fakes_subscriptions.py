"""Live spans of runs, sent by the test."""

from dataclasses import dataclass, field

import anyio

from podium.identity.principal import Principal
from podium.kernel.ids import RunId
from podium.observability.spans import Span


class FakeSubscription:
    def __init__(self) -> None:
        self.send, self._receive = anyio.create_memory_object_stream[Span](100)
        self.closed: bool = False

    def __aiter__(self) -> "FakeSubscription":
        return self

    async def __anext__(self) -> Span:
        return await self._receive.__anext__()

    async def aclose(self) -> None:
        self.closed = True
        self.send.close()
        self._receive.close()


@dataclass
class FakeEvents:
    subscriptions: list[FakeSubscription] = field(default_factory=list)

    async def subscribe(self, principal: Principal, run: RunId) -> FakeSubscription:
        self.subscriptions.append(FakeSubscription())
        return self.subscriptions[-1]
