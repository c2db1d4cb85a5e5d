"""What functions need from outside; each takes only what it uses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from podium.gateway.guardrail_service import Trial
from podium.governance.approval_service import Question
from podium.governance.approvals import Approval
from podium.governance.guardrails import At
from podium.identity.principal import Principal
from podium.integrations.datasets import Asked, DatasetSource, Match
from podium.integrations.ports import Connection
from podium.kernel.ids import ApprovalId
from podium.kernel.json import JsonObject
from podium.workflows.functions import Call


class Models(Protocol):
    """Models by name or route, in OpenAI's words. What a call took is added to `call.usage`.

    Both raise NotFound with names that look alike, Invalid, Refused, LimitReached, Unavailable,
    TimedOut.
    """

    async def chat(self, principal: Principal, request: JsonObject, call: Call) -> JsonObject:
        """A chat completion for a chat completion request."""
        ...

    async def embed(self, principal: Principal, request: JsonObject, call: Call) -> JsonObject:
        """An embeddings answer for an embeddings request."""
        ...


class Datasets(Protocol):
    def source(self, name: str) -> DatasetSource:
        """Raises NotFound."""
        ...

    async def labels(self, name: str) -> tuple[str, ...]:
        """Raises NotFound, Invalid, Unavailable."""
        ...

    async def classify(self, name: str, asked: Asked) -> Match:
        """Raises NotFound, Invalid, Unavailable."""
        ...


class Connections(Protocol):
    def get(self, name: str) -> Connection:
        """Raises NotFound with names that look alike."""
        ...


class Approvals(Protocol):
    async def ask(self, principal: Principal, question: Question) -> Approval:
        """Store the question; the same run and path again answer the stored one."""
        ...

    async def escalate(self, principal: Principal, approval: ApprovalId) -> float:
        """Ask those too whom it is escalated to; answers the seconds until it expires."""
        ...

    async def expire(self, principal: Principal, approval: ApprovalId) -> Approval:
        """Close it unanswered; or answer what was decided just before."""
        ...


class Guardrails(Protocol):
    async def test(
        self, principal: Principal, text: str, at: At, *, name: str = ""
    ) -> Sequence[Trial]:
        """What they say of a text. Raises NotFound, Refused, Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the shelf needs. `mask_key` (32 bytes) keys the placeholders of `mask`;
    `approval_seconds` is how long a question stays open that does not say so itself.
    """

    models: Models
    datasets: Datasets
    connections: Connections
    approvals: Approvals
    approval_seconds: float
    mask_key: bytes
    guardrails: Guardrails
