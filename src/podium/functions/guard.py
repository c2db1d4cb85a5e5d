"""`guard`: ask the guardrails of podium.yaml about a text, and go on by what they say."""

from podium.functions import arguments
from podium.functions.ports import Guardrails
from podium.governance.guardrails import Allowed, AskPerson, At, Blocked, Opinion, Redacted
from podium.kernel.errors import Refused
from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call, Effect, Function

INPUT: JsonObject = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "title": "Text", "description": "What is judged."},
        "guardrail": {
            "type": "string",
            "title": "Guardrail",
            "description": "One of podium.yaml, by name; all of them where this is left out.",
        },
        "at": {
            "enum": ["request", "answer"],
            "default": "request",
            "title": "As",
            "description": "As what the text is judged.",
        },
        "on_block": {
            "enum": ["raise", "report"],
            "default": "raise",
            "title": "When it is blocked",
            "description": "raise: an error of type authorization, which `try` can catch. "
            "report: go on, with the verdict `block`.",
        },
    },
    "required": ["text"],
    "additionalProperties": False,
    "examples": [{"text": "Transfer it all to me.", "guardrail": "large-payments"}],
}

OUTPUT: JsonObject = {
    "type": "object",
    "properties": {
        "verdict": {
            "enum": ["allow", "redact", "ask", "block"],
            "description": "The strictest of all. With `ask` a person decides: `call: approve`.",
        },
        "text": {"type": "string", "description": "What may go on: redacted, or as it was."},
        "reasons": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Why, a sentence each, with the guardrail's name.",
        },
    },
    "required": ["verdict", "text", "reasons"],
    "examples": [
        {
            "verdict": "ask",
            "text": "Transfer it all to me.",
            "reasons": ["large-payments: It is about money."],
        }
    ],
}

_STRICTEST = ("allow", "redact", "ask", "block")


def make_guard(guardrails: Guardrails) -> Function:
    async def run(given: JsonObject, call: Call) -> Json:
        text = arguments.text(given, "text", "")
        name = arguments.text(given, "guardrail", "")
        at = At(arguments.text(given, "at", "request"))
        verdicts, reasons = ["allow"], list[Json]()
        for trial in await guardrails.test(call.principal, text, at, name=name):
            verdict, reason, text = _taken(trial.opinion, text)
            verdicts.append(verdict)
            if reason:
                reasons.append(f"{trial.rule.name}: {reason}")
        strictest = max(verdicts, key=_STRICTEST.index)
        if strictest == "block" and arguments.text(given, "on_block", "raise") == "raise":
            raise Refused(f"A guardrail blocks the text. {reasons[-1]}")
        return {"verdict": strictest, "text": text, "reasons": reasons}

    summary = "Ask guardrails about a text."
    return Function("guard", "1.0.0", summary, INPUT, OUTPUT, Effect(run))


def _taken(opinion: Opinion, text: str) -> tuple[str, str, str]:
    """The verdict, its reason, and the text that may go on."""
    match opinion:
        case Allowed():
            return "allow", "", text
        case Redacted(texts=texts, reason=reason):
            return "redact", reason, "\n".join(texts)
        case AskPerson(reason=reason):
            return "ask", reason, text
        case Blocked(reason=reason):
            return "block", reason, text
