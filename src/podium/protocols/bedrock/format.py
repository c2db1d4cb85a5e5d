"""The ProviderFormat of Amazon Bedrock."""

from urllib.parse import quote

from podium.gateway.models import Model
from podium.kernel.json import Json, JsonObject
from podium.protocols.bedrock.answers import completion
from podium.protocols.bedrock.embeddings import embedded, invoke
from podium.protocols.bedrock.requests import converse
from podium.protocols.bedrock.streams import ConverseChunks
from podium.protocols.formats import Sent
from podium.protocols.shapes import Misshapen


class BedrockConverse:
    def chat(self, chat: JsonObject, model: Model) -> Sent:
        try:
            body = converse(chat, model.upstream_name)
        except Misshapen as bad:
            raise bad.in_request() from bad
        return Sent(_path(model, "converse-stream" if chat.get("stream") else "converse"), body)

    def completion(self, body: JsonObject) -> dict[str, Json]:
        try:
            return completion(body)
        except Misshapen as bad:
            raise bad.in_answer() from bad

    def reader(self) -> ConverseChunks:
        return ConverseChunks()

    def embeddings(self, request: JsonObject, model: Model) -> Sent:
        try:
            return Sent(_path(model, "invoke"), invoke(request, model.upstream_name))
        except Misshapen as bad:
            raise bad.in_request() from bad

    def embedded(self, body: JsonObject, request: JsonObject) -> dict[str, Json]:
        try:
            return embedded(body, request)
        except Misshapen as bad:
            raise bad.in_answer() from bad


def _path(model: Model, verb: str) -> str:
    """A model's id may be an ARN: its slashes are a part of the one segment."""
    return f"/model/{quote(model.upstream_name, safe='')}/{verb}"
