"""`call: http`: its arguments as a request, and the answer as its output."""

from collections.abc import Mapping, Sequence

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.answers import output
from podium.workflows.calls.authentication.policies import policy
from podium.workflows.calls.bodies import as_object, encoded, media
from podium.workflows.calls.requests import Request
from podium.workflows.calls.sending import Sender
from podium.workflows.calls.uris import encoded as encoded_uri
from podium.workflows.calls.uris import filled, scalar, with_query
from podium.workflows.functions import Call


class HttpCall:
    def __init__(self, sender: Sender) -> None:
        self._sender: Sender = sender

    async def call(self, arguments: JsonObject, call: Call) -> Json:
        """Raises what `Sender.send` does, and Invalid for arguments that make no request."""
        endpoint = endpoint_of(arguments.get("endpoint"))
        redirects = arguments.get("redirect") is True
        delivery = await self._sender.send(
            _request(arguments, endpoint, call).keyed(call.key),
            policy(endpoint.get("authentication")),
            call=call,
            redirects=redirects,
        )
        kind = str(arguments.get("output", "content"))
        return output(kind, delivery.request, delivery.answer)


def endpoint_of(value: Json) -> JsonObject:
    """`{uri, authentication}` of an endpoint in either form. Raises Invalid."""
    endpoint: JsonObject = {"uri": value} if isinstance(value, str) else as_object(value)
    if not isinstance(endpoint.get("uri"), str):
        raise Invalid("The endpoint is no text. An expression there has to give an address.")
    return endpoint


def _request(arguments: JsonObject, endpoint: JsonObject, call: Call) -> Request:
    url = encoded_uri(filled(str(endpoint["uri"]), as_object(call.input)))
    headers = {k: scalar(v, k) for k, v in _table(arguments, "headers").items() if v is not None}
    given = next((v for k, v in headers.items() if k.lower() == "content-type"), "")
    body = encoded(arguments.get("body"), given)
    request = Request(
        str(arguments["method"]).upper(), with_query(url, _query(arguments)), headers, body.data
    )
    if body.kind and (media(body.kind) != media(given) or "boundary=" in body.kind):
        return request.having("Content-Type", body.kind)
    return request


def _query(arguments: JsonObject) -> list[tuple[str, str]]:
    """A list repeats its name; what has no value is left out."""
    pairs: list[tuple[str, str]] = []
    for name, value in _table(arguments, "query").items():
        values = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        pairs.extend((name, scalar(each, name)) for each in values if each is not None)
    return pairs


def _table(arguments: JsonObject, name: str) -> JsonObject:
    value = arguments.get(name)
    if value is not None and not isinstance(value, Mapping):
        raise Invalid(f"'{name}' has to be a mapping; its expression gave something else.")
    return as_object(value)
