"""`sql`: one statement on a configured database."""

from podium.functions import arguments
from podium.functions.ports import Connections
from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call, Effect, Function

DEFAULT_LIMIT = 1000

INPUT: JsonObject = {
    "type": "object",
    "properties": {
        "connection": {
            "type": "string",
            "title": "Connection",
            "description": "The name of a connection in podium.yaml.",
        },
        "statement": {
            "type": "string",
            "minLength": 1,
            "title": "Statement",
            "description": "One SQL statement. Values come in as :name, never inside the text.",
        },
        "parameters": {
            "type": "object",
            "title": "Parameters",
            "description": "The value of each :name. Lists and objects are handed over as JSON.",
            "default": {},
        },
        "limit": {
            "type": "integer",
            "minimum": 1,
            "maximum": 100_000,
            "default": DEFAULT_LIMIT,
            "title": "Most rows",
            "description": "More rows are an error, so that nothing is cut off unnoticed.",
        },
    },
    "required": ["connection", "statement"],
    "additionalProperties": False,
    "examples": [
        {
            "connection": "bank",
            "statement": "select name, balance from accounts where id = :id",
            "parameters": {"id": 7},
        }
    ],
}

OUTPUT: JsonObject = {
    "type": "object",
    "properties": {
        "rows": {
            "type": "array",
            "items": {"type": "object"},
            "description": "One object a row, by column. Dates are ISO 8601 texts, bytes base64.",
        },
        "changed": {"type": "integer", "description": "How many rows were written or deleted."},
    },
    "required": ["rows", "changed"],
    "examples": [{"rows": [{"name": "Ann", "balance": 120.5}], "changed": 0}],
}


def make_sql(connections: Connections) -> Function:
    async def run(given: JsonObject, call: Call) -> Json:
        rows, changed = await connections.get(arguments.text(given, "connection")).query(
            arguments.text(given, "statement"),
            arguments.mapping(given, "parameters"),
            limit=arguments.whole(given, "limit", DEFAULT_LIMIT),
            seconds=call.deadline,
        )
        return {"rows": rows, "changed": changed}

    return Function("sql", "1.0.0", "Run one SQL statement.", INPUT, OUTPUT, Effect(run))
