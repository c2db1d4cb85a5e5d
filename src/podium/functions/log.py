"""`log`: a line for people in the trace of the run."""

from podium.functions import arguments
from podium.kernel.json import Json, JsonObject, canonical
from podium.workflows.functions import Call, Function, Pure

INPUT: JsonObject = {
    "type": "object",
    "properties": {
        "message": {"type": "string", "title": "Message", "description": "What to note."},
        "level": {
            "enum": ["debug", "info", "warning", "error"],
            "default": "info",
            "title": "Level",
            "description": "How much it matters.",
        },
        "data": {"title": "Data", "description": "Any value to note with it."},
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
        level, message = arguments.text(given, "level", "info"), arguments.text(given, "message")
        data = f" {canonical(given['data']).decode()}" if "data" in given else ""
        note = f"{level}: {message}{data}"
        call.notes.append(note)
        return {"note": note}

    return Function("log", "1.0.0", "Note something in the trace.", INPUT, OUTPUT, Pure(run))
