"""/api/v1/configuration: what is in force, and how it changes while podium runs."""

import json
from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field, JsonValue

from podium.api.bodies import StrictRoute
from podium.api.context import Caller, Services
from podium.api.paging import Cursor, Limit, Page
from podium.gateway.configuration import differences, service, versions
from podium.gateway.configuration.differences import Op
from podium.gateway.configuration.ports import Prepared

router: Final = APIRouter(
    prefix="/api/v1/configuration", tags=["configuration"], route_class=StrictRoute
)

_Document = Annotated[
    dict[str, JsonValue] | str,
    Field(
        description="A JSON Merge Patch (RFC 7396) over `providers`, `models`, `routes`, `cache`, "
        "`gateway`, `limits`, `masking` and `guardrails` of podium.yaml: an object, or its text in "
        "YAML or JSON, in which problems have line and column.",
        examples=[{"routes": {"chat": {"targets": ["small", "large"]}}}],
    ),
]
_Expected = Annotated[
    int,
    Field(ge=0, description="The newest version that you have seen; 0 where there was none."),
]
_Comment = Annotated[str, Field(max_length=1000, description="Why, for those who look later.")]
_Number = Annotated[int, Path(ge=1, le=2**62)]
_AnyNumber = Annotated[int, Query(ge=0, le=2**62, description="0 is no document.")]


class ConfigurationDraft(BaseModel, extra="forbid"):
    document: _Document


class ConfigurationChange(BaseModel, extra="forbid"):
    document: _Document
    expected_version: _Expected
    comment: _Comment = ""


class Rollback(BaseModel, extra="forbid"):
    to_version: int = Field(ge=0, le=2**62, description="0 is podium.yaml alone.")
    expected_version: _Expected
    comment: _Comment = ""


class Difference(BaseModel):
    """An operation of JSON Patch (RFC 6902), with what was there before."""

    op: Op
    path: str = Field(description="JSON pointer.")
    before: JsonValue = None
    after: JsonValue = None

    @classmethod
    def of(cls, one: differences.Difference) -> "Difference":
        return cls.model_validate(
            {"op": one.op, "path": one.path, "before": one.before, "after": one.after}
        )


class DifferenceList(BaseModel):
    items: list[Difference]


class ConfigurationCheck(BaseModel):
    """What would come of a document."""

    changes: list[Difference] = Field(description="Of what is in force.")
    restart: list[str] = Field(description="Settings that wait for a restart.")
    warnings: list[str]

    @classmethod
    def of(cls, ready: Prepared) -> "ConfigurationCheck":
        return cls(
            changes=_shown(ready.differences),
            restart=list(ready.restart),
            warnings=list(ready.warnings),
        )


class ConfigurationOutcome(ConfigurationCheck):
    version: int = Field(description="The version that is stored now; 0: none is.")
    in_force: bool = Field(
        description="False where podium.yaml says that stored versions are ignored."
    )

    @classmethod
    def became(cls, outcome: service.Outcome) -> "ConfigurationOutcome":
        return cls(
            version=outcome.version,
            in_force=outcome.in_force,
            changes=_shown(outcome.differences),
            restart=list(outcome.restart),
            warnings=list(outcome.warnings),
        )


class Configuration(BaseModel):
    """Secrets are references in all of it."""

    version: int = Field(description="What is laid over podium.yaml in this process; 0: nothing.")
    newest: int = Field(description="The version that was stored last.")
    document: dict[str, JsonValue] = Field(description="Of that version.")
    text: str = Field(description="The same as it was written.")
    effective: dict[str, JsonValue] = Field(
        description="podium.yaml with it: the sections that may change, as they are in force."
    )
    restart: list[str] = Field(description="Settings that wait for a restart.")
    file: str = Field(description="Where podium.yaml is; empty where there is none.")
    file_changed: bool = Field(description="Whether it is not what is in force; reload takes it.")
    problem: str = Field(description="Why something was not taken; empty where nothing is wrong.")


