"""`call: grpc`: what its arguments mean, and which proto files they need."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import quote, urljoin, urlsplit

from podium.kernel.errors import Invalid, LimitReached
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.resources import Resource, Resources
from podium.workflows.functions import Call

IDEMPOTENCY_KEY: Final = "idempotency-key"
WELL_KNOWN: Final = "google/protobuf/"
MOST_FILES: Final = 64
MOST_CHARACTERS: Final = 2_000_000
_ROOT: Final = "service.proto"
_NAME: Final = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}")
_PRINTABLE: Final = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) != "%")
# Comments and strings are taken whole, so that nothing inside of them looks like an import; each
# alternative ends at the end of the text at the latest, so that the time stays linear.
_IMPORT: Final = re.compile(
    r"//[^\n]*+|/\*.*?(?:\*/|\Z)"
    r"|\bimport\s++(?:(?:public|weak|option)\s++)?(?:\"(?P<double>[^\"\n]*+)\"|'(?P<single>[^'\n]*+)')"
    r"|\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class GrpcRequest:
    """One call. `sources` are the proto files by the names that imports use, `root` is the one
    that the document names. Without a `port` it is the usual one. `seconds` and `max_bytes` are
    what the call may take.
    """

    sources: Mapping[str, str]
    root: str
    service: str
    method: str
    host: str
    port: int | None
    arguments: JsonObject
    metadata: Sequence[tuple[str, str]]
    seconds: float
    max_bytes: int


class GrpcClient(Protocol):
    async def invoke(self, request: GrpcRequest) -> Json:
        """The answer as JSON; an array where the method answers with a stream.

        Raises Invalid (no such service or method, arguments that are no such message), Refused,
        Unauthenticated, TimedOut, LimitReached, Unavailable (details: status).
        """
        ...


class Authentication(Protocol):
    async def headers(self, policy: Json, call: Call) -> Mapping[str, str]:
        """What a request must say to be let in; nothing without a policy."""
        ...


class GrpcCall:
    """A call takes `seconds` at most, or what its task has left; its answer has `max_bytes`."""

    def __init__(
        self,
        client: GrpcClient,
        resources: Resources,
        authentication: Authentication,
        *,
        seconds: float,
        max_bytes: int,
    ) -> None:
        self._client: GrpcClient = client
        self._resources: Resources = resources
        self._authentication: Authentication = authentication
        self._seconds: float = seconds
        self._max_bytes: int = max_bytes

    async def call(self, arguments: JsonObject, call: Call) -> Json:
        """Raises as `GrpcClient.invoke` and `Resources.read` do."""
        service = _object(arguments.get("service"))
        name, port, given = service.get("name"), service.get("port"), arguments.get("arguments")
        headers = await self._authentication.headers(service.get("authentication"), call)
        sources, root = await self._sources(arguments.get("proto"), call)
        request = GrpcRequest(
            sources=sources,
            root=root,
            service=str(name),
            method=str(arguments.get("method")),
            host=str(service.get("host")),
            port=port if isinstance(port, int) else None,
            arguments=_object(given),
            metadata=[
                (IDEMPOTENCY_KEY, quote(call.key, safe=_PRINTABLE)),
                *((name.lower(), value) for name, value in headers.items()),
            ],
            seconds=min(call.deadline, self._seconds),
            max_bytes=self._max_bytes,
        )
        return await self._client.invoke(request)

    async def _sources(self, proto: Json, call: Call) -> tuple[Mapping[str, str], str]:
        """The proto file and all that it imports; imports are relative to its own address."""
        first = await self._resources.read(proto, call)
        root = _root(first)
        sources = {root: first.text}
        waiting = list(imports(first.text))
        while waiting:
            name = waiting.pop()
            if name in sources or name.startswith(WELL_KNOWN):
                continue
            if len(sources) >= MOST_FILES:
                raise LimitReached(f"{root} imports more than {MOST_FILES} files.")
            found = await self._resources.read(_beside(proto, first, name), call)
            sources[name] = found.text
            waiting.extend(imports(found.text))
            if sum(map(len, sources.values())) > MOST_CHARACTERS:
                raise LimitReached(
                    f"{root} and what it imports have more than {MOST_CHARACTERS:,} characters."
                )
        return sources, root


def imports(text: str) -> Iterator[str]:
    """The names that a proto file imports."""
    for found in _IMPORT.finditer(text):
        name = found.group("double") or found.group("single")
        if name:
            yield name


def _root(resource: Resource) -> str:
    """The name of a file for protoc, which shows it in what it complains of."""
    last = urlsplit(resource.uri).path.rpartition("/")[2]
    return last if _NAME.fullmatch(last) else _ROOT


def _beside(proto: Json, first: Resource, name: str) -> JsonObject:
    """The resource of an imported file: the same credentials, since it has the same origin."""
    if _NAME.fullmatch(name) is None:
        raise Invalid(
            f"The proto file imports {name!r}. Write a path below the file's own folder, of "
            f"letters, digits, '.', '_' and '-'."
        )
    if first.uri.startswith("data:"):
        raise Invalid(
            f"The proto file stands in the document and imports {name!r}, which has no address. "
            f"Write what it needs into the file itself."
        )
    endpoint = _object(proto).get("endpoint")
    place = urljoin(first.uri, name)
    return {"endpoint": {**endpoint, "uri": place} if isinstance(endpoint, Mapping) else place}


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, Mapping) else {}
