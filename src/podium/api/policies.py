"""/api/v1/policies and /api/v1/access: what policies say, and what follows from them."""

from typing import Annotated, Final

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from podium.api.bodies import StrictRoute
from podium.api.context import Caller, Services
from podium.governance.policies.ports import PolicyVersion
from podium.governance.policies.service import Expectation, Explanation, Question
from podium.identity.access import Action, Allow, Deny
from podium.kernel.ids import UserId

router: Final = APIRouter(prefix="/api/v1", tags=["policies"], route_class=StrictRoute)

_Text = Annotated[str, Field(max_length=200_000, description="Policies in Cedar.")]
_Id = Annotated[str, Field(min_length=1, max_length=300)]
_MOST_EXPECTATIONS: Final = 1000


class Policy(BaseModel):
    """Number 0: nobody wrote any, the built-in ones hold alone."""

    number: int
    text: str
    created_at: float
    created_by: str
    note: str

    @classmethod
    def of(cls, version: PolicyVersion) -> "Policy":
        return cls(
            number=version.number,
            text=version.text,
            created_at=version.created_at,
            created_by=version.created_by,
            note=version.note,
        )


class PolicyList(BaseModel):
    items: list[Policy]


class NewPolicy(BaseModel, extra="forbid"):
    text: _Text
    note: str = Field(default="", max_length=200, description="Why, for those who read versions.")
    seen: int | None = Field(
        default=None, ge=0, description="Number of the version that was changed, to overwrite none."
    )


class PolicyText(BaseModel, extra="forbid"):
    text: _Text


class PolicyRollback(BaseModel, extra="forbid"):
    number: int = Field(ge=0, description="0: the built-in policies alone.")


class AccessQuestion(BaseModel, extra="forbid"):
    user: str = Field(max_length=64, description="Id of a user or service account.")
    action: Action
    kind: str = Field(max_length=40, examples=["run"])
    id: _Id = "*"
    owner: str | None = Field(default=None, max_length=64, description="Whose it is.")
    operation: str = Field(default="", max_length=40)

    def question(self) -> Question:
        return Question(
            user=UserId(self.user),
            action=self.action,
            kind=self.kind,
            id=self.id,
            owner=None if self.owner is None else UserId(self.owner),
            operation=self.operation,
        )


class AccessExpectation(AccessQuestion):
    allowed: bool


class ExpectationList(BaseModel, extra="forbid"):
    items: list[AccessExpectation] = Field(max_length=_MOST_EXPECTATIONS)
    text: _Text | None = Field(default=None, description="Null: by the policies in force.")


class DecidingBinding(BaseModel):
    id: str
    role: str
    subject: str
    workspace: str
    team: str


class Decision(BaseModel):
    allowed: bool
    policies: list[str] = Field(description="That permitted it, or forbade it; none: deny.")
    message: str
    roles: list[str]
    bindings: list[DecidingBinding] = Field(description="That gave these roles.")

    @classmethod
    def of(cls, explained: Explanation) -> "Decision":
        match explained.decision:
            case Allow():
                message = ""
            case Deny(message=said):
                message = said
        return cls(
            allowed=isinstance(explained.decision, Allow),
            policies=list(explained.verdict.policies),
            message=message,
            roles=list(explained.roles),
            bindings=[
                DecidingBinding(
                    id=one.id,
                    role=one.role,
                    subject=one.subject,
                    workspace=one.workspace,
                    team=one.team,
                )
                for one in explained.bindings
            ],
        )


class Failing(BaseModel):
    index: int = Field(description="Its place in the list, from 0.")
    decision: Decision


class FailingList(BaseModel):
    tried: int
    items: list[Failing]


class Matrix(BaseModel):
    """By user id and kind, the actions on things of others."""

    users: dict[str, dict[str, list[Action]]]


@router.get("/policies", summary="Read the policies")
async def get(podium: Services, caller: Caller) -> Policy:
    """Those that hold besides the built-in ones."""
    return Policy.of(await podium.policies.current(caller))


@router.put("/policies", summary="Change the policies")
async def put(wish: NewPolicy, podium: Services, caller: Caller) -> Policy:
    """They are checked, kept as a new version, and hold at once; in other processes within three
    seconds.
    """
    made = await podium.policies.put(caller, wish.text, wish.note, seen=wish.seen)
    return Policy.of(made)


@router.get("/policies/versions", summary="List versions of the policies")
async def list_versions(podium: Services, caller: Caller) -> PolicyList:
    """The newest 200 first."""
    found = await podium.policies.versions(caller)
    return PolicyList(items=[Policy.of(one) for one in found])


@router.get("/policies/versions/{number}", summary="Read a version of the policies")
async def version(
    number: Annotated[int, Path(ge=1, le=2**31)], podium: Services, caller: Caller
) -> Policy:
    return Policy.of(await podium.policies.version(caller, number))


@router.post("/policies/check", status_code=204, summary="Check policies")
async def check(wish: PolicyText, podium: Services, caller: Caller) -> None:
    """Against the schema of actions and kinds; nothing is changed."""
    await podium.policies.check(caller, wish.text)


@router.post("/policies/rollback", summary="Bring older policies back")
async def rollback(wish: PolicyRollback, podium: Services, caller: Caller) -> Policy:
    """As a new version."""
    return Policy.of(await podium.policies.rollback(caller, wish.number))


@router.post("/access/explain", summary="Explain a decision")
async def explain(wish: AccessQuestion, podium: Services, caller: Caller) -> Decision:
    """May this user do that, by which policies, and which role bindings count?"""
    return Decision.of(await podium.policies.explain(caller, wish.question()))


@router.get("/access/matrix", summary="Who can do what")
async def matrix(podium: Services, caller: Caller) -> Matrix:
    found = await podium.policies.matrix(caller)
    return Matrix(
        users={
            user: {kind: list(actions) for kind, actions in kinds.items()}
            for user, kinds in found.items()
        }
    )


@router.post("/access/test", summary="Test policies by expectations")
async def test(wish: ExpectationList, podium: Services, caller: Caller) -> FailingList:
    """Answers those that do not come true, by the policies in force or by others."""
    expected = [Expectation(one.question(), one.allowed) for one in wish.items]
    found = await podium.policies.failing(caller, expected, wish.text)
    failing = [Failing(index=at, decision=Decision.of(explained)) for at, explained in found]
    return FailingList(tried=len(expected), items=failing)
