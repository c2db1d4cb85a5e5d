"""An identity provider in memory, which can lie in every part of what it says."""

import hashlib
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from podium.adapters.http.exchange import HttpResponse
from podium.kernel.errors import Unavailable
from tests.world import FakeClock

ISSUER = "https://id.example.com"
_KEYS = [RSAKey.generate_key(2048, {"kid": str(number), "use": "sig"}) for number in range(2)]


@dataclass
class FakeOpenId:
    """`claims` are laid over those of the ID token; `told` are those of userinfo."""

    clock: FakeClock
    claims: dict[str, object] = field(default_factory=dict)
    told: dict[str, object] = field(default_factory=dict)
    metadata: dict[str, object] = field(default_factory=dict)
    without: set[str] = field(default_factory=set)
    key: int = 0
    published: int = 0
    algorithm: str = "RS256"
    signs: bool = True
    asked: list[str] = field(default_factory=list)
    codes: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def sign_in(self, address: str) -> tuple[str, str]:
        """A person agrees: code and state."""
        query = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{ISSUER}/auth?")
        code = f"code{len(self.codes)}"
        self.codes[code] = query
        return code, query["state"]

    async def request(  # noqa: PLR0913 - as the client's
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
    ) -> HttpResponse:
        assert (query, follow_redirects) == ({}, False)
        assert deadline < 60
        assert max_bytes < 10_000_000
        path = url.removeprefix(ISSUER)
        self.asked.append(path)
        match method, path:
            case "GET", "/.well-known/openid-configuration":
                return _answer(url, self._metadata())
            case "GET", "/jwks":
                public = _KEYS[self.published].as_dict(private=False)
                return _answer(url, {"keys": [public]})
            case "POST", "/token":
                return self._token(url, headers, parse_qs((body or b"").decode()))
            case "GET", "/me":
                assert headers["Authorization"] == "Bearer access"
                return _answer(url, {"sub": "ann", **self.told})
            case _:
                raise Unavailable(f"{url} is not there.")

    def _metadata(self) -> dict[str, object]:
        return {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/auth",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/jwks",
            "userinfo_endpoint": f"{ISSUER}/me",
            **self.metadata,
        }

    def _token(
        self, url: str, headers: Mapping[str, str], form: Mapping[str, list[str]]
    ) -> HttpResponse:
        asked = self.codes.pop(form["code"][0], None)
        proof = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        shown = f"Basic {b64encode(b'podium:s%2Fcret').decode()}"
        fits = (
            asked is not None
            and asked["code_challenge"] == urlsafe_b64encode(proof).decode().rstrip("=")
            and asked["redirect_uri"] == form["redirect_uri"][0]
            and headers.get("Authorization") == shown
        )
        if not fits or asked is None:
            return _answer(url, {"error": "invalid_grant"}, 400)
        claims = {
            "iss": ISSUER,
            "sub": "ann",
            "aud": "podium",
            "exp": self.clock.at + 300,
            "iat": self.clock.at,
            "nonce": asked["nonce"],
            "name": "Ann",
            "groups": ["ops"],
            **self.claims,
        }
        left = {name: value for name, value in claims.items() if name not in self.without}
        return _answer(url, {"access_token": "access", "id_token": self._signed(left)})

    def _signed(self, claims: Mapping[str, object]) -> str:
        if not self.signs:
            head, payload = ({"alg": "none"}, claims)
            parts = [
                urlsafe_b64encode(json.dumps(one).encode()).decode() for one in (head, payload)
            ]
            return ".".join([one.rstrip("=") for one in parts]) + "."
        header = {"alg": self.algorithm, "kid": str(self.key)}
        return jwt.encode(header, dict(claims), _KEYS[self.key])


def _answer(url: str, value: object, status: int = 200) -> HttpResponse:
    return HttpResponse(status, {}, json.dumps(value).encode(), url, "GET")
