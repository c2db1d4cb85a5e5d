"""Authentication and fetching for the other protocols: over the same tokens, guard and limits."""

from dataclasses import dataclass

from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.authentication.policies import policy
from podium.workflows.calls.bodies import as_object
from podium.workflows.calls.callee import Allowance, Endpoint
from podium.workflows.calls.requests import HttpAnswer, Request
from podium.workflows.calls.sending import Limits, Sender
from podium.workflows.calls.uris import encoded
from podium.workflows.functions import Call


@dataclass(frozen=True, slots=True)
class CallCredentials:
    """For protocols that authenticate once for each call."""

    sender: Sender

    async def headers(self, policy: Json, call: Call) -> dict[str, str]:
        """Raises Invalid for digest, Unauthenticated, Unavailable, TimedOut."""
        return await SessionCredentials(self.sender).headers(
            as_object(policy), seconds=call.deadline
        )


@dataclass(frozen=True, slots=True)
class SessionCredentials:
    """For protocols that authenticate once for several requests."""

    sender: Sender

    async def headers(self, authentication: JsonObject, *, seconds: float) -> dict[str, str]:
        """Raises Invalid for digest, Unauthenticated, Unavailable, TimedOut."""
        return await self.sender.credentials(policy(authentication), seconds)


@dataclass(frozen=True, slots=True)
class AuthenticatedFetching:
    """What a document refers to, fetched with the credentials that it gives for it."""

    sender: Sender

    async def get(self, endpoint: Endpoint, call: Call, allowance: Allowance) -> HttpAnswer:
        """Raises what `Sender.send` does: a status that is no success is an error."""
        sender = self.sender.within(Limits(allowance.seconds, allowance.max_bytes))
        request = Request("GET", encoded(endpoint.uri))
        delivery = await sender.send(
            request, policy(endpoint.authentication), call=call, redirects=True
        )
        return delivery.answer
