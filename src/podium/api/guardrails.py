"""/api/v1/guardrails: which there are, and what they say of a text."""

from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel, Field, JsonValue

from podium.api.context import Caller, Services
from podium.gateway.guardrail_service import Trial
from podium.governance.guardrails import Allowed, AskPerson, At, Blocked, Mode, Redacted, Rule

router: Final = APIRouter(prefix="/api/v1/guardrails", tags=["guardrails"])


class Guardrail(BaseModel):
    name: str
    kind: str
    mode: Mode
    at: list[At]
    routes: list[str] = Field(description="Empty is all.")
    settings: dict[str, JsonValue]

    @classmethod
    def shown(cls, rule: Rule) -> "Guardrail":
        return cls(
            name=rule.name,
            kind=rule.kind,
            mode=rule.mode,
            at=sorted(rule.at),
            routes=sorted(rule.routes),
            settings=dict(rule.settings),  # pyright: ignore[reportArgumentType] - JSON is JSON
        )


class GuardrailList(BaseModel):
    items: list[Guardrail]


class GuardrailText(BaseModel):
    text: str = Field(max_length=200_000)
    at: At = Field(default=At.REQUEST, description="As what it is judged.")
    name: str = Field(default="", description="One guardrail; empty is all.")


class GuardrailOpinion(BaseModel):
    name: str
    kind: str
    mode: Mode
    verdict: str = Field(description="`allow`, `block`, `redact` or `ask`.")
    reason: str = Field(description="Empty for `allow`.")
    text: str | None = Field(description="What would go on, where it would be redacted.")

    @classmethod
    def shown(cls, trial: Trial) -> "GuardrailOpinion":
        verdict, reason, text = "allow", "", None
        match trial.opinion:
            case Allowed():
                pass
            case Blocked(reason=reason):
                verdict = "block"
            case AskPerson(reason=reason):
                verdict = "ask"
            case Redacted(texts=texts, reason=reason):
                verdict, text = "redact", "\n".join(texts)
        rule = trial.rule
        return cls(
            name=rule.name,
            kind=rule.kind,
            mode=rule.mode,
            verdict=verdict,
            reason=reason,
            text=text,
        )


class GuardrailOpinions(BaseModel):
    items: list[GuardrailOpinion]


@router.get("", summary="List guardrails")
async def list_guardrails(podium: Services, caller: Caller) -> GuardrailList:
    """Those of the workspace, in the order in which they look."""
    return GuardrailList(items=[Guardrail.shown(one) for one in podium.guardrails.list(caller)])


@router.post("/test", summary="Test guardrails on a text")
async def test_guardrails(
    asked: GuardrailText, podium: Services, caller: Caller
) -> GuardrailOpinions:
    """What they say of it, also those in the shadow. Nothing is stored."""
    found = await podium.guardrails.test(caller, asked.text, asked.at, name=asked.name)
    return GuardrailOpinions(items=[GuardrailOpinion.shown(one) for one in found])
