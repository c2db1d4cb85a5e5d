"""Over HTTP a published message is a request, and its answer says whether it was taken."""

import base64
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from podium.kernel.errors import PodiumError, Refused, Unauthenticated, Unavailable
from podium.kernel.json import JsonObject
from podium.workflows.calls.asyncapi.ports import Access, Outgoing, Target
from podium.workflows.calls.authentication.policies import policy as policy_of
from podium.workflows.calls.requests import Request
from podium.workflows.calls.sending import Sender
from podium.workflows.functions import Call

_UNRESERVED: Final = "/:@!$&'()*+,;=-._~"


@dataclass(frozen=True, slots=True)
class HttpPosting:
    sender: Sender

    async def post(
        self, target: Target, message: Outgoing, policy: JsonObject, *, call: Call
    ) -> None:
        """Raises what `Sender.send` does."""
        method = target.channel.operation.get("method")
        headers = {"Content-Type": message.content_type, **message.headers}
        request = Request(str(method or "POST").upper(), address(target), headers, message.body)
        _ = await self.sender.send(
            request.keyed(message.key), policy_of(policy), call=call, redirects=False
        )


def address(target: Target) -> str:
    """The channel's place on its server."""
    server = target.server
    host = f"[{server.host}]" if ":" in server.host else server.host
    port = "" if server.port is None else f":{server.port}"
    parts = (server.path, target.channel.address.strip("/"))
    path = "/".join(quote(part, safe=_UNRESERVED) for part in parts if part)
    return f"{'https' if server.tls else 'http'}://{host}{port}/{path}"


def authorization(access: Access) -> dict[str, str]:
    """The header that shows it."""
    if access.token:
        return {"Authorization": f"Bearer {access.token}"}
    if access.username:
        pair = base64.b64encode(f"{access.username}:{access.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    return {}


def refused(host: str, status: int) -> PodiumError:
    """What a status is instead of a stream of messages."""
    said = f"'{host}' answered {status} instead of messages."
    match status:
        case 401:
            return Unauthenticated(said)
        case 403:
            return Refused(said)
        case _:
            return Unavailable(said, details={"status": status})
