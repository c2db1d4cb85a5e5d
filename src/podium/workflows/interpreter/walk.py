"""What the executors of single kinds of tasks may ask of the flow they are part of."""

from collections.abc import Sequence
from typing import Protocol, TypeAlias

from podium.kernel.json import Json
from podium.workflows.interpreter.calls import Caller
from podium.workflows.interpreter.program import Program, Task
from podium.workflows.interpreter.scope import Scope
from podium.workflows.interpreter.state import Frame

Result: TypeAlias = tuple[Json, str]
"""What a task puts out, and where the flow goes on: a directive or a sibling's name."""


class Walk(Protocol):
    """The execution of one run, or of one branch of it."""

    @property
    def program(self) -> Program: ...
    @property
    def caller(self) -> Caller: ...
    @property
    def scope(self) -> Scope: ...

    async def sequence(self, tasks: Sequence[Task], data: Json, frame: Frame) -> Result:
        """Run sibling tasks; the answer is where the flow goes on behind them."""
        ...

    async def through(self, tasks: Sequence[Task], data: Json, frame: Frame) -> Result:
        """The same, but an exit out of the list is told."""
        ...

    async def task(self, task: Task, data: Json, frame: Frame) -> Result: ...

    async def pause(self, seconds: float, frame: Frame, reason: str) -> None:
        """Sleep durably; a deadline that comes first ends the sleep with a timeout."""
        ...

    def branch(self) -> "Walk":
        """A walk with a session of its own."""
        ...
