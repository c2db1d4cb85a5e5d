"""AWS Signature Version 4.

Our own, because botocore's signer comes with 14 MB of service models and half a second of imports
and signs objects of its own; this is the one algorithm, and AWS's published test suite holds it.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from podium.adapters.http.client import HttpRequest

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_END: Final = "aws4_request"
_KEPT: Final = "-_.~"


@dataclass(frozen=True, slots=True)
class AwsKeys:
    """`session` comes with temporary keys; `ends` is seconds since 1970, infinite for others."""

    id: str
    secret: str = field(repr=False)
    session: str = field(default="", repr=False)
    ends: float = float("inf")


@dataclass(frozen=True, slots=True)
class Scope:
    region: str
    service: str


def signature(asked: HttpRequest, keys: AwsKeys, scope: Scope, *, now: float) -> dict[str, str]:
    """The headers that sign a request as it is, with all the headers that it has already.

    The URL's path is encoded already, as it goes out; it is encoded once more to be signed.
    """
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    added = {"X-Amz-Date": moment}
    if keys.session:
        added["X-Amz-Security-Token"] = keys.session
    signed = _signed_headers({**asked.headers, **added, "Host": urlsplit(asked.url).netloc})
    names = ";".join(signed)
    canonical = _canonical(asked, signed, names)
    place = f"{moment[:8]}/{scope.region}/{scope.service}/{_END}"
    to_sign = f"{_ALGORITHM}\n{moment}\n{place}\n{_sha256(canonical.encode())}"
    key = f"AWS4{keys.secret}".encode()
    for step in (moment[:8], scope.region, scope.service, _END):
        key = hmac.digest(key, step.encode(), "sha256")
    made = hmac.digest(key, to_sign.encode(), "sha256").hex()
    shown = f"Credential={keys.id}/{place}, SignedHeaders={names}, Signature={made}"
    return {**added, "Authorization": f"{_ALGORITHM} {shown}"}


def _canonical(asked: HttpRequest, signed: Mapping[str, str], names: str) -> str:
    parts = urlsplit(asked.url)
    lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
    path = quote(parts.path or "/", safe=f"/{_KEPT}")
    payload = _sha256(asked.body or b"")
    return f"{asked.method}\n{path}\n{_query(parts.query)}\n{lines}\n{names}\n{payload}"


def _signed_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """By lower-case name in order; runs of spaces within a value count as one."""
    plain = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    return dict(sorted(plain.items()))


def _query(query: str) -> str:
    pairs = (each.partition("=") for each in query.split("&") if each)
    encoded = sorted((_encoded(name), _encoded(value)) for name, _, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def _encoded(text: str) -> str:
    return quote(unquote(text), safe=_KEPT)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
