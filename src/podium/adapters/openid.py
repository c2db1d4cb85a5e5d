"""An OpenID Connect provider, as a relying party sees it: discovery, keys, tokens.

OpenID Connect Core 1.0, section 3.1.3.7 says what of an ID token is checked.
"""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, cast
from urllib.parse import quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from podium.adapters.http.exchange import HttpResponse
from podium.identity.federation import Attempt, Claims
from podium.kernel.clock import Clock
from podium.kernel.errors import PodiumError, Unauthenticated, Unavailable
from podium.kernel.json import Json, JsonObject

_ALGORITHMS: Final = ["RS256", "PS256", "ES256", "ES384", "RS384", "RS512", "EdDSA", "Ed25519"]
"""Signed by keys of the provider alone: neither `none` nor the client's own secret."""
_FRESH: Final = 3600.0
_REREAD: Final = 10.0
_SKEW: Final = 60.0
_MOST_BYTES: Final = 1_000_000
_DEADLINE: Final = 10.0
_FACTORS: Final = frozenset({"mfa", "otp", "hwk", "swk", "fpt", "sms"})
"""RFC 8176: methods that are a second factor."""
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class Requests(Protocol):
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
    ) -> HttpResponse: ...


@dataclass(frozen=True, slots=True)
class Client:
    """What the provider knows podium as."""

    issuer: str
    id: str
    secret: str = field(repr=False)
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    groups: str = "groups"


@dataclass(slots=True)
class OpenIdProvider:
    """A `Provider`. Metadata and keys are kept for an hour; keys are read again for a token that is
    signed with one that is not known, as after a rotation.
    """

    client: Client
    http: Requests
    clock: Clock
    _metadata: JsonObject = field(default_factory=dict[str, Json])
    _keys: KeySet | None = None
    _read_at: float = float("-inf")
    _keys_at: float = float("-inf")

    async def address(self, attempt: Attempt) -> str:
        query = {
            "response_type": "code",
            "client_id": self.client.id,
            "redirect_uri": attempt.redirect,
            "scope": " ".join(self.client.scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        endpoint = await self._endpoint("authorization_endpoint")
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    async def claims(self, code: str, attempt: Attempt) -> Claims:
        answer = await self._tokens(code, attempt)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise Unauthenticated("The identity provider gave no ID token. Begin again.")
        found = await self._verified(token)
        _check(found, self.client, nonce=attempt.nonce, now=self.clock.now())
        return _claims({**await self._more(answer, found), **found}, self.client)

    async def _tokens(self, code: str, attempt: Attempt) -> JsonObject:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect,
            "code_verifier": attempt.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        metadata = await self._read()
        methods = metadata.get("token_endpoint_auth_methods_supported", ("client_secret_basic",))
        if isinstance(methods, Sequence) and "client_secret_basic" in methods:
            pair = f"{quote(self.client.id, safe='')}:{quote(self.client.secret, safe='')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": self.client.id, "client_secret": self.client.secret}
        endpoint = await self._endpoint("token_endpoint")
        status, answer = await self._ask(
            "POST", endpoint, headers=headers, body=urlencode(form).encode()
        )
        if status != 200:  # noqa: PLR2004
            raise Unauthenticated(
                f"The identity provider refused the code ({answer.get('error', status)}). "
                "Begin again."
            )
        return answer

    async def _more(self, answer: JsonObject, found: JsonObject) -> JsonObject:
        """What the provider tells at its userinfo endpoint alone, of the same person."""
        endpoint, token = (await self._read()).get("userinfo_endpoint"), answer.get("access_token")
        if not isinstance(endpoint, str) or not isinstance(token, str):
            return {}
        if self.client.groups in found and "name" in found:
            return {}
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        status, told = await self._ask("GET", _safe(endpoint), headers=headers, body=None)
        same = status == 200 and told.get("sub") == found.get("sub")  # noqa: PLR2004
        return told if same else {}

    async def _verified(self, token: str) -> JsonObject:
        """Raises Unauthenticated for a signature that is not the provider's."""
        for keys in (await self._key_set(_FRESH), await self._key_set(_REREAD)):
            try:
                return cast("JsonObject", jwt.decode(token, keys, algorithms=_ALGORITHMS).claims)
            except (JoseError, ValueError, KeyError):
                continue
        raise Unauthenticated("The ID token is not signed by the identity provider. Begin again.")

    async def _key_set(self, age: float) -> KeySet:
        """Not older than `age`, in seconds."""
        now = self.clock.monotonic()
        if self._keys is None or now - self._keys_at >= age:
            _, found = await self._ask(
                "GET", await self._endpoint("jwks_uri"), headers={}, body=None
            )
            try:
                self._keys = KeySet.import_key_set(found)  # pyright: ignore[reportArgumentType]
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise Unavailable(f"The keys of {self.client.issuer} cannot be read.") from error
            self._keys_at = now
        return self._keys

    async def _endpoint(self, name: str) -> str:
        found = (await self._read()).get(name)
        if not isinstance(found, str):
            raise Unavailable(f"{self.client.issuer} says nothing of its {name}.")
        return _safe(found)

    async def _read(self) -> JsonObject:
        """OpenID Connect Discovery 1.0, section 4."""
        now = self.clock.monotonic()
        if now - self._read_at < _FRESH:
            return self._metadata
        issuer = self.client.issuer
        address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        status, found = await self._ask("GET", _safe(address), headers={}, body=None)
        if status != 200 or found.get("issuer") != issuer:  # noqa: PLR2004
            raise Unavailable(
                f"{address} does not describe the issuer '{issuer}'. Look at sign_in.oidc.issuer."
            )
        self._metadata, self._read_at = found, now
        return found

    async def _ask(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, JsonObject]:
        """Raises Unavailable."""
        try:
            answer = await self.http.request(
                method,
                url,
                headers=headers,
                query={},
                body=body,
                deadline=_DEADLINE,
                max_bytes=_MOST_BYTES,
                follow_redirects=False,
            )
        except PodiumError as error:
            raise Unavailable(
                f"The identity provider {self.client.issuer} does not answer: {error.message}"
            ) from error
        try:
            found = cast("Json", json.loads(answer.body))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, Mapping):
            raise Unavailable(f"{urlsplit(url).hostname} did not answer a JSON object.")
        return answer.status, found


