"""Which server of an AsyncAPI document a task means, and where that server is."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.asyncapi.document import AsyncApi, Described, Found, listed
from podium.workflows.calls.asyncapi.ports import SPOKEN, Server
from podium.workflows.calls.bodies import as_object

PLACE: Final = re.compile(r"\{([A-Za-z0-9_.-]{1,80})\}")
_TLS: Final[Mapping[str, str]] = {
    "amqps": "amqp",
    "https": "http",
    "kafka-secure": "kafka",
    "mqtts": "mqtt",
    "secure-mqtt": "mqtt",
    "natss": "nats",
    "rediss": "redis",
    "tls": "nats",
    "wss": "ws",
}
"""Names of protocols over TLS. AsyncAPI has none for NATS: `tls` is the scheme of its addresses."""
_HOST: Final = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?\.?|[0-9A-Fa-f:.]{2,45}"
)
_MOST_PORT: Final = 65535


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a task says of the server; all may be left to the document."""

    name: str | None = None
    variables: JsonObject = field(default_factory=dict[str, Json])
    protocol: str | None = None


def server(api: AsyncApi, found: Found, wanted: Wanted) -> Server:
    """Raises Invalid where there is none, or one that podium cannot speak to."""
    name, described = _chosen(api, found, wanted)
    given = str(described.member("protocol") or "")
    protocol, tls = _spoken(given, described, name)
    where = _where(described, _filling(described, wanted.variables, name))
    scheme, host, port, path = _place(where, name)
    if scheme in _TLS:
        tls = True
    bindings = as_object(api.inside(described, "bindings").member(protocol))
    return Server(
        name=name,
        protocol=protocol,
        host=host,
        port=port,
        tls=tls,
        path=path,
        bindings=bindings,
        security=_security(api, described),
    )


def _security(api: AsyncApi, described: Described) -> Sequence[str]:
    """Version 3 lists schemes, version 2 mappings whose keys are names of schemes."""
    found: list[str] = []
    schemes = as_object(as_object(api.document.get("components")).get("securitySchemes"))
    for index, each in enumerate(listed(described.member("security"))):
        own = api.at(each, f"{described.pointer}/security/{index}")
        named = [api.at(schemes.get(name), "") for name in own.value]
        found.extend(str(one.member("type")) for one in (own, *named) if "type" in one.value)
    return found


def _chosen(api: AsyncApi, found: Found, wanted: Wanted) -> tuple[str, Described]:
    """The named one; else the first that speaks the wanted protocol and that the channel is on."""
    servers = dict(api.children("servers"))
    if wanted.name is not None:
        if wanted.name not in servers:
            known = ", ".join(servers) or "none"
            raise Invalid(f"The AsyncAPI document has no server {wanted.name!r}. It has: {known}.")
        return wanted.name, servers[wanted.name]
    for name in found.servers or servers:
        described = servers.get(name)
        if described is not None and _speaks(described, wanted.protocol):
            return name, described
    speaking = f" that speaks {wanted.protocol}" if wanted.protocol else ""
    raise Invalid(
        f"The AsyncAPI document has no server{speaking} for {found.address!r}. "
        f"Name one of its servers under 'server'."
    )


def _speaks(described: Described, protocol: str | None) -> bool:
    given = str(described.member("protocol") or "").lower()
    if protocol is None:
        return True
    spoken = _TLS.get(given, given)
    version = str(described.member("protocolVersion") or "")
    mqtt5 = spoken == "mqtt" and version.startswith("5")
    return spoken == protocol or (protocol == "mqtt5" and mqtt5)


def _spoken(given: str, described: Described, name: str) -> tuple[str, bool]:
    lower = given.lower()
    protocol = _TLS.get(lower, lower)
    if protocol == "mqtt" and str(described.member("protocolVersion") or "").startswith("5"):
        protocol = "mqtt5"
    if protocol not in SPOKEN:
        raise Invalid(
            f"The server {name!r} of the AsyncAPI document speaks {given!r}, and podium does not. "
            f"It speaks {', '.join(SPOKEN)}."
        )
    return protocol, lower in _TLS


def _where(described: Described, fill: Callable[[str], str]) -> str:
    """`url` of version 2; `host` and `pathname` of version 3."""
    url = described.member("url")
    if isinstance(url, str):
        return fill(url)
    pathname = fill(str(described.member("pathname") or ""))
    return f"{fill(str(described.member('host') or ''))}/{pathname.lstrip('/')}"


def _filling(described: Described, given: JsonObject, server: str) -> Callable[[str], str]:
    variables = as_object(described.member("variables"))

    def value(place: re.Match[str]) -> str:
        name = place.group(1)
        variable = as_object(variables.get(name))
        found = given.get(name, variable.get("default"))
        if found is None:
            raise Invalid(
                f"The server {server!r} needs the variable {name!r}. Write it under "
                f"'server.variables'."
            )
        choices = listed(variable.get("enum"))
        if choices and found not in choices:
            known = ", ".join(map(str, choices))
            raise Invalid(f"The variable {name!r} of {server!r} is {found!r}. It may be: {known}.")
        return str(found)

    return lambda text: PLACE.sub(value, text)


def _place(where: str, name: str) -> tuple[str, str, int | None, str]:
    """Scheme, host, port and path. Raises Invalid."""
    try:
        parts = urlsplit(where if "://" in where else f"//{where}")
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Invalid(f"The address {where!r} of the server {name!r} is none: {error}.") from error
    if parts.username is not None or parts.password is not None:
        raise Invalid(f"The address of the server {name!r} holds a user. Use 'authentication'.")
    if _HOST.fullmatch(host) is None:
        raise Invalid(f"The server {name!r} has no host that can be called: {host!r}.")
    return parts.scheme.lower(), host, port, parts.path.strip("/")
