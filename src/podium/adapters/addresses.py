"""Where a host that a workflow names may be reached: the egress rule, applied after DNS."""

import socket
from collections.abc import Sequence

import anyio

from podium.adapters.http.egress import Egress
from podium.adapters.http.errors import ConnectFailed, EgressRefused


async def addresses(host: str, port: int, egress: Egress) -> Sequence[str]:
    """The addresses that may be connected to, as numbers, in the resolver's order.

    Whoever connects must connect to these, not to the name: it may resolve to another address
    the next time. Raises ConnectFailed, EgressRefused.
    """
    try:
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConnectFailed(f"Cannot connect to '{host}': {reason}.") from error
    numbers = list(dict.fromkeys(str(place[0]) for *_, place in found))
    allowed = [number for number in numbers if egress.allows(number)]
    if not allowed:
        raise EgressRefused(egress.refusal(host))
    return allowed
