"""`call: http`: what its arguments mean on the wire, and its answer in a workflow."""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from typing import Protocol, cast
from urllib.parse import quote

from podium.kernel.errors import Invalid, Unavailable
from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call

_PLACE = re.compile(r"\{([A-Za-z_][\w.-]*)\}")
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class HttpAnswer(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


class HttpClient(Protocol):
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
    ) -> HttpAnswer: ...


class HttpCall:
    """`{name}` in the URI stands for a member of the task's input.

    A call takes `seconds` at most, or what its task has left; an answer has `max_bytes` at most.
    """

    def __init__(self, client: HttpClient, *, seconds: float, max_bytes: int) -> None:
        self._client: HttpClient = client
        self._seconds: float = seconds
        self._max_bytes: int = max_bytes

    async def call(self, arguments: JsonObject, call: Call) -> Json:
        """Raises Unavailable for an error status, Invalid for arguments that make no request."""
        method = str(arguments["method"]).upper()
        endpoint = _endpoint(arguments.get("endpoint"))
        url = _uri(str(endpoint.get("uri")), _object(call.input))
        headers = {k: _text(v) for k, v in _object(arguments.get("headers")).items()}
        headers |= _authentication(_object(endpoint.get("authentication")))
        if method not in _SAFE:
            headers = {"Idempotency-Key": call.key, **headers}
        body, content_type = _body(arguments.get("body"))
        if content_type and "content-type" not in {name.lower() for name in headers}:
            headers["Content-Type"] = content_type
        redirects = arguments.get("redirect") is True
        answer = await self._client.request(
            method,
            url,
            headers=headers,
            query={k: _text(v) for k, v in _object(arguments.get("query")).items()},
            body=body,
            deadline=min(call.deadline, self._seconds),
            max_bytes=self._max_bytes,
            follow_redirects=redirects,
        )
        if not 200 <= answer.status < (400 if redirects else 300):  # noqa: PLR2004 - HTTP's classes
            excerpt = answer.body[:300].decode(errors="replace")
            raise Unavailable(
                f"{method} {url} answered {answer.status}: {excerpt}",
                details={"status": answer.status},
            )
        request: JsonObject = {"method": method, "uri": url, "headers": _shown(headers)}
        return _output(str(arguments.get("output", "content")), request, answer)


def _endpoint(value: Json) -> JsonObject:
    return {"uri": value} if isinstance(value, str) else _object(value)


def _uri(template: str, variables: JsonObject) -> str:
    """Fill `{name}` from the task's input; a value cannot leave its place in the URI."""

    def fill(place: re.Match[str]) -> str:
        name = place.group(1)
        if name not in variables:
            known = ", ".join(sorted(variables)) or "nothing"
            raise Invalid(f"The URI {template} names {{{name}}}, but the input has {known}.")
        return quote(_text(variables[name]), safe="")

    return _PLACE.sub(fill, template)


def _authentication(value: JsonObject) -> dict[str, str]:
    match value:
        case {"basic": {"username": username, "password": password}}:
            pair = base64.b64encode(f"{username}:{password}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}
        case {"bearer": {"token": token}}:
            return {"Authorization": f"Bearer {token}"}
        case _ if value:
            kinds = ", ".join(value)
            raise Invalid(f"The authentication {kinds} is not supported here: use basic or bearer.")
        case _:
            return {}


def _body(value: Json) -> tuple[bytes | None, str]:
    match value:
        case None:
            return None, ""
        case str():
            return value.encode(), "text/plain; charset=utf-8"
        case _:
            return json.dumps(value, ensure_ascii=False).encode(), "application/json"


def _output(kind: str, request: JsonObject, answer: HttpAnswer) -> Json:
    match kind:
        case "raw":
            return base64.b64encode(answer.body).decode()
        case "response":
            return {
                "request": request,
                "statusCode": answer.status,
                "headers": dict(answer.headers),
                "content": _content(answer),
            }
        case _:
            return _content(answer)


def _content(answer: HttpAnswer) -> Json:
    if not answer.body:
        return None
    kind = {k.lower(): v for k, v in answer.headers.items()}.get("content-type", "")
    media = kind.split(";")[0].strip().lower()
    if media.endswith(("/json", "+json")):
        try:
            return cast("Json", json.loads(answer.body))
        except ValueError as error:
            said = f"The answer calls itself {media} but is not JSON: {error}"
            raise Unavailable(said) from error
    try:
        return answer.body.decode()
    except UnicodeDecodeError:
        return base64.b64encode(answer.body).decode()


def _shown(headers: Mapping[str, str]) -> JsonObject:
    """Headers as they may be stored: secrets are not."""
    return {k: "***" if k.lower() in _SECRET_HEADERS else v for k, v in headers.items()}


def _text(value: Json) -> str:
    match value:
        case str():
            return value
        case None:
            return ""
        case bool() | Mapping() | Sequence():
            return json.dumps(value)
        case _:
            return str(value)


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, Mapping) else {}
