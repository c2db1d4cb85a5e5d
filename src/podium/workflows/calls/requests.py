"""One request that a workflow makes: what goes out, and what of it may be shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from podium.kernel.errors import Invalid
from podium.kernel.json import JsonObject
from podium.workflows.calls.uris import masked
from podium.workflows.redaction import HIDDEN

SECRET_NAME = re.compile(
    r"auth|cookie|token|secret|passw|credential|signature|(?:^|[-_])sig$|api[-_]?key|private[-_]key",
    re.IGNORECASE,
)
"""Names of headers and of members of a query whose values are kept out of records."""

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_BROKEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_OURS = frozenset(
    {"connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding"}
    | {"upgrade", "proxy-connection"}
)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class HttpAnswer(Protocol):
    """`headers` have lower-case names; `url` and `method` are those behind all redirects."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...
    @property
    def url(self) -> str: ...
    @property
    def method(self) -> str: ...


class HttpClient(Protocol):
    async def request(  # noqa: PLR0913 - the parts of a request, each by name
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, str],
        body: bytes | None,
        deadline: float,
        max_bytes: int,
        follow_redirects: bool,
    ) -> HttpAnswer: ...


@dataclass(frozen=True, slots=True)
class Request:
    """`url` is whole and percent-encoded, with its query. `hidden` has the names, in lower case,
    of headers and of members of the query whose values nobody may read; names that say
    themselves that they hold a secret need not be in it.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes | None = field(default=None, repr=False)
    hidden: frozenset[str] = frozenset()

    def header(self, name: str) -> str:
        return next((v for k, v in self.headers.items() if k.lower() == name.lower()), "")

    def having(self, name: str, value: str) -> "Request":
        """With this header in the place of any other of the same name."""
        kept = {k: v for k, v in self.headers.items() if k.lower() != name.lower()}
        return replace(self, headers={**kept, name: value})

    def without(self, name: str) -> "Request":
        kept = {k: v for k, v in self.headers.items() if k.lower() != name.lower()}
        return replace(self, headers=kept)

    def keyed(self, key: str) -> "Request":
        """With the idempotency key, where the method changes something and no other is given."""
        if self.method in _SAFE or self.header("Idempotency-Key"):
            return self
        return self.having("Idempotency-Key", key)

    def shown(self) -> JsonObject:
        """As it may be recorded: secrets are not."""
        return {
            "method": self.method,
            "uri": masked(self.url, self._hides),
            "headers": {k: HIDDEN if self._hides(k) else v for k, v in self.headers.items()},
        }

    def _hides(self, name: str) -> bool:
        return name.lower() in self.hidden or SECRET_NAME.search(name) is not None


def checked(request: Request) -> Request:
    """The request, if it can be put on a wire as it is.

    Raises Invalid; the message never holds the value of a header.
    """
    method = request.method.upper()
    if _TOKEN.fullmatch(method) is None or method == "CONNECT":
        raise Invalid(f"{method[:40]!r} is no method that can be called. Write GET, POST, PUT, …")
    for name, value in request.headers.items():
        if _TOKEN.fullmatch(name) is None:
            raise Invalid(f"{name[:60]!r} is no name of a header. Use letters, digits and '-'.")
        if name.lower() in _OURS:
            raise Invalid(f"The header {name} is podium's own to set. Leave it out.")
        if _BROKEN.search(value) is not None:
            raise Invalid(
                f"The header {name} holds a line break or another character that cannot be sent."
            )
    return replace(request, method=method)