class VersionSummary(BaseModel):
    version: int
    owner: str = Field(description="The user who stored it.")
    created_at: float = Field(description="Seconds since 1970.")
    digest: str
    comment: str
    restores: int = Field(description="The older version that it brings back; 0 where it is new.")


class ConfigurationVersion(VersionSummary):
    document: dict[str, JsonValue]
    text: str


class VersionPage(Page[VersionSummary]):
    pass


@router.get("", summary="What is in force")
async def get(podium: Services, caller: Caller) -> Configuration:
    """For admins, as all of these."""
    found = await podium.configuration.standing(caller)
    return Configuration.model_validate(
        {
            "version": found.version,
            "newest": found.newest,
            "document": found.document,
            "text": found.text,
            "effective": found.effective,
            "restart": list(found.restart),
            "file": found.file,
            "file_changed": found.file_changed,
            "problem": found.problem,
        }
    )


@router.put("", summary="Change the configuration")
async def put(wish: ConfigurationChange, podium: Services, caller: Caller) -> ConfigurationOutcome:
    """A new version, in force at once for all calls that begin from here on; calls under way end
    as they began. Conflict where another version was stored since.
    """
    wanted = versions.Wish(_text(wish.document), wish.expected_version, wish.comment)
    return ConfigurationOutcome.became(await podium.configuration.change(caller, wanted))


@router.post("/check", summary="Check a document")
async def check(draft: ConfigurationDraft, podium: Services, caller: Caller) -> ConfigurationCheck:
    """Nothing is stored. One that is invalid is refused, with every problem and its place."""
    ready = await podium.configuration.check(caller, _text(draft.document))
    return ConfigurationCheck.of(ready)


@router.post("/rollback", summary="Bring an older version back")
async def rollback(wish: Rollback, podium: Services, caller: Caller) -> ConfigurationOutcome:
    """As a new version with the document of the older one."""
    wanted = versions.Wish("", wish.expected_version, wish.comment)
    outcome = await podium.configuration.roll_back(caller, wish.to_version, wanted)
    return ConfigurationOutcome.became(outcome)


@router.post("/reload", summary="Read podium.yaml again")
async def reload(podium: Services, caller: Caller) -> ConfigurationOutcome:
    """As on SIGHUP, in the process that answers. A file that is invalid changes nothing."""
    return ConfigurationOutcome.became(await podium.configuration.reload(caller))


@router.get("/versions", summary="List versions")
async def list_versions(
    *, podium: Services, caller: Caller, cursor: Cursor = None, limit: Limit = 50
) -> VersionPage:
    """Newest first, without their documents."""
    page = await podium.configuration.versions(caller, cursor=cursor, limit=limit)
    return VersionPage(items=[_summary(one) for one in page.items], next=page.next)


@router.get("/versions/{number}", summary="Read a version")
async def version(number: _Number, podium: Services, caller: Caller) -> ConfigurationVersion:
    found = await podium.configuration.version(caller, number)
    return ConfigurationVersion.model_validate(
        {**_summary(found).model_dump(), "document": found.document, "text": found.text}
    )


@router.get("/diff", summary="Two versions beside each other")
async def diff(
    podium: Services,
    caller: Caller,
    *,
    older: Annotated[_AnyNumber, Query(alias="from")],
    newer: Annotated[_AnyNumber, Query(alias="to")],
) -> DifferenceList:
    """What makes the one document of the other."""
    return DifferenceList(items=_shown(await podium.configuration.diff(caller, older, newer)))


def _shown(found: Sequence[differences.Difference]) -> list[Difference]:
    return [Difference.of(one) for one in found]


def _summary(one: versions.Version) -> VersionSummary:
    return VersionSummary(
        version=one.number,
        owner=one.owner,
        created_at=one.created_at,
        digest=one.digest,
        comment=one.comment,
        restores=one.restores,
    )


def _text(document: dict[str, JsonValue] | str) -> str:
    return document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
