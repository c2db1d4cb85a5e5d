"""What is asked of an authorization server, and what its answers mean.

RFC 6749 (grants), 7523 (signed assertions), 7662 (introspection), 8693 (token exchange), and
OpenID Connect Discovery 1.0.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlencode, urlsplit

from podium.kernel.errors import Invalid, Unauthenticated, Unavailable
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.answers import json
from podium.workflows.calls.authentication.assertions import Moment, assertion
from podium.workflows.calls.authentication.policies import Client, ClientProof, Grant, OAuth2
from podium.workflows.calls.bodies import FORM, JSON, as_object, written
from podium.workflows.calls.requests import HttpAnswer, Request
from podium.workflows.calls.uris import encoded, shown

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_BEARER = re.compile(r"[\x21-\x7e]{1,16384}")
_REFUSALS = frozenset({400, 401, 403})

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Of an authorization server; `introspection` may be empty."""

    token: str
    introspection: str = ""


@dataclass(frozen=True, slots=True)
class Granted:
    """`seconds` is how long the token holds, None where nobody says; `refresh` may be empty."""

    token: str = field(repr=False)
    seconds: float | None = None
    refresh: str = field(default="", repr=False)


def endpoints(policy: OAuth2) -> Endpoints:
    """Of a policy that names them: paths are put behind the authority's own path."""
    place = policy.introspection
    return Endpoints(
        token=_behind(policy.authority, policy.token),
        introspection=_behind(policy.authority, place) if place else "",
    )


def _behind(authority: str, path: str) -> str:
    if "://" in path:
        return encoded(path)
    return encoded(f"{authority.rstrip('/')}/{path.lstrip('/')}")


def discovery(authority: str) -> Request:
    url = encoded(f"{authority.rstrip('/')}/.well-known/openid-configuration")
    return Request("GET", url, {"Accept": JSON})


def discovered(policy: OAuth2, answer: HttpAnswer) -> Endpoints:
    """Raises Unavailable, and Unauthenticated for metadata of somebody else.

    Where there is no metadata the authority is taken for the token endpoint itself, as the
    specification's Java SDK does.
    """
    place = shown(policy.authority)
    if answer.status in {404, 405}:
        return Endpoints(token=encoded(policy.authority))
    if answer.status != 200:  # noqa: PLR2004 - HTTP's number
        what = f"The OpenID configuration of {place} was answered with {answer.status}."
        raise Unavailable(what, details={"status": answer.status})
    found = as_object(json(answer.body, f"{place} sent an OpenID configuration"))
    issuer, token = found.get("issuer"), found.get("token_endpoint")
    known = {policy.authority.rstrip("/"), *(each.rstrip("/") for each in policy.issuers)}
    if not isinstance(issuer, str) or issuer.rstrip("/") not in known:
        what = f"{place} says that its issuer is {str(issuer)[:200]!r}."
        raise Unauthenticated(f"{what} Name it in 'issuers' if that is right.")
    if not isinstance(token, str):
        raise Unavailable(f"The OpenID configuration of {place} has no token_endpoint.")
    introspection = found.get("introspection_endpoint")
    return Endpoints(
        token=_no_weaker(policy.authority, token),
        introspection=_no_weaker(policy.authority, introspection)
        if isinstance(introspection, str)
        else "",
    )


def _no_weaker(authority: str, url: str) -> str:
    if urlsplit(authority).scheme == "https" and urlsplit(url).scheme != "https":
        raise Unauthenticated(f"{shown(authority)} names {shown(url)}, which is not https.")
    return encoded(url)


def token_request(policy: OAuth2, url: str, *, refresh: str, moment: Moment) -> Request:
    """`refresh` is the refresh token in force, for the grant of that name. Raises Invalid."""
    pairs: Pairs = [("grant_type", policy.grant), *_shown_for(policy, refresh)]
    if policy.scopes:
        pairs.append(("scope", " ".join(policy.scopes)))
    pairs += [("audience", each) for each in policy.audiences]
    return _request(policy, url, pairs, moment=moment)


def _shown_for(policy: OAuth2, refresh: str) -> Pairs:
    match policy.grant:
        case Grant.PASSWORD:
            if not policy.username:
                raise _missing(policy, "username and password")
            return [("username", policy.username), ("password", policy.password)]
        case Grant.REFRESH:
            token = refresh or (policy.subject.token if policy.subject else "")
            if not token:
                raise _missing(policy, "the refresh token under subject: {token, type}")
            return [("refresh_token", token)]
        case Grant.EXCHANGE:
            return _exchanged(policy)
        case Grant.CLIENT:
            if not policy.client.id:
                raise _missing(policy, "client.id")
            return []


def _exchanged(policy: OAuth2) -> Pairs:
    subject, other = policy.subject, policy.on_behalf
    if subject is None:
        raise _missing(policy, "subject: {token, type}")
    pairs = [("subject_token", subject.token), ("subject_token_type", subject.type)]
    if other is not None:
        pairs += [("actor_token", other.token), ("actor_token_type", other.type)]
    return pairs


