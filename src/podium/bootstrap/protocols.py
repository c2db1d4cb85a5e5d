"""The protocols that workflows may speak, over the adapters that speak them."""

from dataclasses import dataclass, field
from importlib.metadata import version

from podium.adapters.http.client import HttpClient
from podium.bootstrap.messaging import Messaging, messaging_calls
from podium.bootstrap.processes import Runners, process_calls
from podium.kernel.clock import Chance, Clock
from podium.protocols.a2a import A2aVisits
from podium.protocols.callees import Callees
from podium.protocols.mcp import McpSessions
from podium.settings import Settings
from podium.workflows.calls.a2a import A2aCall
from podium.workflows.calls.authentication.exchange import Authentication
from podium.workflows.calls.callee import Allowance
from podium.workflows.calls.credentials import AuthenticatedFetching
from podium.workflows.calls.http import HttpCall
from podium.workflows.calls.mcp import McpCall
from podium.workflows.calls.openapi.call import OpenApiCall
from podium.workflows.calls.openapi.descriptions import Descriptions
from podium.workflows.calls.resources import FetchedResources
from podium.workflows.calls.sending import Limits, Sender
from podium.workflows.interpreter.deps import ProtocolCall


@dataclass(frozen=True, slots=True)
class Outside:
    """What reaches the outside; each has passed the egress guard."""

    http: HttpClient
    clock: Clock
    chance: Chance
    runners: Runners = field(default_factory=Runners)
    messaging: Messaging | None = None


def protocols(settings: Settings, outside: Outside) -> dict[str, ProtocolCall]:
    authentication = Authentication(outside.clock, outside.chance)
    sender = _sender(settings, outside, authentication)
    callees, most = Callees(outside.http, authentication), settings.http.max_response_bytes
    fetched = _resources(settings, outside, sender)
    servers = McpSessions(callees, outside.runners.mcp)
    return {
        "http": HttpCall(sender),
        "openapi": OpenApiCall(sender, Descriptions(fetched)),
        "mcp": McpCall(servers, version=version("podium"), max_bytes=most),
        "a2a": A2aCall(A2aVisits(callees), max_bytes=most),
        **process_calls(outside.runners, fetched),
        **messaging_calls(outside.messaging, settings, fetched, sender=sender),
    }


def resources(settings: Settings, outside: Outside) -> FetchedResources:
    """For what documents refer to outside of themselves when they are stored."""
    authentication = Authentication(outside.clock, outside.chance)
    return _resources(settings, outside, _sender(settings, outside, authentication))


def _resources(settings: Settings, outside: Outside, sender: Sender) -> FetchedResources:
    """What documents refer to outside of themselves while they run."""
    allowance = Allowance(settings.http.timeout, settings.http.max_response_bytes)
    return FetchedResources(AuthenticatedFetching(sender), outside.clock, allowance)


def _sender(settings: Settings, outside: Outside, authentication: Authentication) -> Sender:
    """One authentication for all, so that a token is fetched once for all who need it."""
    http = settings.http
    return Sender(outside.http, authentication, Limits(http.timeout, http.max_response_bytes))
