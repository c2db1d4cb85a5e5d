"""Where AWS keys come from, in the order in which AWS's own tools look for them, and requests that
are signed with them.

Not looked for: SSO sessions, `credential_process` and `role_arn` of a profile. Who uses those puts
their result into the environment (`aws configure export-credentials --format env`).
Source: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
"""

import configparser
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from urllib.parse import urlencode, urlsplit

import anyio

from podium.adapters.http.client import HttpRequest
from podium.adapters.http.exchange import HttpResponse
from podium.gateway.errors import Failure, UpstreamFailed
from podium.gateway.models import Outcome
from podium.kernel.json import Json, JsonObject
from podium.protocols.bodies import json_object
from podium.protocols.credentials.means import Files, Means
from podium.protocols.credentials.sigv4 import AwsKeys, Scope, signature
from podium.protocols.credentials.tokens import CannotShow
from podium.protocols.endpoints import no_key
from podium.protocols.refusals import clean

VARIABLES: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_PROFILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
)
_MISSING: Final = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_FILE: Final = "~/.aws/credentials"
_CONTAINERS: Final = "http://169.254.170.2"
_ALLOWED: Final = frozenset({"169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost"})
_MACHINES: Final = "http://169.254.169.254/latest"
_SLACK: Final = 300.0
"""Seconds before their end that keys are no longer used."""
_OK: Final = 200


class KeySource(Protocol):
    @property
    def missing(self) -> str: ...

    async def keys(self, means: Means) -> AwsKeys:
        """Raises CannotShow."""
        ...


class Aws:
    """The port Credential: each request is signed."""

    def __init__(self, source: KeySource, scope: Scope, means: Means) -> None:
        self._source: KeySource = source
        self._scope: Scope = scope
        self._means: Means = means
        self._lock: anyio.Lock = anyio.Lock()
        self._keys: AwsKeys = AwsKeys("", "", ends=0.0)

    @property
    def missing(self) -> str:
        return self._source.missing

    @property
    def sent(self) -> str:
        """The secret key never leaves; AWS's answers quote the session's token."""
        return self._keys.session

    async def head(self, provider: str, asked: HttpRequest) -> Mapping[str, str]:
        now = self._means.clock.now()
        if now >= self._keys.ends - _SLACK:
            async with self._lock:
                if now >= self._keys.ends - _SLACK:
                    self._keys = await self._fetched(provider)
        return signature(asked, self._keys, self._scope, now=now)

    def refused(self, head: Mapping[str, str]) -> bool:
        del head
        return False

    async def _fetched(self, provider: str) -> AwsKeys:
        if self._source.missing:
            raise no_key(provider, self._source.missing)
        try:
            return await self._source.keys(self._means)
        except CannotShow as cannot:
            said = clean(f"Provider '{provider}' gets no AWS keys: {cannot}.", "")
            raise UpstreamFailed(Failure(Outcome.STATUS, said, 401, "no_key")) from cannot


