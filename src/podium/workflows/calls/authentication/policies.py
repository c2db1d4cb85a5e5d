"""What a document says about authentication.

Names are resolved before: `{use: name}` is one of `use.authentications`, and where a policy's own
members would stand, a secret that holds them. Here are only values.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject

_BROKEN = re.compile(r"[\x00-\x1f\x7f]")
_HALF = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Basic:
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer:
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Digest:
    username: str
    password: str = field(repr=False)


class Grant(StrEnum):
    CLIENT = "client_credentials"
    PASSWORD = "password"  # noqa: S105 - the name of a grant
    REFRESH = "refresh_token"
    EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


class ClientProof(StrEnum):
    """How a client shows the token endpoint who it is."""

    BASIC = "client_secret_basic"
    POST = "client_secret_post"
    SECRET_JWT = "client_secret_jwt"  # noqa: S105 - the name of a method
    KEY_JWT = "private_key_jwt"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Client:
    """`assertion` is a JWT that somebody signed; without one podium signs its own with `secret`."""

    id: str = ""
    secret: str = field(default="", repr=False)
    assertion: str = field(default="", repr=False)
    proof: ClientProof = ClientProof.POST


@dataclass(frozen=True, slots=True)
class Presented:
    """A token that is handed in to get another."""

    token: str = field(repr=False)
    type: str


@dataclass(frozen=True, slots=True)
class OAuth2:
    """`discovered` is true for OpenID Connect: the authority says where its endpoints are.

    `introspection` is empty where the document names none.
    """

    authority: str
    grant: Grant
    discovered: bool = False
    token: str = "/oauth2/token"  # noqa: S105 - a path
    introspection: str = ""
    client: Client = Client()
    json: bool = False
    issuers: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    username: str = ""
    password: str = field(default="", repr=False)
    subject: Presented | None = None
    on_behalf: Presented | None = None


Policy: TypeAlias = Basic | Bearer | Digest | OAuth2

KINDS: Final = ("basic", "bearer", "digest", "oauth2", "oidc")


def secrets_of(policy: Policy | None) -> tuple[str, ...]:
    """Every text of it that nobody may read."""
    match policy:
        case None:
            return ()
        case Basic(password=password) | Digest(password=password):
            return (password,)
        case Bearer(token=token):
            return (token,)
        case OAuth2():
            handed = [each.token for each in (policy.subject, policy.on_behalf) if each]
            return (policy.password, policy.client.secret, policy.client.assertion, *handed)


def policy(value: Json) -> Policy | None:
    """Null and `{}` are no authentication. Raises Invalid; its message holds no value of it."""
    if value is not None and not isinstance(value, Mapping):
        raise Invalid(f"The authentication is no mapping. Write one of {', '.join(KINDS)}.")
    if not value:
        return None
    kind = next((name for name in KINDS if name in value), "")
    if not kind:
        has = ", ".join(sorted(value))
        raise Invalid(f"The authentication has {has}. Write one of {', '.join(KINDS)}.")
    given = _Members(kind, _configured(kind, value[kind]))
    match kind:
        case "basic":
            return Basic(given.username(), given.text("password"))
        case "digest":
            return Digest(given.username(), given.text("password"))
        case "bearer":
            return Bearer(given.line("token"))
        case _:
            return _oauth2(given, discovered=kind == "oidc")


def _configured(kind: str, value: Json) -> JsonObject:
    """Its members; where a secret held them they may stand under the policy's name once more, and
    that of a bearer may be the token alone.
    """
    if isinstance(value, str) and kind == "bearer":
        return {"token": value}
    if not isinstance(value, Mapping):
        members = {"basic": "username and password", "digest": "username and password"}
        needed = members.get(kind, "token" if kind == "bearer" else "authority, grant and client")
        raise Invalid(f"The authentication '{kind}' needs a mapping with {needed}.")
    if "use" in value:
        # The names that a document declares were resolved before: this one was computed or fetched.
        what = f"The authentication '{kind}' names a secret that use.secrets does not have"
        raise Invalid(f"{what}, or comes out of an expression. Declare it and write it out.")
    inner = value.get(kind)
    return inner if isinstance(inner, Mapping) else value


def _oauth2(given: "_Members", *, discovered: bool) -> OAuth2:
    endpoints, request = given.inside("endpoints"), given.inside("request")
    scopes = given.texts("scopes")
    return OAuth2(
        authority=given.line("authority"),
        grant=given.grant(),
        discovered=discovered,
        token=endpoints.text("token", "/oauth2/token"),
        introspection=endpoints.text("introspection", ""),
        client=_client(given.inside("client")),
        json=request.text("encoding", "") == "application/json",
        issuers=given.texts("issuers"),
        # OpenID Connect Core, 3.1.2.1: without this scope a request is none of it.
        scopes=("openid", *scopes) if discovered and "openid" not in scopes else scopes,
        audiences=given.texts("audiences"),
        username=given.text("username", ""),
        password=given.text("password", ""),
        subject=_presented(given.inside("subject")),
        on_behalf=_presented(given.inside("actor")),
    )


def _client(given: "_Members") -> Client:
    proof = given.text("authentication", ClientProof.POST)
    if proof not in frozenset(ClientProof):
        known = ", ".join(ClientProof)
        raise Invalid(f"The client's authentication is '{proof[:60]}'. Write one of {known}.")
    return Client(
        id=given.text("id", ""),
        secret=given.text("secret", ""),
        assertion=given.text("assertion", ""),
        proof=ClientProof(proof),
    )


def _presented(given: "_Members") -> Presented | None:
    return Presented(given.text("token"), given.text("type")) if given.value else None


@dataclass(frozen=True, slots=True)
class _Members:
    """Reads the members of one policy; messages name them and never say what they hold."""

    name: str
    value: JsonObject = field(repr=False)

    def text(self, name: str, otherwise: str | None = None) -> str:
        found = self.value.get(name, otherwise)
        if isinstance(found, bool) or not isinstance(found, str | int):
            what = "is missing" if found is None else "is no text"
            raise Invalid(f"The authentication '{self.name}' cannot be used: {name} {what}.")
        if isinstance(found, str) and _HALF.search(found) is not None:
            what = "holds half of a character (a lone surrogate)"
            raise Invalid(f"The authentication '{self.name}' cannot be used: {name} {what}.")
        return str(found)

    def line(self, name: str) -> str:
        found = self.text(name).strip()
        if not found or _BROKEN.search(found) is not None:
            what = "holds a line break or another control character" if found else "is empty"
            raise Invalid(f"The authentication '{self.name}' cannot be used: {name} {what}.")
        return found

    def username(self) -> str:
        found = self.text("username")
        if ":" in found or _BROKEN.search(found) is not None:
            what = "username holds a colon or a control character"
            raise Invalid(f"The authentication '{self.name}' cannot be used: {what}.")
        return found

    def inside(self, name: str) -> "_Members":
        found = self.value.get(name)
        return _Members(f"{self.name}.{name}", found if isinstance(found, Mapping) else {})

    def texts(self, name: str) -> tuple[str, ...]:
        found = self.value.get(name)
        if not isinstance(found, Sequence) or isinstance(found, str):
            found = [] if found is None else [found]
        if any(not isinstance(each, str) or _HALF.search(each) is not None for each in found):
            raise Invalid(f"The authentication '{self.name}' cannot be used: {name} has no texts.")
        return tuple(str(each) for each in found)

    def grant(self) -> Grant:
        found = self.text("grant")
        if found == "authorization_code":
            what = "the grant authorization_code needs a person at a browser"
            raise Invalid(f"The authentication '{self.name}' cannot be used: {what}. Use another.")
        if found not in frozenset(Grant):
            known = ", ".join(Grant)
            raise Invalid(f"The grant of '{self.name}' is '{found[:80]}'. Write one of {known}.")
        return Grant(found)
