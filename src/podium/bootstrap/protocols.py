"""The protocols that workflows may speak, over the adapters that speak them."""

from dataclasses import dataclass

from podium.adapters.http.client import HttpClient
from podium.settings import Settings
from podium.workflows.calls.http import HttpCall
from podium.workflows.interpreter.deps import ProtocolCall


@dataclass(frozen=True, slots=True)
class Outside:
    """What reaches the outside; each has passed the egress guard."""

    http: HttpClient


def protocols(settings: Settings, outside: Outside) -> dict[str, ProtocolCall]:
    http = settings.http
    return {
        "http": HttpCall(outside.http, seconds=http.timeout, max_bytes=http.max_response_bytes),
    }
