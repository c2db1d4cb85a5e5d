"""`embed`: texts as vectors."""

from podium.functions import arguments, vectors
from podium.functions.ports import Models
from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call, Effect, Function

_VECTOR: JsonObject = {"type": "array", "items": {"type": "number"}}

INPUT: JsonObject = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "title": "Text", "description": "One text. Or give texts."},
        "texts": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "maxItems": 2048,
            "title": "Texts",
            "description": "Several texts in one call.",
        },
        "model": {
            "type": "string",
            "title": "Model",
            "default": vectors.DEFAULT_MODEL,
            "description": "The name of an embedding model or route.",
        },
    },
    "oneOf": [{"required": ["text"]}, {"required": ["texts"]}],
    "additionalProperties": False,
    "examples": [{"text": "My card has not arrived"}],
}

OUTPUT: JsonObject = {
    "type": "object",
    "properties": {
        "vector": {**_VECTOR, "description": "The vector of `text`."},
        "vectors": {
            "type": "array",
            "items": _VECTOR,
            "description": "The vectors of `texts`, in their order.",
        },
        "model": {"type": "string", "description": "The model that made them."},
    },
    "required": ["model"],
    "examples": [{"vector": [0.013, -0.271, 0.094], "model": "multilingual-e5-small"}],
}


def make_embed(models: Models) -> Function:
    async def run(given: JsonObject, call: Call) -> Json:
        model = arguments.text(given, "model", vectors.DEFAULT_MODEL)
        one = "text" in given
        texts = [arguments.text(given, "text")] if one else arguments.texts(given, "texts")
        made = await vectors.embed(models, texts, model=model, call=call)
        if one:
            return {"vector": made.vectors[0], "model": made.model}
        return {"vectors": made.vectors, "model": made.model}

    return Function("embed", "1.0.0", "Turn texts into vectors.", INPUT, OUTPUT, Effect(run))
