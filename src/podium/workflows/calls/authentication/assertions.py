"""Signed assertions by which a client shows who it is: RFC 7523."""

from dataclasses import dataclass

from podium.kernel.errors import Invalid, Unavailable
from podium.kernel.json import JsonObject
from podium.workflows.calls.answers import json
from podium.workflows.calls.authentication.policies import Client, ClientProof
from podium.workflows.calls.bodies import as_object

_SECONDS = 60
_SHORTEST = 16
_CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}


@dataclass(frozen=True, slots=True)
class Moment:
    """When and with which chance something is signed: seconds since 1970, unpredictable text."""

    now: float
    nonce: str


def assertion(client: Client, url: str, moment: Moment) -> str:
    """A JWT for the token endpoint at `url`, good for a minute: signed with the client's secret
    (HS256), or with the private key that stands in its place, as PEM or as a JWK. Raises Invalid.
    """
    if not client.id or not client.secret:
        raise Invalid(
            f"{client.proof} needs 'client.assertion', or 'client.id' with 'client.secret' to "
            f"sign one: a shared secret, or a private key as PEM or JWK."
        )
    claims: JsonObject = {
        "iss": client.id,
        "sub": client.id,
        "aud": url,
        "jti": moment.nonce,
        "iat": int(moment.now),
        "exp": int(moment.now) + _SECONDS,
    }
    if client.proof is ClientProof.KEY_JWT:
        return _by_key(client.secret, claims)
    return _by_secret(client.secret, claims)


def _by_secret(secret: str, claims: JsonObject) -> str:
    from joserfc import jwt  # noqa: PLC0415 - loads cryptography, for those who sign
    from joserfc.jwk import OctKey  # noqa: PLC0415

    if len(secret.encode()) < _SHORTEST:
        raise Invalid(
            f"client_secret_jwt needs a secret of {_SHORTEST} bytes or more to sign with."
        )
    try:
        key = OctKey.import_key(secret)
    except ValueError as error:
        raise Invalid("client_secret_jwt: 'client.secret' is a public key, no secret.") from error
    return jwt.encode({"alg": "HS256"}, dict(claims), key)


def _by_key(text: str, claims: JsonObject) -> str:
    from joserfc import jwt  # noqa: PLC0415 - loads cryptography, for those who sign
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import ECKey, OKPKey, RSAKey  # noqa: PLC0415

    given = _key(text)
    for kind in (RSAKey, ECKey, OKPKey):
        try:
            key = kind.import_key(given)
        except (JoseError, ValueError, TypeError, AttributeError):
            continue
        if not key.is_private:
            break
        curve = str(key.get("crv"))
        algorithm = "RS256" if kind is RSAKey else _CURVES.get(curve, curve)  # RFC 9864: Ed25519
        header = {"alg": algorithm, "kid": key.kid} if key.kid else {"alg": algorithm}
        return jwt.encode(header, dict(claims), key, algorithms=[algorithm])
    raise Invalid("private_key_jwt: 'client.secret' is no private RSA, EC or Ed25519 key.")


def _key(text: str) -> str | dict[str, str | list[str]]:
    r"""PEM, also with its line breaks written as `\n`, as in environment variables; or a JWK."""
    if text.lstrip().startswith("{"):
        try:
            found = as_object(json(text.encode(), ""))
        except Unavailable as error:
            raise Invalid("private_key_jwt: 'client.secret' is no JWK.") from error
        return {name: value for name, value in found.items() if isinstance(value, str)}
    return text.replace("\\n", "\n")
