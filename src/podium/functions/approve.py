"""`approve`: wait until a person says yes or no to exactly this payload."""

import re
from collections.abc import Mapping

from podium.functions import arguments
from podium.functions.ports import Approvals
from podium.governance.approval_service import Question, answer
from podium.kernel.errors import Conflict, Invalid, TimedOut
from podium.kernel.ids import ApprovalId
from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call, Control, Function, Steps

INPUT: JsonObject = {
    "type": "object",
    "properties": {
        "title": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "title": "Question",
            "description": "What the person is asked, in one line.",
        },
        "payload": {
            "title": "Payload",
            "description": "What is approved: any JSON. The person sees it and may edit it.",
        },
        "expires": {
            "type": ["string", "number"],
            "title": "Expires after",
            "description": "An ISO 8601 duration such as PT4H or P2D, or seconds. "
            "Left out, as long as `approvals.expiry` of podium.yaml says (7 days).",
        },
        "on_expiry": {
            "enum": ["fault", "reject"],
            "default": "fault",
            "title": "When nobody answers",
            "description": "fault: an error of type timeout. reject: as if somebody said no.",
        },
    },
    "required": ["title", "payload"],
    "additionalProperties": False,
    "examples": [
        {
            "title": "Refund 120 EUR to Ann?",
            "payload": {"amount": 120, "iban": "[IBAN_1]"},
            "expires": "PT4H",
            "on_expiry": "reject",
        }
    ],
}

OUTPUT: JsonObject = {
    "type": "object",
    "properties": {
        "approved": {"type": "boolean"},
        "by": {"type": ["string", "null"], "description": "The user's id; null after expiry."},
        "comment": {"type": ["string", "null"]},
        "payload": {"description": "What was approved: as asked, or as the person edited it."},
        "edited": {"type": "boolean", "description": "Whether the person edited the payload."},
        "expired": {"type": "boolean", "description": "Whether nobody answered in time."},
    },
    "required": ["approved", "by", "comment", "payload", "edited", "expired"],
    "examples": [
        {
            "approved": True,
            "by": "user_01hzy3v9k4m8q2r6t0w1x5a7bc",
            "comment": "Checked with the branch.",
            "payload": {"amount": 100, "iban": "[IBAN_1]"},
            "edited": True,
            "expired": False,
        }
    ],
}

_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_SECONDS = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


def make_approve(approvals: Approvals, default_seconds: float) -> Function:
    async def run(given: JsonObject, call: Call, steps: Steps) -> Json:
        question = _question(given, call, default_seconds)

        async def ask() -> JsonObject:
            asked = await approvals.ask(call.principal, question)
            return {"approval": str(asked.id), "digest": asked.payload_digest}

        asked = await steps.effect("ask", ask)

        async def expire() -> JsonObject:
            approval = ApprovalId(arguments.text(asked, "approval"))
            return answer(await approvals.expire(call.principal, approval))

        message = await steps.receive(
            question.topic, seconds=question.seconds, waiting_on=f"approval: {question.title}"
        )
        # None comes when the time is over; a decision made in that very moment still counts.
        decision = await steps.effect("expire", expire) if message is None else message
        return _outcome(_checked(decision, asked), question, given)

    return Function(
        "approve", "1.0.0", "Ask a person to approve something.", INPUT, OUTPUT, Control(run)
    )


def _question(given: JsonObject, call: Call, default_seconds: float) -> Question:
    return Question(
        run=call.run,
        path=call.path,
        topic=f"approval:{call.path}",
        title=arguments.text(given, "title"),
        payload=given.get("payload"),
        seconds=seconds(given["expires"]) if "expires" in given else default_seconds,
    )


def seconds(expires: Json) -> float:
    """Seconds of a number, or of an ISO 8601 duration in weeks, days, hours, minutes, seconds."""
    found = 0.0
    match expires:
        case bool():
            pass
        case int() | float():
            found = float(expires)
        case str() if parts := _DURATION.fullmatch(expires):
            found = sum(float(parts[unit] or 0) * size for unit, size in _SECONDS.items())
        case _:
            pass
    if found > 0:
        return found
    raise Invalid(
        f"`expires` needs a duration longer than 0, got {expires!r}. "
        f"Write PT4H for four hours, P2D for two days, or a number of seconds."
    )


def _checked(decision: Json, asked: JsonObject) -> JsonObject:
    """A message on the topic that does not answer this very question decides nothing."""
    if isinstance(decision, Mapping) and all(
        decision.get(key) == asked.get(key) for key in ("approval", "digest")
    ):
        return decision
    raise Conflict(
        f"A message that does not belong to approval {asked.get('approval')} reached its run. "
        f"Nothing was approved."
    )


def _outcome(decision: JsonObject, question: Question, given: JsonObject) -> Json:
    status = decision.get("status")
    if status == "withdrawn":
        raise Conflict(f"The question at {question.path} was withdrawn.")
    expired = status == "expired"
    if expired and arguments.text(given, "on_expiry", "fault") == "fault":
        raise TimedOut(f"Nobody answered {question.title!r} within {question.seconds:g} s.")
    return {
        "approved": status == "approved",
        "by": decision.get("by"),
        "comment": decision.get("comment"),
        "payload": decision.get("payload"),
        "edited": decision.get("edited"),
        "expired": expired,
    }
