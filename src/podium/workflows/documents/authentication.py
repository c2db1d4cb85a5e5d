"""Rules about how calls authenticate: what each grant needs, where secrets may stand, and names
that have to be there before anything runs.
"""

import re
from collections.abc import Mapping
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.findings import Findings, label, quoted
from podium.workflows.documents.references import mappings
from podium.workflows.documents.tasks import member
from podium.workflows.expressions.expression import is_expression

HOLDERS: Final = ("basic", "bearer", "digest", "oauth2", "oidc")
_DEFINED: Final = re.compile(r"/use/authentications/[^/]+")
_SENT: Final = re.compile(
    r"/(?:body|parameters|arguments|message|headers|query|set|event|input|output|export)(?:/|$)"
)
"""What is data of the workflow: nothing in it is an authentication, whatever it is called."""
_ADDRESSES: Final = ("uri", "endpoint", "authority", "server")
_USER: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*@")
_SIGNED: Final = ("client_secret_jwt", "private_key_jwt")
_NEEDED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "client_credentials": (("client", "id"),),
    "password": (("username",), ("password",)),
    "refresh_token": (("subject", "token"),),
    "urn:ietf:params:oauth:grant-type:token-exchange": (("subject", "token"),),
}


def check_authentications(document: JsonObject, findings: Findings) -> None:
    for path, value in mappings(document):
        if _SENT.search(path) is not None:
            continue
        if path.endswith("/authentication") or _DEFINED.fullmatch(path) is not None:
            _policy(value, path, findings)
        _addresses(value, path, findings)


def _policy(value: JsonObject, path: str, findings: Findings) -> None:
    _name(value.get("use"), f"{path}/use", findings)
    for holder in HOLDERS:
        given = value.get(holder)
        if isinstance(given, Mapping):
            at = f"{path}/{holder}"
            _name(given.get("use"), f"{at}/use", findings)
            _literals(given, at, findings)
            if holder in {"oauth2", "oidc"} and "use" not in given:
                _grant(given, at, findings)


def _name(name: Json, path: str, findings: Findings) -> None:
    """Names stand still, so that what a run is given cannot choose whose credentials it shows."""
    if isinstance(name, str) and is_expression(name):
        message = f"{label(path)} is an expression, and has to be a name."
        findings.error("authentication-name", f"{message} Write the name itself.", path)


def _literals(given: JsonObject, path: str, findings: Findings) -> None:
    for keys in (("password",), ("token",), ("client", "secret"), ("client", "assertion")):
        literal = member(given, *keys)
        if isinstance(literal, str) and literal and not is_expression(literal):
            at = f"{path}/{'/'.join(keys)}"
            message = f"{label(at)} is a secret that everybody reads who reads the document."
            remedy = "Declare it in use.secrets and write ${ $secrets.name }."
            findings.warning("literal-secret", f"{message} {remedy}", at)


def _grant(given: JsonObject, path: str, findings: Findings) -> None:
    grant = given.get("grant")
    if grant is None or given.get("authority") is None:
        lacks = [name for name in ("authority", "grant") if given.get(name) is None]
        findings.error("grant", f"{label(path)} needs {quoted(lacks)}. Add it.", path)
    elif grant == "authorization_code":
        message = "The grant authorization_code needs a person at a browser, and a run has none."
        remedy = "Use client_credentials, refresh_token or a token exchange."
        findings.error("grant", f"{message} {remedy}", f"{path}/grant")
    for keys in _NEEDED.get(str(grant), ()):
        if member(given, *keys) is None:
            message = (
                f"{label(path)} has the grant '{grant}', which needs {'.'.join(keys)}. Add it."
            )
            findings.error("grant", message, f"{path}/grant")
    _signature(given, path, findings)


def _signature(given: JsonObject, path: str, findings: Findings) -> None:
    method = member(given, "client", "authentication")
    if method not in _SIGNED or member(given, "client", "assertion") is not None:
        return
    if member(given, "client", "secret") is None:
        message = f"{label(path)} authenticates its client by {method}, which needs an assertion,"
        remedy = "or a secret to sign one with: a shared one, or a private key as PEM or JWK."
        findings.error("grant", f"{message} {remedy}", f"{path}/client/authentication")


def _addresses(value: JsonObject, path: str, findings: Findings) -> None:
    for name in _ADDRESSES:
        address = value.get(name)
        if isinstance(address, str) and _USER.match(address) is not None:
            message = f"{label(f'{path}/{name}')} has a user or password in its address."
            remedy = "Take it out and write 'authentication: {basic: …}' beside 'uri'."
            findings.error("address-user", f"{message} {remedy}", f"{path}/{name}")
