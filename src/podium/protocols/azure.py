"""Azure OpenAI by deployment: OpenAI's format at an address that names the model.

Its newer address, `/openai/v1`, is OpenAI's format as it is. What Azure filters and says about it
(`content_filter_results`, `prompt_filter_results`) goes on to the caller.
Source: https://learn.microsoft.com/azure/ai-foundry/openai/reference, read in November 2026.
"""

from dataclasses import replace
from urllib.parse import quote

from podium.gateway.models import Model
from podium.kernel.json import Json, JsonObject
from podium.protocols.formats import ChunkReader, ProviderFormat, Sent


class AzureDeployments:
    """The port ProviderFormat; the base URL of its endpoint ends with `/openai`, and its query says
    which `api-version`.
    """

    def __init__(self, openai: ProviderFormat) -> None:
        self._openai: ProviderFormat = openai

    def chat(self, chat: JsonObject, model: Model) -> Sent:
        return _deployed(self._openai.chat(chat, model), model)

    def completion(self, body: JsonObject) -> dict[str, Json]:
        return self._openai.completion(body)

    def reader(self) -> ChunkReader:
        return self._openai.reader()

    def embeddings(self, request: JsonObject, model: Model) -> Sent:
        return _deployed(self._openai.embeddings(request, model), model)

    def embedded(self, body: JsonObject, request: JsonObject) -> dict[str, Json]:
        return self._openai.embedded(body, request)


def _deployed(sent: Sent, model: Model) -> Sent:
    return replace(sent, path=f"/deployments/{quote(model.upstream_name, safe='')}{sent.path}")
