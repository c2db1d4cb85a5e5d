"""The protocols that workflows may speak, over the adapters that speak them."""

from dataclasses import dataclass, field

from podium.adapters.http.client import HttpClient
from podium.bootstrap.processes import Runners, process_calls
from podium.kernel.clock import Chance, Clock
from podium.settings import Settings
from podium.workflows.calls.authentication.exchange import Authentication
from podium.workflows.calls.callee import Allowance
from podium.workflows.calls.credentials import AuthenticatedFetching
from podium.workflows.calls.http import HttpCall
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


def protocols(settings: Settings, outside: Outside) -> dict[str, ProtocolCall]:
    sender = _sender(settings, outside)
    return {
        "http": HttpCall(sender),
        **process_calls(outside.runners, _resources(settings, outside, sender)),
    }


def _resources(settings: Settings, outside: Outside, sender: Sender) -> FetchedResources:
    """What documents refer to outside of themselves while they run."""
    allowance = Allowance(settings.http.timeout, settings.http.max_response_bytes)
    return FetchedResources(AuthenticatedFetching(sender), outside.clock, allowance)


def _sender(settings: Settings, outside: Outside) -> Sender:
    """One for all, so that a token is fetched once for all who need it."""
    http = settings.http
    return Sender(
        outside.http,
        Authentication(outside.clock, outside.chance),
        Limits(http.timeout, http.max_response_bytes),
    )