def _missing(policy: OAuth2, what: str) -> Invalid:
    return Invalid(f"The grant '{policy.grant}' needs {what}. Add it to the authentication.")


def introspection_request(policy: OAuth2, url: str, token: str, *, moment: Moment) -> Request:
    return _request(policy, url, [("token", token)], moment=moment)


def _request(policy: OAuth2, url: str, pairs: Pairs, *, moment: Moment) -> Request:
    headers = {"Accept": JSON}
    client = policy.client
    if client.proof is ClientProof.BASIC:
        pair = f"{quote_plus(client.id)}:{quote_plus(client.secret)}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        pairs = [*pairs, *_proof(client, url, moment)]
    if policy.json:
        return Request("POST", url, {**headers, "Content-Type": JSON}, written(_object(pairs)))
    return Request("POST", url, {**headers, "Content-Type": FORM}, urlencode(pairs).encode())


def _object(pairs: Pairs) -> JsonObject:
    """A name that comes once is a text, one that comes more often a list."""
    members: dict[str, Json] = {}
    for name in dict.fromkeys(name for name, _ in pairs):
        values = [value for each, value in pairs if each == name]
        members[name] = values[0] if len(values) == 1 else values
    return members


def _proof(client: Client, url: str, moment: Moment) -> Pairs:
    named: Pairs = [("client_id", client.id)] if client.id else []
    match client.proof:
        case ClientProof.SECRET_JWT | ClientProof.KEY_JWT:
            signed = client.assertion or assertion(client, url, moment)
            return [*named, ("client_assertion_type", _ASSERTION), ("client_assertion", signed)]
        case ClientProof.POST if client.secret:
            return [*named, ("client_secret", client.secret)]
        case _:
            return named


def granted(policy: OAuth2, answer: HttpAnswer, url: str) -> Granted:
    """The token of an answer. Raises Unauthenticated, Unavailable."""
    place = shown(url)
    if answer.status in _REFUSALS:
        remedy = "Check client, secret, grant and scopes."
        raise Unauthenticated(f"{place} gives no token: {_reason(answer)}. {remedy}")
    if answer.status != 200:  # noqa: PLR2004 - HTTP's number
        what = f"{place} gives no token: it answered {answer.status}."
        raise Unavailable(what, details={"status": answer.status})
    found = as_object(json(answer.body, f"{place} answered a request for a token"))
    token, kind = found.get("access_token"), str(found.get("token_type", "Bearer"))
    if not isinstance(token, str) or _BEARER.fullmatch(token) is None:
        raise Unauthenticated(f"{place} answered without an access_token that can be used.")
    if kind.lower() not in {"bearer", "n_a"} and policy.grant is not Grant.EXCHANGE:
        raise Unauthenticated(f"{place} gives a token of type {kind[:40]!r}; bearer is needed.")
    refresh = found.get("refresh_token")
    return Granted(token, _seconds(found), refresh if isinstance(refresh, str) else "")


def _reason(answer: HttpAnswer) -> str:
    """The error's code alone: its description could repeat what was sent."""
    try:
        code = as_object(json(answer.body, "")).get("error")
    except Unavailable:
        code = None
    if isinstance(code, str) and _CODE.fullmatch(code) is not None:
        return f"{code} ({answer.status})"
    return f"it answered {answer.status}"


def _seconds(found: JsonObject) -> float | None:
    value = found.get("expires_in")
    if isinstance(value, str) and value.isdecimal() and len(value) < 12:  # noqa: PLR2004 - no bomb
        return float(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def issuer(token: str) -> str:
    """Who a token says that it is from; empty where it is no JWT. Nothing is verified here: that
    is for the service that takes the token.
    """
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - a JWT's
        return ""
    try:
        claims = as_object(json(base64.urlsafe_b64decode(parts[1] + "=="), "A token"))
    except (binascii.Error, ValueError, Unavailable):
        return ""
    return str(claims.get("iss") or "")


def introspected(answer: HttpAnswer, url: str) -> str:
    """The issuer of a token that its server looked into. Raises Unauthenticated, Unavailable."""
    place = shown(url)
    if answer.status != 200:  # noqa: PLR2004 - HTTP's number
        what = f"{place} does not look into a token: it answered {answer.status}."
        raise Unavailable(what, details={"status": answer.status})
    found = as_object(json(answer.body, f"{place} answered about a token"))
    if found.get("active") is not True:
        raise Unauthenticated(f"{place} says that the token it was asked about is not active.")
    return str(found.get("iss") or "")


def hold_to_issuers(policy: OAuth2, found: str) -> None:
    """Raises Unauthenticated where the issuer is none of those that the document names."""
    if found in policy.issuers:
        return
    known = ", ".join(policy.issuers)
    if found:
        raise Unauthenticated(f"A token came from {found[:200]!r}; 'issuers' has {known}.")
    remedy = "Name an introspection endpoint, or leave 'issuers' out."
    raise Unauthenticated(f"A token does not say who issued it; 'issuers' has {known}. {remedy}")
