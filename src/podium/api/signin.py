"""Who calls: an API key or a session, on every address that is not on the short public list."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final, cast

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from podium.api.context import PRINCIPAL
from podium.api.ports import Identity
from podium.identity.issuing import Issued
from podium.identity.keys import Reach
from podium.identity.principal import Principal
from podium.kernel.errors import LimitReached, Refused, Unauthenticated

PUBLIC: Final = frozenset(
    {"/", "/start", "/docs", "/openapi.json", "/health/live", "/health/ready"}
)
"""Open to everybody: they tell nothing of what this installation holds."""

GATEWAY: Final = "/v1/"

_GREETING: Final = frozenset({"/", "/start"})
"""Public pages that know a visitor who is signed in."""

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NAME: Final = "podium_session"


@dataclass(frozen=True, slots=True)
class Cookie:
    """The session cookie as this scheme of serving spells it."""

    secure: bool

    @classmethod
    def of(cls, scope: Scope) -> "Cookie":
        return cls(cast("str", scope.get("scheme", "")) == "https")

    @property
    def name(self) -> str:
        """`__Host-` makes browsers refuse it from other hosts, paths and plain HTTP."""
        return f"__Host-{_NAME}" if self.secure else _NAME

    def put(self, response: Response, issued: Issued) -> None:
        given = issued.credential
        life = None if given.expires_at is None else int(given.expires_at - given.created_at)
        response.set_cookie(
            self.name,
            issued.secret,
            max_age=life,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )

    def drop(self, response: Response) -> None:
        response.delete_cookie(
            self.name, path="/", secure=self.secure, httponly=True, samesite="strict"
        )

    def read(self, headers: Headers) -> str:
        return cookie_parser(headers.get("cookie", "")).get(self.name, "")


class SignIn:
    """Leaves the principal in the scope; a request without one goes no further."""

    def __init__(self, app: ASGIApp, identity: Identity) -> None:
        self._app: ASGIApp = app
        self._identity: Identity = identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path = cast("str", scope["path"])
        if path in _GREETING:
            await self._recognise(scope)
        elif path not in PUBLIC:
            await self._require(scope)
        return await self._app(scope, receive, send)

    async def _require(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        authorization = headers.get("authorization")
        if authorization is not None:
            principal = await self._who(_bearer(authorization), scope)
            _require_reach(principal, cast("str", scope["path"]))
            scope[PRINCIPAL] = principal
            return
        session = Cookie.of(scope).read(headers)
        if not session:
            raise Unauthenticated(
                "This address needs to know who calls. Send 'Authorization: Bearer <API key>', "
                "or open the one-time link that podium printed at its start."
            )
        if scope["method"] not in _SAFE:
            require_same_origin(scope)
        scope[PRINCIPAL] = await self._who(session, scope)

    async def _who(self, secret: str, scope: Scope) -> Principal:
        known = self._identity.known(secret)
        return known or await self._identity.authenticate(secret, address=_address(scope))

    async def _recognise(self, scope: Scope) -> None:
        """An old cookie is no error here."""
        if session := Cookie.of(scope).read(Headers(scope=scope)):
            with suppress(Unauthenticated, LimitReached):
                scope[PRINCIPAL] = await self._who(session, scope)


def require_same_origin(scope: Scope) -> None:
    """A change that a cookie vouches for must come from our own pages. Raises Refused.

    Browsers say where a request comes from in `Sec-Fetch-Site`, older ones in `Origin` alone.
    """
    headers = Headers(scope=scope)
    site = headers.get("sec-fetch-site")
    own = f"{scope.get('scheme', 'http')}://{headers.get('host', '')}"
    if site == "same-origin" or (site is None and headers.get("origin") == own):
        return
    raise Refused(
        "A browser must send this from podium's own pages. Programs call with "
        "'Authorization: Bearer <API key>' instead of a cookie."
    )


def _require_reach(principal: Principal, path: str) -> None:
    """Raises Refused."""
    key = principal.key
    if key is not None and key.scopes.reach is Reach.GATEWAY and not path.startswith(GATEWAY):
        raise Refused(
            f"The key '{key.name}' is for the addresses below {GATEWAY} alone. "
            "Use another key here."
        )


def _address(scope: Scope) -> str:
    client = cast("tuple[str, int] | None", scope.get("client"))
    return "" if client is None else client[0]


def _bearer(authorization: str) -> str:
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Unauthenticated("The Authorization header must be 'Bearer <API key>'.")
    return secret.strip()
