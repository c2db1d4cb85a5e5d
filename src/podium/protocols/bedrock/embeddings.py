"""Embeddings over InvokeModel, whose body is each model's own.

Sources: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html
and …/model-parameters-embed.html (Cohere).
"""

from collections.abc import Mapping
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.protocols.shapes import Misshapen, items, shown, whole
from podium.protocols.vectors import embedding_list, texts, vector

_PURPOSE: Final = "input_type"
"""What Cohere embeds for, in its own words; OpenAI has no word for it."""


def invoke(request: JsonObject, model: str) -> dict[str, Json]:
    """Raises Misshapen."""
    asked, size = texts(request), whole(request, "dimensions")
    if "cohere." in model:
        cut = {} if size is None else {"output_dimension": size}
        purpose = request.get(_PURPOSE, "search_document")
        return {"texts": asked, _PURPOSE: purpose, "embedding_types": ["float"], **cut}
    if "titan-embed" not in model:
        known = "a Titan or Cohere model"
        raise Misshapen("/model", f"must be {known} to embed, got {shown(model)}")
    if len(asked) > 1:
        raise Misshapen("/input", "must be one text for this model")
    return {"inputText": asked[0], **({} if size is None else {"dimensions": size})}


def embedded(body: JsonObject, request: JsonObject) -> dict[str, Json]:
    """Raises Misshapen."""
    model = str(request.get("model", ""))
    if "embedding" in body:
        one = vector(body["embedding"], "/embedding")
        tokens = whole(body, "inputTextTokenCount")
        return embedding_list([one], request, model=model, tokens=tokens)
    found = body.get("embeddings")
    place: JsonObject = found if isinstance(found, Mapping) else {"float": found}
    vectors = [
        vector(each, f"/embeddings/{number}") for number, each in enumerate(items(place, "float"))
    ]
    if len(vectors) != len(texts(request)):
        said = f"must have {len(texts(request))} embeddings, got {len(vectors)}"
        raise Misshapen("/embeddings", said)
    return embedding_list(vectors, request, model=model, tokens=None)
