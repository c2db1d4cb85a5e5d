"""`count_tokens`: how much a request to Messages would be."""

from typing import Final

from podium.gateway.models import Model
from podium.gateway.usage import estimate
from podium.kernel.json import Json, JsonObject
from podium.protocols.anthropic.provider import VERSION
from podium.protocols.anthropic.requests import messages
from podium.protocols.formats import Sent
from podium.protocols.shapes import Misshapen, items

_COUNTED: Final = ("messages", "system", "tools", "tool_choice", "thinking", "output_config")


def count_asked(request: JsonObject, model: Model) -> Sent:
    """To a provider that speaks Anthropic's format and counts itself."""
    body = {key: request[key] for key in _COUNTED if key in request}
    return Sent("/messages/count_tokens", {**body, "model": model.upstream_name}, VERSION)


def counted(body: JsonObject) -> int:
    """What such a provider answered. Raises UpstreamFailed."""
    tokens = body.get("input_tokens")
    if type(tokens) is not int or tokens < 0:
        raise Misshapen("/input_tokens", "must be a number of tokens").in_answer()
    return tokens


def estimated(request: JsonObject) -> int:
    """For a provider that does not count. Raises Invalid."""
    try:
        told: list[Json] = [*messages(request), *items(request, "tools")]
    except Misshapen as bad:
        raise bad.in_request() from None
    return estimate({"messages": told}, 0).input


def answer(tokens: int) -> dict[str, Json]:
    return {"input_tokens": tokens}
