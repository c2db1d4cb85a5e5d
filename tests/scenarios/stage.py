"""What a scenario is played on: the sentences of the kit need no more than this."""

from typing import Protocol

from podium.kernel.json import Json
from podium.observability.spans import Span
from podium.workflows.runs import Run


class Stage(Protocol):
    async def define(self, text: str) -> None:
        """Store a workflow; the first one of a scenario is the one that is executed."""
        ...

    async def execute(self, input: Json) -> None:
        """Start it and wait until it ends."""
        ...

    async def run(self) -> Run: ...

    async def spans(self) -> list[Span]:
        """Of its tasks, in the order in which they began."""
        ...
