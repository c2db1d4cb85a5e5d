"""`approve`: wait until people say yes or no to exactly this payload."""

import re
from collections.abc import Mapping

from podium.functions import arguments
from podium.functions.approve_schemas import INPUT, OUTPUT
from podium.functions.ports import Approvals
from podium.governance.approval_service import Question, answer
from podium.governance.terms import Comment, Escalation, Risk, Terms, candidates
from podium.kernel.errors import Conflict, Invalid, TimedOut
from podium.kernel.ids import ApprovalId
from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call, Control, Function, Steps

_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_SECONDS = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


def make_approve(approvals: Approvals, default_seconds: float) -> Function:
    async def run(given: JsonObject, call: Call, steps: Steps) -> Json:
        question = _question(given, call, default_seconds)
        escalation = question.terms.escalation

        async def ask() -> JsonObject:
            asked = await approvals.ask(call.principal, question)
            return {"approval": str(asked.id), "digest": asked.payload_digest}

        asked = await steps.effect("ask", ask)
        approval = ApprovalId(arguments.text(asked, "approval"))

        async def escalate() -> JsonObject:
            return {"seconds": await approvals.escalate(call.principal, approval)}

        async def expire() -> JsonObject:
            return answer(await approvals.expire(call.principal, approval))

        async def wait(seconds: float | None) -> Json:
            """None comes when the time is over."""
            return await steps.receive(
                question.topic, seconds=seconds, waiting_on=f"approval: {question.title}"
            )

        if escalation is None:
            message = await wait(question.seconds)
        else:
            message = await wait(escalation.seconds)
            if message is None:
                left = (await steps.effect("escalate", escalate)).get("seconds")
                message = await wait(left if isinstance(left, int | float) else 0.0)
        # A decision made in the very moment in which the time is over still counts.
        decision = await steps.effect("expire", expire) if message is None else message
        return _outcome(_checked(decision, asked), question, given)

    return Function(
        "approve", "1.0.0", "Ask people to approve something.", INPUT, OUTPUT, Control(run)
    )


def _question(given: JsonObject, call: Call, default_seconds: float) -> Question:
    expires = seconds(given["expires"]) if "expires" in given else default_seconds
    return Question(
        run=call.run,
        path=call.path,
        topic=f"approval:{call.path}",
        title=arguments.text(given, "title"),
        payload=given.get("payload"),
        seconds=expires,
        terms=_terms(given, expires),
    )


def _terms(given: JsonObject, expires: float) -> Terms:
    quorum, edit = given.get("quorum", 1), given.get("edit", True)
    return Terms(
        quorum=quorum if isinstance(quorum, int) else 1,
        candidates=candidates(given.get("candidates")),
        self_approval=given.get("self_approval") is True,
        comment=Comment(arguments.text(given, "comment", Comment.OPTIONAL.value)),
        edit=edit if isinstance(edit, Mapping) else edit is not False,
        escalation=_escalation(given.get("escalate"), expires),
        risk=_risk(given),
    )


def _risk(given: JsonObject) -> Risk:
    """Raises Invalid where silence would be a yes to a high one."""
    risk = Risk(arguments.text(given, "risk", Risk.LOW.value))
    if risk is Risk.HIGH and given.get("on_expiry") == "approve":
        raise Invalid("Nobody's silence is a yes to a high risk: write `on_expiry: reject`.")
    return risk


def _escalation(value: Json, expires: float) -> Escalation | None:
    """Raises Invalid for one that would come too late."""
    if not isinstance(value, Mapping):
        return None
    after = seconds(value.get("after"), "escalate.after")
    if after >= expires:
        raise Invalid(
            f"`escalate.after` needs less than the {expires:g} s after which the question "
            f"expires, got {after:g} s."
        )
    return Escalation(after, candidates(value.get("candidates")))


def seconds(expires: Json, name: str = "expires") -> float:
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
        f"`{name}` needs a duration longer than 0, got {expires!r}. "
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
    expired, otherwise = status == "expired", arguments.text(given, "on_expiry", "fault")
    if expired and otherwise == "fault":
        raise TimedOut(f"Nobody answered {question.title!r} within {question.seconds:g} s.")
    return {
        "approved": status == "approved" or (expired and otherwise == "approve"),
        "by": decision.get("by"),
        "comment": decision.get("comment"),
        "payload": decision.get("payload"),
        "edited": decision.get("edited"),
        "expired": expired,
        "votes": decision.get("votes", ()),
    }
