"""Where a provider answers, and how it is shown who asks.

What is shown travels in headers and nowhere else: it is in no message, no log line and no repr.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from podium.adapters.http.client import HttpRequest
from podium.gateway.errors import Failure, UpstreamFailed
from podium.gateway.models import Outcome


class Credential(Protocol):
    """How one provider is shown who asks: a key, a signature, a token that is fetched."""

    @property
    def missing(self) -> str:
        """Which variables have to be set before it can be shown; empty where nothing is missing."""
        ...

    @property
    def sent(self) -> str:
        """What an answer could repeat: whoever quotes one takes it out."""
        ...

    async def head(self, provider: str, asked: HttpRequest) -> Mapping[str, str]:
        """The headers for this request. Raises UpstreamFailed where there is nothing to show."""
        ...

    def refused(self, head: Mapping[str, str]) -> bool:
        """After a 401 to a request with these headers: whether another try would show anew."""
        ...


@dataclass(frozen=True, slots=True)
class Key:
    """One text in one header. `variable` is where it comes from, empty where none is needed."""

    value: str = field(default="", repr=False)
    variable: str = ""
    header: str = "Authorization"
    scheme: str = "Bearer"
    """What stands before it in the header, empty for the key alone."""

    @property
    def missing(self) -> str:
        return "" if self.value else self.variable

    @property
    def sent(self) -> str:
        return self.value

    async def head(self, provider: str, asked: HttpRequest) -> Mapping[str, str]:
        del asked
        if self.missing:
            raise no_key(provider, self.missing)
        return {self.header: f"{self.scheme} {self.value}".strip()} if self.value else {}

    def refused(self, head: Mapping[str, str]) -> bool:
        del head
        return False


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Nothing can be shown where nobody said where: a region, a project or an account is open."""

    place: str
    missing: str
    """The variable that says it."""
    sent: str = ""

    async def head(self, provider: str, asked: HttpRequest) -> Mapping[str, str]:
        del asked
        said = f"Provider '{provider}' needs its {self.place}. Set {self.missing}, or "
        said += f"providers.{provider}.places.{self.place} in podium.yaml, and start again."
        raise UpstreamFailed(Failure(Outcome.STATUS, said, 401, "no_place"))

    def refused(self, head: Mapping[str, str]) -> bool:
        del head
        return False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`query` follows every path, as `api-version=2024-10-21`."""

    provider: str
    base_url: str
    credential: Credential = field(default_factory=Key, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    max_bytes: int = 33_554_432
    query: str = ""

    async def asked(self, path: str, body: bytes, headers: Mapping[str, str]) -> HttpRequest:
        """A POST of JSON that may go out as it is. Raises UpstreamFailed without a credential."""
        url = self.base_url.rstrip("/") + path
        if self.query:
            url += f"{'&' if '?' in path else '?'}{self.query}"
        plain = {"Content-Type": "application/json", **self.headers, **headers}
        asked = HttpRequest("POST", url, plain, {}, body)
        shown = await self.credential.head(self.provider, asked)
        return HttpRequest("POST", url, {**plain, **shown}, {}, body)


def no_key(provider: str, variables: str) -> UpstreamFailed:
    said = f"Provider '{provider}' has no key. Set {variables} and start again."
    return UpstreamFailed(Failure(Outcome.STATUS, said, 401, "no_key"))
