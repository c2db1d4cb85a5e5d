"""`log`: a line for people in the trace of the run.

It also takes the arguments that the public catalog's `log:1.0.0` has, so that a document written
for another runtime means the same here. The time of a line is that of its place in the trace.
"""

import re

from podium.functions import arguments
from podium.kernel.json import Json, JsonObject, canonical
from podium.workflows.functions import Call, Function, Pure

_NAME = re.compile(r"\{(\w+)\}")

INPUT: JsonObject = {
    "type": "object",
    "properties": {
        "message": {
            "type": "string",
            "title": "Message",
            "description": "What to note; `{name}` is the argument of that name.",
        },
        "level": {
            "enum": [
                "trace",
                "debug",
                "info",
                "information",
                "warning",
                "error",
                "critical",
            ],
            "default": "info",
            "title": "Level",
            "description": "How much it matters.",
        },
        "data": {"title": "Data", "description": "Any value to note with it."},
        "arguments": {
            "type": "object",
            "title": "Arguments",
            "description": "What stands in the message's `{name}`.",
        },
        "context": {
            "type": "string",
            "title": "Context",
            "description": "Where it comes from, for `{CONTEXT}` in the format.",
        },
        "timestamp": {
            "type": "boolean",
            "title": "Timestamp",
            "description": "Changes nothing: a trace has the time of each line.",
        },
        "format": {
            "type": "string",
            "title": "Format",
            "description": "The whole line, with {LEVEL}, {CONTEXT} and {MESSAGE} in it.",
        },
    },
    "required": ["message"],
    "additionalProperties": False,
    "examples": [{"message": "Sent to review", "level": "warning", "data": {"confidence": 0.41}}],
}

OUTPUT: JsonObject = {
    "type": "object",
    "properties": {"note": {"type": "string", "description": "The line in the trace."}},
    "required": ["note"],
    "examples": [{"note": 'warning: Sent to review {"confidence":0.41}'}],
}


def make_log() -> Function:
    def run(given: JsonObject, call: Call) -> Json:
        level = arguments.text(given, "level", "info")
        words = {key: _shown(value) for key, value in arguments.mapping(given, "arguments").items()}
        message = _filled(arguments.text(given, "message"), words)
        data = f" {canonical(given['data']).decode()}" if "data" in given else ""
        line = {"LEVEL": level, "CONTEXT": arguments.text(given, "context"), "MESSAGE": message}
        form = arguments.text(given, "format", "{LEVEL}: {MESSAGE}")
        note = f"{_filled(form, {**line, 'TIMESTAMP': ''}).strip()}{data}"
        call.notes.append(note)
        return {"note": note}

    return Function("log", "1.0.0", "Note something in the trace.", INPUT, OUTPUT, Pure(run))


def _filled(text: str, words: dict[str, str]) -> str:
    return _NAME.sub(lambda found: words.get(found.group(1), found.group()), text)


def _shown(value: Json) -> str:
    return value if isinstance(value, str) else canonical(value).decode()
