"""Where a request goes, and the bytes of its head that are the same each time.

Nothing that comes from elsewhere can end a line of the head: names, values and paths are held to
what RFC 9110, 5.1 and 5.5, and RFC 9112, 3 allow.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from yarl import URL

from podium.adapters.http.client import HttpRequest
from podium.adapters.http.urls import checked_host, exact
from podium.kernel.errors import Invalid

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_OURS = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""What says how a message is framed and how long its connection lives is the client's business."""
_ALWAYS = {"User-Agent": "podium", "Accept": "*/*", "Accept-Encoding": "identity"}
_WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"})
_IDEMPOTENT = _WITHOUT_BODY | {"PUT"}
NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Origin:
    """RFC 9110, 4.3.1. `name` is what tells one from another."""

    scheme: str
    host: str
    port: int
    name: str

    @classmethod
    def of(cls, url: URL | str) -> Self:
        found = URL(url)
        name = (found.host_port_subcomponent or "").lower()
        scheme = found.scheme
        return cls(scheme, (found.raw_host or "").lower(), found.port or 0, f"{scheme}://{name}")


@dataclass(frozen=True, slots=True)
class Target:
    """`head` is the request line and the headers that never change, a key perhaps among them.

    `repeatable` says whether the request may be sent a second time when the connection, used
    before, was found closed and nothing at all came back (RFC 9110, 9.2.2): so it is where the
    method is idempotent or the request has an Idempotency-Key. Whoever knows more of the server
    may say so as well: that a question to a model, asked twice, does no harm.
    """

    origin: Origin
    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    """What `head` was made of, for a client that writes heads itself."""
    head: bytes = field(repr=False)
    repeatable: bool = False

    def head_for(self, length: int, headers: Mapping[str, str] = NO_HEADERS) -> bytes:
        """The whole head of a request with a body of `length` bytes. Raises Invalid (a header)."""
        more = _fields(headers) if headers else b""
        if not length and self.method in _WITHOUT_BODY:
            return b"%b%b\r\n" % (self.head, more)
        return b"%b%bContent-Length: %d\r\n\r\n" % (self.head, more, length)


def target(method: str, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Target:
    """Raises Invalid where method, URL or a header cannot be sent."""
    _ = checked_host(url)
    return _target(method, exact(url), headers)


def target_of(asked: HttpRequest) -> Target:
    """Raises Invalid."""
    _ = checked_host(asked.url)
    url = exact(asked.url)
    return _target(
        asked.method, url.extend_query(asked.query) if asked.query else url, asked.headers
    )


def _target(method: str, url: URL, headers: Mapping[str, str]) -> Target:
    path = url.raw_path_qs or "/"
    if _TOKEN.fullmatch(method) is None or _VISIBLE.fullmatch(path) is None:
        raise Invalid(
            f"The method or the path of a request to '{url.host}' holds what none can hold."
        )
    origin = Origin.of(url)
    name = origin.name.partition("://")[2]
    if _VISIBLE.fullmatch(name) is None:
        raise Invalid("The host of a URL holds a character that no host can hold.")
    given = {each.lower() for each in headers}
    always = {each: value for each, value in _ALWAYS.items() if each.lower() not in given}
    if "host" not in given:
        always = {"Host": name, **always}
    line = f"{method} {path} HTTP/1.1\r\n".encode("ascii")
    return Target(
        origin=origin,
        method=method,
        url=str(url),
        headers=headers,
        head=line + _fields(always) + _fields(headers),
        repeatable=method in _IDEMPOTENT or "idempotency-key" in given,
    )


def _fields(headers: Mapping[str, str]) -> bytes:
    """The lines of these headers. No message holds a value: it may be a key."""
    lines: list[str] = []
    for name, value in headers.items():
        if _TOKEN.fullmatch(name) is None:
            raise Invalid("The name of a header holds a character that none can hold.")
        if name.lower() in _OURS:
            raise Invalid(f"The header '{name}' is set by podium. Leave it out.")
        if _VALUE.fullmatch(value) is None:
            raise Invalid(
                f"The value of the header '{name}' holds a line break or another control "
                f"character. Take it out."
            )
        lines.append(f"{name}: {value}\r\n")
    try:
        return "".join(lines).encode()
    except UnicodeEncodeError as bad:
        raise Invalid("The value of a header holds half a character.") from bad
