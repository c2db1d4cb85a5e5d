"""`validate`: hold a value to a JSON Schema."""

from podium.functions import arguments, schemas
from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call, Function, Pure

INPUT: JsonObject = {
    "type": "object",
    "properties": {
        "value": {"title": "Value", "description": "What is checked."},
        "schema": {
            "type": "object",
            "title": "Schema",
            "description": "A JSON Schema (2020-12). It may not refer to other documents.",
        },
        "on_error": {
            "enum": ["raise", "report"],
            "default": "raise",
            "title": "When it does not fit",
            "description": "raise: an error of type validation, which `try` can catch. "
            "report: go on, with valid: false.",
        },
    },
    "required": ["value", "schema"],
    "additionalProperties": False,
    "examples": [
        {
            "value": {"amount": -5},
            "schema": {
                "type": "object",
                "properties": {"amount": {"type": "number", "minimum": 0}},
            },
            "on_error": "report",
        }
    ],
}

OUTPUT: JsonObject = {
    "type": "object",
    "properties": {
        "valid": {"type": "boolean"},
        "errors": {
            "type": "array",
            "description": "Each way in which the value does not fit.",
            "items": {
                "type": "object",
                "properties": {
                    "path": {"type": "string", "description": "A JSON pointer into the value."},
                    "message": {"type": "string"},
                },
                "required": ["path", "message"],
            },
        },
    },
    "required": ["valid", "errors"],
    "examples": [
        {
            "valid": False,
            "errors": [{"path": "/amount", "message": "-5 is less than the minimum of 0"}],
        }
    ],
}


def make_validate() -> Function:
    def run(given: JsonObject, _call: Call) -> Json:
        found = schemas.problems(arguments.mapping(given, "schema"), given.get("value"))
        if found and arguments.text(given, "on_error", "raise") == "raise":
            first = found[0]
            rest = f" There are {len(found) - 1} more problems." if len(found) > 1 else ""
            raise Invalid(f"{first.path or 'The value'}: {first.message}.{rest}", problems=found)
        errors: list[Json] = [{"path": one.path, "message": one.message} for one in found]
        return {"valid": not found, "errors": errors}

    return Function(
        "validate", "1.0.0", "Check a value against a JSON Schema.", INPUT, OUTPUT, Pure(run)
    )
