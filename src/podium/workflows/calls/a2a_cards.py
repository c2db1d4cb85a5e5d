"""Agent cards: where one lies, and over what address and version its agent can be spoken to.

Source: A2A 0.3.0, 5.3 and 5.5; 1.0.0, "Agent Discovery" and "Agent Card".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.uris import joined

WELL_KNOWN: Final = ("/.well-known/agent-card.json", "/.well-known/agent.json")
"""Since 0.3; and before."""
V1: Final = "1.0"
V0: Final = "0.3"
_BINDING: Final = "JSONRPC"


@dataclass(frozen=True, slots=True)
class Interface:
    """`version` is 1.0 or 0.3. An interface of 1.0 may be for one part of those whom the agent
    serves; the protocol calls it a tenant, and has it in every request.
    """

    uri: str
    version: str
    part: str = ""


def places(uri: str) -> Sequence[str]:
    """Where the card may lie, in the order to look. A URI that ends in `.json` is the card's own;
    a bare host keeps it at the well-known path; any other one may be either.
    """
    parts = urlsplit(uri)
    if parts.path.endswith(".json"):
        return [uri]
    base = parts.path.rstrip("/")
    known = [urlunsplit((*parts[:2], base + path, "", "")) for path in WELL_KNOWN]
    return [*known, uri] if not base else [uri, *known]


def is_card(value: JsonObject) -> bool:
    return "supportedInterfaces" in value or ("url" in value and "name" in value)


def interface(card: JsonObject, uri: str) -> Interface:
    """The agent's first that podium speaks; it lists them in the order that it prefers. `uri` is
    where the card was. Raises Invalid where there is none.
    """
    offered = list(_offered(card))
    for binding, found in offered:
        if binding == _BINDING and found.version:
            absolute = joined(uri, found.uri)
            return Interface(absolute, found.version, found.part)
    theirs = ", ".join(sorted({f"{binding} {found.uri}"[:120] for binding, found in offered}))
    raise Invalid(
        f"The agent '{str(card.get('name'))[:100]}' offers {theirs or 'no interface'}; podium "
        f"speaks {_BINDING} of A2A {V1} and {V0}."
    )


def _offered(card: JsonObject) -> Iterator[tuple[str, Interface]]:
    """Bindings with their interfaces; the version is empty where podium does not speak it."""
    for each in _objects(card.get("supportedInterfaces")):
        version = _version(each.get("protocolVersion", V1))
        part = each.get("tenant")
        found = Interface(str(each.get("url")), version, part if isinstance(part, str) else "")
        yield str(each.get("protocolBinding")), found
    url = card.get("url")
    if not isinstance(url, str) or "supportedInterfaces" in card:
        return
    version = _version(card.get("protocolVersion", V0))
    yield str(card.get("preferredTransport", _BINDING)), Interface(url, version)
    for each in _objects(card.get("additionalInterfaces")):
        yield str(each.get("transport")), Interface(str(each.get("url")), version)


def _version(said: Json) -> str:
    """0.2 has the methods and the words of 0.3 that podium uses."""
    major, _, rest = str(said).partition(".")
    if major == "1":
        return V1
    return V0 if major == "0" and rest.partition(".")[0] in {"2", "3"} else ""


def _objects(value: Json) -> Sequence[JsonObject]:
    found = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return [each for each in found if isinstance(each, Mapping)]
