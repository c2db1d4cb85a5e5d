"""Embeddings, which the two houses of Gemini ask for in different words."""

from collections.abc import Mapping
from typing import Final, Protocol

from podium.kernel.json import Json, JsonObject
from podium.protocols.formats import Sent
from podium.protocols.shapes import Misshapen, objects, part, whole
from podium.protocols.vectors import embedding_list, texts, vector

_TASK: Final = "task_type"
"""What the embedding is for, in Google's words, as RETRIEVAL_QUERY; OpenAI has no word for it."""


class Embedding(Protocol):
    """Both raise Misshapen."""

    def sent(self, request: JsonObject, name: str, path: str) -> Sent: ...

    def embedded(self, body: JsonObject, request: JsonObject) -> dict[str, Json]: ...


class StudioEmbedding:
    """Google AI Studio: batchEmbedContents."""

    def sent(self, request: JsonObject, name: str, path: str) -> Sent:
        options: dict[str, Json] = {}
        if (size := whole(request, "dimensions")) is not None:
            options["outputDimensionality"] = size
        if request.get(_TASK):
            options["taskType"] = request[_TASK]
        asked: list[Json] = [
            {"model": name, "content": {"parts": [{"text": each}]}, **options}
            for each in texts(request)
        ]
        return Sent(f"{path}:batchEmbedContents", {"requests": asked})

    def embedded(self, body: JsonObject, request: JsonObject) -> dict[str, Json]:
        vectors = [
            vector(each.get("values"), f"{at}/values") for at, each in objects(body, "embeddings")
        ]
        return embedding_list(
            _all(vectors, request, "/embeddings"),
            request,
            model=str(request.get("model", "")),
            tokens=whole(part(body, "usageMetadata"), "promptTokenCount", "/usageMetadata"),
        )


class VertexEmbedding:
    """Vertex AI: predict; and embedContent, which takes one text, for models after embedding-001.

    Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api
    """

    def sent(self, request: JsonObject, name: str, path: str) -> Sent:
        size, asked = whole(request, "dimensions"), texts(request)
        if name.rpartition("/")[2].startswith("gemini-embedding-") and not name.endswith("-001"):
            if len(asked) > 1:
                raise Misshapen("/input", "must be one text for this model")
            body: dict[str, Json] = {"content": {"parts": [{"text": asked[0]}]}}
            options = {"outputDimensionality": size, "taskType": request.get(_TASK)}
            config = {key: value for key, value in options.items() if value is not None}
            if config:
                body["embedContentConfig"] = config
            return Sent(f"{path}:embedContent", body)
        task = {_TASK: request[_TASK]} if request.get(_TASK) else {}
        body = {"instances": [{"content": each, **task} for each in asked]}
        if size is not None:
            body["parameters"] = {"outputDimensionality": size}
        return Sent(f"{path}:predict", body)

    def embedded(self, body: JsonObject, request: JsonObject) -> dict[str, Json]:
        model = str(request.get("model", ""))
        if "embedding" in body:
            values = part(body, "embedding").get("values")
            counted = part(body, "usageMetadata")
            tokens = whole(counted, "promptTokenCount", "/usageMetadata")
            found = [vector(values, "/embedding/values")]
            return embedding_list(found, request, model=model, tokens=tokens)
        vectors: list[list[float]] = []
        counts = 0
        for at, each in objects(body, "predictions"):
            own = part(each, "embeddings", at)
            vectors.append(vector(own.get("values"), f"{at}/embeddings/values"))
            counted = own.get("statistics")
            statistics: JsonObject = counted if isinstance(counted, Mapping) else {}
            # It is 4 in JSON and 4.0 in what older models answer.
            counts += whole(statistics, "token_count", f"{at}/embeddings/statistics") or 0
        vectors = _all(vectors, request, "/predictions")
        return embedding_list(vectors, request, model=model, tokens=counts or None)


def _all(vectors: list[list[float]], request: JsonObject, at: str) -> list[list[float]]:
    """Raises Misshapen unless there is one for each text."""
    asked = len(texts(request))
    if len(vectors) != asked:
        raise Misshapen(at, f"must have {asked} embeddings, got {len(vectors)}")
    return vectors
