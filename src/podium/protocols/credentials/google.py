"""Google's credentials: the key of a service account, or what `gcloud auth application-default
login` leaves behind.

Sources: https://developers.google.com/identity/protocols/oauth2/service-account and RFC 7523.
"""

from dataclasses import dataclass, field
from typing import Final

from podium.adapters.http.client import HttpRequest
from podium.kernel.json import JsonObject
from podium.protocols.bodies import json_object
from podium.protocols.credentials.grants import form
from podium.protocols.credentials.means import Means
from podium.protocols.credentials.tokens import CannotShow

VARIABLE: Final = "GOOGLE_APPLICATION_CREDENTIALS"
_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_TOKENS: Final = "https://oauth2.googleapis.com/token"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True)
class GoogleCredentials:
    """`given` is the path of a JSON file, or the JSON itself."""

    given: str = field(repr=False)

    @property
    def missing(self) -> str:
        return "" if self.given else VARIABLE

    async def asked(self, means: Means) -> HttpRequest:
        key = await self._key(means)
        match key.get("type"):
            case "service_account":
                return _as_service(key, means.clock.now())
            case "authorized_user":
                fields = {
                    "grant_type": "refresh_token",
                    "client_id": _text(key, "client_id"),
                    "client_secret": _text(key, "client_secret"),
                    "refresh_token": _text(key, "refresh_token"),
                }
                return form(_TOKENS, fields)
            case kind:
                known = "a service_account or an authorized_user"
                raise CannotShow(f"{VARIABLE} is of type '{str(kind)[:40]}'; it has to be {known}")

    async def _key(self, means: Means) -> JsonObject:
        text = self.given
        if not text.lstrip().startswith("{"):
            try:
                text = await means.files.text(self.given)
            except OSError as unread:
                said = f"{VARIABLE} names '{self.given}', which cannot be read"
                raise CannotShow(f"{said} ({unread.strerror})") from unread
        key = json_object(text)
        if key is None:
            raise CannotShow(f"{VARIABLE} holds no JSON object")
        return key


def _as_service(key: JsonObject, now: float) -> HttpRequest:
    """The token endpoint is Google's, whatever the file says: a file may be anybody's."""
    from joserfc import jwt  # noqa: PLC0415 - loads cryptography, for those who sign
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import RSAKey  # noqa: PLC0415

    claims = {
        "iss": _text(key, "client_email"),
        "scope": _SCOPE,
        "aud": _TOKENS,
        "iat": int(now),
        "exp": int(now) + _SECONDS,
    }
    try:
        private = RSAKey.import_key(_text(key, "private_key"))
        signed = jwt.encode({"alg": "RS256", "typ": "JWT"}, claims, private)
    except (JoseError, ValueError, TypeError) as bad:
        raise CannotShow(f"the private_key in {VARIABLE} is no private RSA key") from bad
    return form(_TOKENS, {"grant_type": _GRANT, "assertion": signed})


def _text(key: JsonObject, name: str) -> str:
    value = key.get(name)
    if not isinstance(value, str) or not value:
        raise CannotShow(f"{VARIABLE} has no '{name}'")
    return value
