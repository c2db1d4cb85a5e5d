"""Equal requests in flight share one upstream call.

The call has a task of its own: it goes on while anybody waits for it, also where the one who was
first has left, and ends where nobody does.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import anyio
from anyio.abc import TaskGroup

from podium.kernel.errors import Unavailable

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Flight(Generic[T]):
    """One call under way. Whoever has boarded leaves once."""

    forget: Callable[[], None]
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    _answered: anyio.Event = field(default_factory=anyio.Event)
    _value: list[T] = field(default_factory=list[T])
    _error: Exception | None = None
    _aboard: int = 0
    _settled: bool = False

    async def board(self) -> T:
        """What the call answers, or raises."""
        self._aboard += 1
        try:
            await self._answered.wait()
        except BaseException:
            self.leave()
            raise
        if self._error is not None:
            self.leave()
            raise self._error
        return self.value

    def leave(self) -> None:
        self._aboard -= 1
        if not self._aboard and not self._settled:
            self.forget()
            self.scope.cancel()

    def answer(self, value: T) -> None:
        self._value.append(value)
        self._answered.set()

    def settle(self) -> None:
        """From here on it comes to its end, whoever leaves."""
        self._settled = True

    def fail(self, error: Exception) -> None:
        self._error = error
        self._answered.set()

    @property
    def value(self) -> T:
        """Of a flight that was answered."""
        return self._value[0]

    @property
    def over(self) -> bool:
        """Answered, or failed."""
        return self._answered.is_set()

    @property
    def answered(self) -> bool:
        return bool(self._value)


Work = Callable[[Flight[T]], Awaitable[None]]
"""Makes the call and answers on the flight; it may go on after that, as a stream does."""


class Flights(Generic[T]):
    """Calls under way by key; works while `serving`."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, Flight[T]] = {}
        self._group: TaskGroup | None = None

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[None]:
        async with anyio.create_task_group() as group:
            self._group = group
            try:
                yield
            finally:
                self._group = None
                group.cancel_scope.cancel()

    def under_way(self, key: Hashable) -> Flight[T] | None:
        return self._flights.get(key)

    def start(self, key: Hashable, work: Work[T]) -> Flight[T]:
        """Board it at once: a flight that nobody has boarded is not ended by those who leave.

        Raises Unavailable while podium ends.
        """
        if self._group is None:
            raise Unavailable("podium is ending. Ask again in a moment.")
        flight = Flight[T](lambda: self.forget(key, flight))
        self._flights[key] = flight
        _ = self._group.start_soon(self._fly, flight, work)
        return flight

    def forget(self, key: Hashable, flight: Flight[T]) -> None:
        """From here on an equal request makes a call of its own."""
        if self._flights.get(key) is flight:
            del self._flights[key]

    async def _fly(self, flight: Flight[T], work: Work[T]) -> None:
        try:
            with flight.scope:
                await work(flight)
        except Exception as failed:  # noqa: BLE001 - those who wait raise it
            flight.fail(failed)
        finally:
            flight.forget()
            if not flight.over:
                flight.fail(Unavailable("The call was ended before it was answered. Ask again."))
