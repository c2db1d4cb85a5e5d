"""What policies need from outside."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """Policies as somebody wrote them; numbers count from 1, and none is ever changed."""

    number: int
    text: str
    created_at: float
    created_by: str
    note: str


class PolicyStore(Protocol):
    async def latest(self) -> PolicyVersion | None:
        """None where nobody wrote any."""
        ...

    async def get(self, number: int) -> PolicyVersion:
        """Raises NotFound."""
        ...

    async def list(self, *, most: int) -> tuple[PolicyVersion, ...]:
        """The newest first."""
        ...

    async def add(self, version: PolicyVersion) -> None:
        """Raises Conflict where there is one of that number."""
        ...