@dataclass(frozen=True, slots=True)
class Environment:
    """The first place that `variables` (and the user's home) know of; the machine's own where
    `machine` is asked to say who it is.
    """

    variables: Mapping[str, str]
    region: str
    files: Files
    machine: str = ""
    """Address of the instance's metadata service; empty where it is not to be asked."""

    @property
    def missing(self) -> str:
        known = any(self._of(name) for name in VARIABLES if "URI" in name or "FILE" in name)
        keys = self._of("AWS_ACCESS_KEY_ID") and self._of("AWS_SECRET_ACCESS_KEY")
        return "" if keys or known or self.machine or self.files.has(_FILE) else _MISSING

    async def keys(self, means: Means) -> AwsKeys:
        if self._of("AWS_ACCESS_KEY_ID"):
            return AwsKeys(
                self._of("AWS_ACCESS_KEY_ID"),
                self._of("AWS_SECRET_ACCESS_KEY"),
                self._of("AWS_SESSION_TOKEN"),
            )
        if self._of("AWS_WEB_IDENTITY_TOKEN_FILE") and self._of("AWS_ROLE_ARN"):
            return await self._by_web_identity(means)
        file = self._of("AWS_SHARED_CREDENTIALS_FILE") or _FILE
        if self.files.has(file):
            return _from_profile(await _read(file, means), self._of("AWS_PROFILE") or "default")
        if self._of("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") or self._of(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI"
        ):
            return await self._by_container(means)
        return await self._by_machine(means)

    def _of(self, name: str) -> str:
        return self.variables.get(name, "")

    async def _by_web_identity(self, means: Means) -> AwsKeys:
        query = {
            "Action": "AssumeRoleWithWebIdentity",
            "Version": "2011-06-15",
            "RoleArn": self._of("AWS_ROLE_ARN"),
            "RoleSessionName": self._of("AWS_ROLE_SESSION_NAME") or "podium",
            "WebIdentityToken": (
                await _read(self._of("AWS_WEB_IDENTITY_TOKEN_FILE"), means)
            ).strip(),
        }
        url = f"https://sts.{self.region}.amazonaws.com/"
        head = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        answer = await means.fetched(HttpRequest("POST", url, head, {}, urlencode(query).encode()))
        body = _object(answer, "The security token service")
        for key in ("AssumeRoleWithWebIdentityResponse", "AssumeRoleWithWebIdentityResult"):
            body = _part(body, key)
        return _temporary(_part(body, "Credentials"), "SessionToken")

    async def _by_container(self, means: Means) -> AwsKeys:
        relative = self._of("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        full = self._of("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        url = f"{_CONTAINERS}{relative}" if relative else full
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "https" and host not in _ALLOWED and not host.startswith("127."):
            said = (
                "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an address of a container"
            )
            raise CannotShow(f"{said}: '{host}'")
        file = self._of("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        token = await _read(file, means) if file else self._of("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        head = {"Authorization": token.strip()} if token else {}
        answer = await means.fetched(HttpRequest("GET", url, head))
        return _temporary(_object(answer, "The container's credentials"), "Token")

    async def _by_machine(self, means: Means) -> AwsKeys:
        """Version 2 of the service alone: what it is asked with a token cannot be asked by a page
        that somebody tricked into asking.
        """
        lasts = {"X-aws-ec2-metadata-token-ttl-seconds": "300"}
        asked = await means.fetched(HttpRequest("PUT", f"{self.machine}/api/token", lasts))
        if asked.status != _OK:
            raise CannotShow(f"the instance's metadata service answered {asked.status}")
        head = {"X-aws-ec2-metadata-token": asked.body.decode("ascii", "replace").strip()}
        roles = f"{self.machine}/meta-data/iam/security-credentials/"
        named = await means.fetched(HttpRequest("GET", roles, head))
        role = named.body.decode("utf-8", "replace").strip().partition("\n")[0]
        if named.status != _OK or not role:
            raise CannotShow("this instance has no role. Attach one, or set the variables")
        answer = await means.fetched(HttpRequest("GET", f"{roles}{role}", head))
        return _temporary(_object(answer, "The instance's metadata service"), "Token")


MACHINE: Final = _MACHINES


async def _read(path: str, means: Means) -> str:
    try:
        return await means.files.text(path)
    except OSError as unread:
        raise CannotShow(f"'{path}' cannot be read ({unread.strerror})") from unread


def _from_profile(text: str, profile: str) -> AwsKeys:
    file = configparser.RawConfigParser()
    try:
        file.read_string(text)
    except configparser.Error as bad:
        raise CannotShow("the file of AWS credentials cannot be read as one") from bad
    if not file.has_section(profile):
        raise CannotShow(f"the file of AWS credentials has no profile '{profile}'")
    found = file[profile]
    key, secret = found.get("aws_access_key_id", ""), found.get("aws_secret_access_key", "")
    if not key or not secret:
        said = "has no aws_access_key_id with aws_secret_access_key"
        raise CannotShow(f"profile '{profile}' of the file of AWS credentials {said}")
    return AwsKeys(key, secret, found.get("aws_session_token", ""))


def _object(answer: HttpResponse, who: str) -> JsonObject:
    body = json_object(answer.body)
    if answer.status != _OK or body is None:
        said = (body or {}).get("message") or (body or {}).get("Error") or "no keys"
        raise CannotShow(f"{who} answered {answer.status}: {str(said)[:200]}")
    return body


def _part(body: JsonObject, key: str) -> JsonObject:
    value: Json = body.get(key)
    return value if isinstance(value, Mapping) else {}


def _temporary(body: JsonObject, token: str) -> AwsKeys:
    """Raises CannotShow unless all of it is there."""
    texts = [body.get(key) for key in ("AccessKeyId", "SecretAccessKey", token)]
    key, secret, session = (each if isinstance(each, str) else "" for each in texts)
    if not key or not secret:
        raise CannotShow("an answer that should hold AWS keys holds none")
    return AwsKeys(key, secret, session, _end(body.get("Expiration")))


def _end(given: Json) -> float:
    """Seconds since 1970; AWS writes a number here and a date there."""
    if isinstance(given, int | float):
        return float(given)
    try:
        return datetime.fromisoformat(str(given)).timestamp()
    except ValueError:
        return 0.0  # they are fetched anew for every request
