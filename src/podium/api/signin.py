"""Who calls: an API key or a session, on every address that is not on the short public list."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol, cast
from urllib.parse import quote

from msgspec import Struct
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from podium.api.context import PRINCIPAL
from podium.api.ports import Identity
from podium.governance.audit.decisions import actor_of
from podium.identity.issuing import Issued
from podium.identity.keys import Reach
from podium.identity.principal import Principal
from podium.kernel import audit
from podium.kernel.errors import LimitReached, Refused, Unauthenticated

PUBLIC: Final = frozenset(
    {
        "/",
        "/start",
        "/login",
        "/login/oidc",
        "/login/oidc/callback",
        "/docs",
        "/openapi.json",
        "/health/live",
        "/health/ready",
    }
)
"""Open to everybody: they tell nothing of what this installation holds."""

GATEWAY: Final = "/v1/"

_GREETING: Final = frozenset({"/", "/start", "/login"})
"""Public pages that know a visitor who is signed in."""

WORKSPACE: Final = "x-podium-workspace"
"""In which workspace a request is meant: its id or name."""

_PAGES: Final = ("/account", "/approvals", "/step-up", "/logout")
"""For people: whoever is not signed in is asked to."""

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NAME: Final = "podium_session"


class Fields(Protocol):
    """Header fields by name in lower case."""

    def get(self, name: str, default: str, /) -> str: ...


@dataclass(frozen=True, slots=True)
class Cookie:
    """The session cookie as this scheme of serving spells it."""

    secure: bool

    @classmethod
    def of(cls, scope: Scope) -> "Cookie":
        return cls(cast("str", scope.get("scheme", "")) == "https")

    @property
    def name(self) -> str:
        """`__Host-` makes browsers refuse it from other hosts, paths and plain HTTP. It comes along
        where a link in a mail is opened (lax), and changes nothing from there: see
        `require_same_origin`.
        """
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
            samesite="lax",
        )

    def drop(self, response: Response) -> None:
        response.delete_cookie(
            self.name, path="/", secure=self.secure, httponly=True, samesite="lax"
        )

    def read(self, headers: Fields) -> str:
        return cookie_parser(headers.get("cookie", "")).get(self.name, "")


class Visit(Struct, frozen=True, gc=False):
    """What somebody wants and from where; `address` is that of the network."""

    method: str
    scheme: str
    path: str
    address: str


class Doorkeeper:
    """Who calls. A program shows an API key; a browser shows its session, from our own pages."""

    def __init__(self, identity: Identity) -> None:
        self._identity: Identity = identity

    async def admit(self, headers: Fields, visit: Visit) -> Principal:
        """Raises Unauthenticated; Refused for what another site's page sends, and for a key that is
        for other addresses or another workspace; NotFound for a workspace that is not theirs;
        LimitReached.
        """
        principal = await self._shows(headers, visit)
        wanted = headers.get(WORKSPACE, "").strip()
        return await self._identity.enter(principal, wanted) if wanted else principal

    async def _shows(self, headers: Fields, visit: Visit) -> Principal:
        if secret := shown_key(headers):
            principal = await self.who(secret, visit)
            _require_reach(principal, visit.path)
            return principal
        session = Cookie(visit.scheme == "https").read(headers)
        if not session:
            raise Unauthenticated(
                "This address needs to know who calls. Send 'Authorization: Bearer <API key>', "
                "or open the one-time link that podium printed at its start."
            )
        if visit.method not in _SAFE:
            require_same_origin(headers, visit.scheme)
        return await self.who(session, visit)

    def at_once(self, headers: Fields, path: str) -> Principal | None:
        """Who shows an API key that is known; None where `admit` has to look. Raises as it does."""
        secret = shown_key(headers)
        principal = self._identity.known(secret) if secret else None
        if principal is not None:
            _require_reach(principal, path)
        return principal

    async def who(self, secret: str, visit: Visit) -> Principal:
        """Raises Unauthenticated, LimitReached."""
        known = self._identity.known(secret)
        return known or await self._identity.authenticate(secret, address=visit.address)


def shown_key(headers: Fields) -> str:
    """The API key, as OpenAI's or as Anthropic's clients show it; empty where none is shown.

    Raises Unauthenticated for an Authorization header that is none of ours.
    """
    authorization = headers.get("authorization", "")
    if not authorization:
        return headers.get("x-api-key", "").strip()
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Unauthenticated("The Authorization header must be 'Bearer <API key>'.")
    return secret.strip()


class SignIn:
    """Leaves the principal in the scope; a request without one goes no further."""

    def __init__(self, app: ASGIApp, identity: Identity) -> None:
        self._app: ASGIApp = app
        self._identity: Identity = identity
        self._doorkeeper: Doorkeeper = Doorkeeper(identity)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path = cast("str", scope["path"])
        if path in _GREETING:
            await self._recognise(scope)
        elif path not in PUBLIC:
            try:
                await self._require(scope)
            except Unauthenticated:
                if not path.startswith(_PAGES):
                    raise
                return await _to_login(scope)(scope, receive, send)
        return await self._app(scope, receive, send)

    async def _require(self, scope: Scope) -> None:
        who = await self._doorkeeper.admit(Headers(scope=scope), visit(scope))
        scope[PRINCIPAL] = _known(who)

    async def _recognise(self, scope: Scope) -> None:
        """An old cookie is no error here."""
        if session := Cookie.of(scope).read(Headers(scope=scope)):
            with suppress(Unauthenticated, LimitReached):
                scope[PRINCIPAL] = _known(await self._doorkeeper.who(session, visit(scope)))


def _known(principal: Principal) -> Principal:
    """What happens from here on is told as theirs."""
    here = audit.current()
    if here is not None:
        here.known(actor_of(principal), principal.workspace)
    return principal


def _to_login(scope: Scope) -> Response:
    """And back to the page that was wanted, if it can be asked for again."""
    query = cast("bytes", scope.get("query_string", b"")).decode("latin-1")
    page = cast("str", scope["path"]) + (f"?{query}" if query else "")
    wanted = page if cast("str", scope["method"]) == "GET" else "/"
    return RedirectResponse(f"/login?next={quote(wanted, safe='')}", status_code=303)


def require_same_origin(headers: Fields, scheme: str) -> None:
    """A change that a cookie vouches for must come from our own pages. Raises Refused.

    Browsers say where a request comes from in `Sec-Fetch-Site`, older ones in `Origin` alone.
    """
    site = headers.get("sec-fetch-site", "")
    own = f"{scheme}://{headers.get('host', '')}"
    if site == "same-origin" or (not site and headers.get("origin", "") == own):
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


def visit(scope: Scope) -> Visit:
    client = cast("tuple[str, int] | None", scope.get("client"))
    return Visit(
        method=cast("str", scope["method"]),
        scheme=cast("str", scope.get("scheme", "http")),
        path=cast("str", scope["path"]),
        address="" if client is None else client[0],
    )
