"""Publishing over HTTP: a message is a request, and its answer says whether it was taken."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from podium.kernel.json import JsonObject
from podium.workflows.calls.asyncapi.ports import Outgoing, Target
from podium.workflows.calls.authentication.policies import policy
from podium.workflows.calls.requests import Request
from podium.workflows.calls.sending import Sender
from podium.workflows.functions import Call

_UNRESERVED: Final = "/:@!$&'()*+,;=-._~"


@dataclass(frozen=True, slots=True)
class HttpPosting:
    sender: Sender

    async def post(
        self, target: Target, message: Outgoing, given: JsonObject, *, call: Call
    ) -> None:
        """Raises what `Sender.send` does."""
        method = target.channel.operation.get("method")
        headers = {"Content-Type": message.content_type, **message.headers}
        request = Request(str(method or "POST").upper(), address(target), headers, message.body)
        _ = await self.sender.send(
            request.keyed(message.key), policy(given), call=call, redirects=False
        )


def address(target: Target) -> str:
    """The channel's place on its server."""
    server = target.server
    host = f"[{server.host}]" if ":" in server.host else server.host
    port = "" if server.port is None else f":{server.port}"
    parts = (server.path, target.channel.address.strip("/"))
    path = "/".join(quote(part, safe=_UNRESERVED) for part in parts if part)
    return f"{'https' if server.tls else 'http'}://{host}{port}/{path}"
