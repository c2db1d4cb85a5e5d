"""`llm`: ask a language model; with a schema its answer is JSON that fits it."""

from podium.functions import answers, arguments
from podium.functions.answers import Answer, Asking
from podium.functions.ports import Models
from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call, Effect, Function

INPUT: JsonObject = {
    "type": "object",
    "properties": {
        "model": {
            "type": "string",
            "minLength": 1,
            "title": "Model",
            "description": "The name of a model or route.",
        },
        "prompt": {
            "type": "string",
            "title": "Prompt",
            "description": "What the model is asked. Give this, or messages.",
        },
        "messages": {
            "type": "array",
            "minItems": 1,
            "title": "Messages",
            "description": "A conversation in OpenAI's form, instead of a prompt.",
            "items": {
                "type": "object",
                "properties": {
                    "role": {"enum": ["system", "developer", "user", "assistant", "tool"]},
                    "content": {"type": ["string", "array", "null"]},
                },
                "required": ["role"],
            },
        },
        "system": {
            "type": "string",
            "title": "Instructions",
            "description": "What holds for the whole conversation; becomes the first message.",
        },
        "schema": {
            "type": "object",
            "title": "Schema of the answer",
            "description": "A JSON Schema. The answer is JSON that fits it, in `json`; an answer "
            "that does not fit is sent back to the model once, then it is an error.",
        },
        "temperature": {
            "type": "number",
            "minimum": 0,
            "maximum": 2,
            "title": "Temperature",
            "description": "0 for the likeliest answer; higher for more variety.",
        },
        "max_tokens": {
            "type": "integer",
            "minimum": 1,
            "title": "Longest answer",
            "description": "In tokens; a longer answer is cut off.",
        },
        "stop": {
            "type": ["string", "array"],
            "items": {"type": "string"},
            "title": "Stop at",
            "description": "Texts at which the answer ends.",
        },
        "seed": {
            "type": "integer",
            "title": "Seed",
            "description": "Asks the model to answer equal questions equally; not all do.",
        },
    },
    "required": ["model"],
    "oneOf": [{"required": ["prompt"]}, {"required": ["messages"]}],
    "additionalProperties": False,
    "examples": [
        {
            "model": "fast",
            "prompt": "Which city is this about? I flew to Rome.",
            "schema": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        }
    ],
}

OUTPUT: JsonObject = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "description": "The answer as the model wrote it."},
        "json": {"description": "The answer as JSON, where a schema was given."},
        "model": {"type": "string", "description": "The model that answered."},
        "finish_reason": {
            "type": "string",
            "description": "Why the answer ends: stop, length (cut off), content_filter …",
        },
        "usage": {
            "type": "object",
            "description": "Tokens read and written, a repair included.",
            "properties": {
                "input_tokens": {"type": "integer"},
                "output_tokens": {"type": "integer"},
            },
            "required": ["input_tokens", "output_tokens"],
        },
    },
    "required": ["text", "model", "usage"],
    "examples": [
        {
            "text": '{"city": "Rome"}',
            "json": {"city": "Rome"},
            "model": "gpt-5-mini",
            "finish_reason": "stop",
            "usage": {"input_tokens": 24, "output_tokens": 6},
        }
    ],
}

_PASSED_ON = ("temperature", "max_tokens", "stop", "seed")


def make_llm(models: Models) -> Function:
    async def run(given: JsonObject, call: Call) -> Json:
        asking = Asking(models, _request(given), call)
        if "schema" not in given:
            return _result(await asking.text())
        match await asking.json(arguments.mapping(given, "schema")):
            case answers.Fits(answer=answer, value=value):
                return {**_result(answer), "json": value}
            case answers.Broken() as broken:
                raise answers.refusal(broken)

    return Function("llm", "1.0.0", "Ask a language model.", INPUT, OUTPUT, Effect(run))


def _request(given: JsonObject) -> JsonObject:
    messages = list(arguments.items(given, "messages"))
    if "prompt" in given:
        if messages:
            raise Invalid("Give `prompt` or `messages`, not both.")
        messages = [{"role": "user", "content": arguments.text(given, "prompt")}]
    if given.get("system"):
        messages = [{"role": "system", "content": arguments.text(given, "system")}, *messages]
    passed = {key: given[key] for key in _PASSED_ON if key in given}
    return {"model": arguments.text(given, "model"), "messages": messages, **passed}


def _result(answer: Answer) -> dict[str, Json]:
    return {
        "text": answer.text,
        "model": answer.model,
        "finish_reason": answer.finish,
        "usage": answer.usage,
    }
