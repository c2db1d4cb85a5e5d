"""How many calls are under way at once, who waits for a turn, and who is sent away.

Up to `most` calls pass. Beyond that a caller waits, at most `waiting` of them and at most
`patience` seconds each; turns go round the keys, so that one that asks a thousand times waits
behind itself and not before the others. Where nobody more may wait, the newest wish of whoever
has the most of them is sent away: a queue that grows only makes everybody late.
"""

from collections import deque
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import anyio
from msgspec import Struct

from podium.kernel.errors import LimitReached


@dataclass(frozen=True, slots=True)
class TurnRules:
    most: int = 1000
    waiting: int = 1000
    patience: float = 30.0


@dataclass(eq=False, slots=True)
class _Wish:
    """`granted` is True once the turn is its own."""

    event: anyio.Event = field(default_factory=anyio.Event)
    granted: bool = False


class Turn(Struct):
    """The right to be under way. What is given back after the first time is passed over."""

    turnstile: "Turnstile"
    is_over: bool = False

    def leave(self) -> None:
        if not self.is_over:
            self.is_over = True
            self.turnstile.leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()


@dataclass(slots=True)
class Turnstile:
    rules: TurnRules = field(default_factory=TurnRules)
    under_way: int = 0
    waiting: int = 0
    _wishes: dict[str, deque[_Wish]] = field(default_factory=dict[str, deque[_Wish]])
    """By key, in the order in which the keys have their turns."""

    def change(self, rules: TurnRules) -> None:
        """Other rules from now on. Who waits has a turn where there are more of them."""
        self.rules = rules
        while self.under_way < rules.most and (wish := self._next()) is not None:
            self.under_way += 1
            wish.granted = True
            wish.event.set()

    def at_once(self) -> Turn | None:
        """None where one has to wait for it: `turn` does."""
        if self.under_way >= self.rules.most:
            return None
        self.under_way += 1
        return Turn(self)

    async def turn(self, key: str) -> Turn:
        """Give it back when the call has ended. Raises LimitReached."""
        await self.enter(key)
        return Turn(self)

    async def enter(self, key: str) -> None:
        """Call `leave` once for each time that this returns. Raises LimitReached."""
        if self.under_way < self.rules.most:
            self.under_way += 1
            return
        wish = self._wish(key)
        try:
            with anyio.move_on_after(self.rules.patience):
                await wish.event.wait()
        except BaseException:
            if wish.granted:
                self.leave()
            raise
        finally:
            self._withdraw(key, wish)
        if not wish.granted:
            raise self._busy("Its turn did not come in time.")

    def leave(self) -> None:
        """The turn goes to who waits, key by key."""
        wish = self._next() if self._wishes else None
        if wish is None:
            self.under_way -= 1
        else:
            wish.granted = True
            wish.event.set()

    def _wish(self, key: str) -> _Wish:
        if self.waiting >= self.rules.waiting:
            self._make_room(key)
        wish = _Wish()
        self._wishes.setdefault(key, deque()).append(wish)
        self.waiting += 1
        return wish

    def _make_room(self, key: str) -> None:
        """Send one away of those who wait more often than this key does, or refuse this one."""
        greedy = max(self._wishes, key=lambda each: len(self._wishes[each]), default=key)
        own = len(self._wishes.get(key, ()))
        if len(self._wishes.get(greedy, ())) <= own + 1:
            raise self._busy(f"{self.waiting} calls wait already.")
        sent_away = self._wishes[greedy].pop()
        self.waiting -= 1
        sent_away.event.set()

    def _next(self) -> _Wish | None:
        for key in self._wishes:
            wishes = self._wishes.pop(key)
            wish = wishes.popleft()
            self.waiting -= 1
            if wishes:
                self._wishes[key] = wishes  # behind all other keys
            return wish
        return None

    def _withdraw(self, key: str, wish: _Wish) -> None:
        """Who gives up stands in line no more."""
        wishes = self._wishes.get(key)
        if wishes is not None and wish in wishes:
            wishes.remove(wish)
            self.waiting -= 1
            if not wishes:
                del self._wishes[key]

    def _busy(self, why: str) -> LimitReached:
        return LimitReached(
            f"podium is busy: {self.under_way} calls to models are under way. {why} Try again "
            f"soon, or let your administrator raise gateway.concurrency.",
            retry_after=1.0,
        )
