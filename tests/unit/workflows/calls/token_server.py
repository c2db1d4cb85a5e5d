"""An authorization server on loopback, and services that take its tokens."""

import base64
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus

from aiohttp import web
from joserfc import jwt
from tests.unit.workflows.calls.loopback import calling, site

ID, SECRET = "serverless-workflow", "dummy-secret-for-tests-32-letters"


def unsigned(**claims: object) -> str:
    """A JWT that nobody signed: a client does not look at signatures."""
    parts = [{"alg": "none"}, claims, {}]
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    )


@dataclass
class TokenServer:
    """`/hello` wants a token that is in force, the token endpoints give them.

    `jwt` is the issuer that its tokens name; empty makes them opaque.
    """

    jwt: str = ""
    expires_in: object = 3600
    key: object = None
    given: int = 0
    asked: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    force: set[str] = field(default_factory=set)
    hello: list[str] = field(default_factory=list)
    answer: web.Response | None = None
    metadata: dict[str, object] | None = None
    refresh: str = ""
    kind: str = "Bearer"
    paths: tuple[str, ...] = (
        "/realms/test-realm/protocol/openid-connect/token",
        "/realms/test-realm/oauth2/token",
        "/token",
    )

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        if path == "/hello":
            return self._hello(request)
        if path.endswith("/.well-known/openid-configuration"):
            self.asked.append((path, {}))
            if self.metadata is None:
                return web.Response(status=404)
            return web.json_response(self.metadata)
        body = await request.read()
        self.heads.append(dict(request.headers))
        self.asked.append((path, self._read(request, body)))
        if path.endswith("/introspect"):
            return web.json_response({"active": True, "iss": "https://issuer.example"})
        if path not in self.paths:
            return web.Response(status=404)
        return self.answer or self._give()

    def _hello(self, request: web.Request) -> web.StreamResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.hello.append(token)
        if token not in self.force:
            return web.Response(status=401, text=f"no such token: {token}")
        return web.json_response({"message": "Hello World"})

    def _read(self, request: web.Request, body: bytes) -> dict[str, object]:
        if request.content_type == "application/json":
            return json.loads(body)
        assert request.content_type == "application/x-www-form-urlencoded"
        found: dict[str, object] = {}
        for name, value in parse_qsl(body.decode(), strict_parsing=True):
            earlier = found.get(name)
            found[name] = value if earlier is None else [earlier, value]
        return found

    def _give(self) -> web.Response:
        self.given += 1
        token = unsigned(iss=self.jwt, n=self.given) if self.jwt else f"token-{self.given}"
        self.force.add(token)
        body = {"access_token": token, "token_type": self.kind, "scope": "x"}
        if self.expires_in is not None:
            body["expires_in"] = self.expires_in
        if self.refresh:
            body["refresh_token"] = f"{self.refresh}-{self.given}"
        return web.json_response(body)

    def basic(self, number: int = -1) -> tuple[str, str]:
        """Of the Authorization header of a request for a token (RFC 6749, 2.3.1)."""
        pair = base64.b64decode(self.heads[number]["Authorization"].removeprefix("Basic "))
        name, _, secret = pair.decode().partition(":")
        return unquote_plus(name), unquote_plus(secret)

    def claims(self, key, algorithm: str) -> dict[str, object]:
        """Of the assertion that was shown last, its signature checked."""
        shown = str(self.asked[-1][1]["client_assertion"])
        token = jwt.decode(shown, key, algorithms=[algorithm])
        assert token.header["alg"] == algorithm
        return dict(token.claims)


async def hello(server: TokenServer, *, times: int = 1, kind: str = "oauth2", **policy: object):
    """What `/hello` answered, with this policy's token."""
    async with site(server) as place, calling() as call:
        policy.setdefault("authority", f"{place.url}/realms/test-realm")
        policy.setdefault("grant", "client_credentials")
        policy.setdefault("client", {"id": ID, "secret": SECRET})
        for _ in range(times):
            endpoint = {"uri": f"{place.url}/hello", "authentication": {kind: policy}}
            found = await call(endpoint=endpoint)
        return found
