"""The protocols that workflows may speak, over the adapters that speak them."""

from dataclasses import dataclass

from podium.adapters.http.client import HttpClient
from podium.kernel.clock import Chance, Clock
from podium.settings import Settings
from podium.workflows.calls.authentication.exchange import Authentication
from podium.workflows.calls.http import HttpCall
from podium.workflows.calls.sending import Limits, Sender
from podium.workflows.interpreter.deps import ProtocolCall


@dataclass(frozen=True, slots=True)
class Outside:
    """What reaches the outside; each has passed the egress guard."""

    http: HttpClient
    clock: Clock
    chance: Chance


def protocols(settings: Settings, outside: Outside) -> dict[str, ProtocolCall]:
    sender = _sender(settings, outside)
    return {
        "http": HttpCall(sender),
    }


def _sender(settings: Settings, outside: Outside) -> Sender:
    """One for all, so that a token is fetched once for all who need it."""
    http = settings.http
    return Sender(
        outside.http,
        Authentication(outside.clock, outside.chance),
        Limits(http.timeout, http.max_response_bytes),
    )