def _safe(url: str) -> str:
    """Raises Unavailable for an address that others could read along."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return url
    raise Unavailable(f"The identity provider's address {url[:200]} is not https.")


def _check(claims: JsonObject, client: Client, *, nonce: str, now: float) -> None:
    """Raises Unauthenticated."""
    audience, expires = claims.get("aud"), claims.get("exp")
    audiences = set(_texts(audience))
    wrong = [
        name
        for name, fits in {
            "issuer": claims.get("iss") == client.issuer,
            "audience": client.id in audiences
            and (len(audiences) == 1 or claims.get("azp") == client.id),
            "time": isinstance(expires, int | float) and now < expires + _SKEW,
            "nonce": claims.get("nonce") == nonce,
            "subject": isinstance(claims.get("sub"), str) and claims.get("sub") != "",
        }.items()
        if not fits
    ]
    if wrong:
        raise Unauthenticated(f"The ID token has the wrong {' and '.join(wrong)}. Begin again.")


def _claims(found: JsonObject, client: Client) -> Claims:
    groups, methods = found.get(client.groups), found.get("amr")
    names = [found.get(key) for key in ("name", "preferred_username", "email", "sub")]
    email = found.get("email")
    return Claims(
        issuer=client.issuer,
        subject=str(found.get("sub")),
        name=next(str(one) for one in names if one)[:80],
        email=email if isinstance(email, str) and found.get("email_verified") is True else "",
        groups=_texts(groups),
        is_proved=bool(_FACTORS & set(_texts(methods))),
    )


def _texts(value: Json) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(one) for one in value) if isinstance(value, Sequence) else ()
