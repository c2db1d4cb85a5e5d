"""Streams of a cascade: held back until it is known whether they may stand.

The tests of a cascade look at whole answers, so an answer is read to its end before its first piece
goes on; beyond the bounds of `Holding` it goes on unjudged. What breaks off meanwhile is a failed
try that nobody has seen.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self, cast

import msgspec

from podium.gateway.caching.ports import Form
from podium.gateway.models import Usage
from podium.gateway.ports import Flow
from podium.gateway.requests import Request
from podium.gateway.routing.answers import answer_of
from podium.gateway.routing.choice import Choice, Escalate, whatever
from podium.gateway.supply.modes import Supplied
from podium.kernel.clock import Clock
from podium.kernel.json import JsonObject


class Held:
    """A flow whose first pieces were read before anybody wanted them. `lacks` says why it may not
    stand; empty where it may.
    """

    def __init__(self, flow: Flow) -> None:
        self._flow: Flow = flow
        self._pieces: deque[bytes] = deque()
        self.size: int = 0
        self.ended: bool = False
        self.lacks: str = ""

    @property
    def usage(self) -> Usage | None:
        return self._flow.usage

    @property
    def model(self) -> str:
        return self._flow.model

    @property
    def finish_reasons(self) -> tuple[str, ...]:
        return self._flow.finish_reasons

    @property
    def chunks(self) -> int:
        return self._flow.chunks

    @property
    def supplied(self) -> Supplied:
        return self._flow.supplied

    @property
    def events(self) -> bytes:
        """What is held."""
        return b"".join(self._pieces)

    async def hold(self) -> None:
        """One piece more. Raises UpstreamFailed."""
        try:
            piece = await anext(self._flow)
        except StopAsyncIteration:
            self.ended = True
            return
        self._pieces.append(piece)
        self.size += len(piece)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._pieces:
            return self._pieces.popleft()
        if self.ended:
            raise StopAsyncIteration
        return await anext(self._flow)

    async def aclose(self) -> None:
        self._pieces.clear()
        await self._flow.aclose()


@dataclass(frozen=True, slots=True)
class Judges:
    """`forms` are by protocol: in one that has none, and where nothing is to be held, streams go on
    as they come.
    """

    clock: Clock
    forms: Mapping[str, Form] = field(default_factory=dict[str, Form])

    async def judged(self, flow: Flow, request: Request, choice: Choice) -> Held:
        """Raises UpstreamFailed; the flow is closed then."""
        held, form = Held(flow), self.forms.get(request.protocol)
        if form is None or choice.accepts is whatever or not choice.holding.bytes:
            return held
        ends = self.clock.monotonic() + choice.holding.seconds
        try:
            while not held.ended:
                if held.size > choice.holding.bytes or self.clock.monotonic() > ends:
                    return held
                await held.hold()
        except BaseException:
            await held.aclose()
            raise
        held.lacks = _lacks(held, form, request, choice=choice)
        return held


def _lacks(held: Held, form: Form, request: Request, *, choice: Choice) -> str:
    whole = form.whole(held.events, request, held.usage)
    if whole is None:
        return "The answer cannot be read."
    body = cast("JsonObject", msgspec.json.decode(whole.body))
    verdict = choice.accepts(answer_of(body))
    return verdict.reason if isinstance(verdict, Escalate) else ""
