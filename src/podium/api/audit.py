"""/api/v1/audit: who did what, and proof that nothing of it was changed. For admins."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from fastapi.responses import PlainTextResponse, StreamingResponse
from pydantic import BaseModel, Field

from podium.api.bodies import StrictRoute
from podium.api.context import Caller, Services
from podium.api.paging import Cursor, Limit, Page
from podium.governance.audit.events import Event as Told
from podium.governance.audit.exports import Format
from podium.governance.audit.keys import read_public_key
from podium.governance.audit.notes import read_checkpoint, read_checkpoints
from podium.governance.audit.ports import EntryQuery
from podium.governance.audit.verification import Report as Found
from podium.kernel.audit import Outcome

router: Final = APIRouter(prefix="/api/v1/audit", tags=["audit"], route_class=StrictRoute)

_Wish = Annotated[str | None, Query(max_length=250)]
_Time = Annotated[float | None, Query(allow_inf_nan=False, description="Seconds since 1970.")]
_EventPath = Annotated[str, Path(max_length=250)]
_Text = Annotated[str, Field(max_length=1_000_000)]
_KINDS: Final = {Format.JSONL: "application/jsonl", Format.OCSF: "application/jsonl"}


class AuditEvent(BaseModel):
    """One thing that somebody did or was denied."""

    id: str
    at: float = Field(description="Seconds since 1970.")
    action: str = Field(examples=["key.rotate"])
    actor: str = Field(description="The id of a user or run; empty where nobody is known.")
    actor_kind: str = Field(examples=["user"])
    via: str = Field(description="The API key that the actor came with.")
    kind: str = Field(description="Of the resource.", examples=["key"])
    resource: str
    outcome: Outcome
    policy: str = Field(description="The rule by which it was decided.")
    source: str = Field(description="The network address that asked.")
    request: str
    trace: str
    details: dict[str, object] = Field(description="Ids, counts and digests.")

    @classmethod
    def of(cls, event: Told) -> "AuditEvent":
        return cls.model_validate(
            {name: getattr(event, name) for name in cls.model_fields if name != "details"}
            | {"details": dict(event.details)}
        )


class AuditPage(Page[AuditEvent]):
    pass


class Proof(BaseModel):
    """That an entry is in the trail: to be checked without podium's database."""

    entry: str = Field(description="The entry as it was stored and hashed.")
    position: int
    path: list[str] = Field(description="Hashes from the entry to the root, as RFC 6962 has them.")
    checkpoint: str = Field(description="A signed checkpoint of the tree.")


class Consistency(BaseModel):
    """That the newer checkpoint begins with all of the older."""

    old: str
    new: str
    path: list[str]


class Checkpoint(BaseModel):
    checkpoint: _Text = Field(description="As `GET /api/v1/audit/checkpoint` answered it once.")


class Pins(BaseModel, extra="forbid"):
    """What is known of the trail elsewhere."""

    checkpoints: _Text = Field(
        default="", description="Checkpoints that were kept, with empty lines between them."
    )
    key: Annotated[str, Field(max_length=500)] = Field(
        default="", description="The first public key of the trail; empty: as this podium knows it."
    )


class Defect(BaseModel):
    rule: str = Field(examples=["altered"])
    message: str
    position: int = Field(description="Of the first bad entry, from 0.")
    until: int = Field(description="Of the last one that it may be.")
    entry: str = Field(description="The first bad entry's id, where it has one.")


class Report(BaseModel):
    ok: bool
    entries: int
    checkpoints: int
    root: str = Field(description="In hexadecimal digits.")
    trusted: str = Field(description="The public key from which signatures were followed.")
    key: str = Field(description="The public key that signs now.")
    waiting: int = Field(description="Entries that are stored and not sealed yet.")
    pinned: int = Field(description="Checkpoints from elsewhere that were compared.")
    defect: Defect | None

    @classmethod
    def of(cls, found: Found) -> "Report":
        said = found.defect
        defect = None
        if said is not None:
            defect = Defect(
                rule=said.rule,
                message=said.message,
                position=said.position,
                until=said.until,
                entry=said.entry,
            )
        return cls(
            ok=found.ok,
            entries=found.entries,
            checkpoints=found.checkpoints,
            root=found.root.hex(),
            trusted=found.trusted,
            key=found.key,
            waiting=found.waiting,
            pinned=found.pinned,
            defect=defect,
        )


class PublicKey(BaseModel):
    key: str = Field(description="As signed notes spell it: name, hash and key.")


@router.get("", summary="List audit events")
async def list_events(  # noqa: PLR0913 - filters
    *,
    podium: Services,
    caller: Caller,
    action: _Wish = None,
    actor: _Wish = None,
    resource: _Wish = None,
    outcome: Annotated[Outcome | None, Query()] = None,
    since: _Time = None,
    until: _Time = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AuditPage:
    """Newest first. A page may have fewer items than asked for, and still a next one."""
    query = EntryQuery(
        caller.workspace,
        action=action,
        actor=actor,
        resource=resource,
        outcome=None if outcome is None else outcome.value,
        since=since,
        until=until,
    )
    page = await podium.audit.list(caller, query, cursor=cursor, limit=limit)
    return AuditPage(items=[AuditEvent.of(one) for one in page.items], next=page.next)


@router.get("/export", summary="Export audit events", response_class=StreamingResponse)
async def export(
    *,
    podium: Services,
    caller: Caller,
    form: Annotated[Format, Query(alias="format")] = Format.JSONL,
    since: _Time = None,
    until: _Time = None,
) -> StreamingResponse:
    """One event a line, the oldest first: JSON Lines, OCSF 1.5.0 or CEF. That is told too."""
    query = EntryQuery(caller.workspace, since=since, until=until)
    lines = await podium.audit.export(caller, query, form)
    return StreamingResponse(_ended(lines), media_type=_KINDS.get(form, "text/plain"))


async def _ended(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    async for line in lines:
        yield f"{line}\n"


@router.get("/checkpoint", summary="Seal, and get the checkpoint", response_class=PlainTextResponse)
async def checkpoint(podium: Services, caller: Caller) -> PlainTextResponse:
    """The signed size and root of the trail as it is now. Keep it elsewhere: against it alone it is
    found when entries are cut off at the end.
    """
    return PlainTextResponse((await podium.audit.checkpoint(caller)).note)


@router.get("/key", summary="Get the public key")
async def key(podium: Services) -> PublicKey:
    """The first one of the trail."""
    return PublicKey(key=podium.audit.public_key)


@router.post("/verify", summary="Verify the trail")
async def verify(podium: Services, caller: Caller, *, pins: Pins | None = None) -> Report:
    """Everything is computed again; the first bad entry is named."""
    given = pins or Pins()
    trusted = read_public_key(given.key) if given.key else None
    found = await podium.audit.verify(caller, read_checkpoints(given.checkpoints), trusted)
    return Report.of(found)


@router.post("/consistency", summary="Prove that a checkpoint still holds")
async def consistency(old: Checkpoint, podium: Services, caller: Caller) -> Consistency:
    proof = await podium.audit.consistency(caller, read_checkpoint(old.checkpoint))
    return Consistency(old=proof.old, new=proof.new, path=list(proof.path))


@router.post("/rotate", summary="Rotate the key that signs")
async def rotate(podium: Services, caller: Caller) -> PublicKey:
    """The old key vouches for the new one in a checkpoint that both sign."""
    return PublicKey(key=str(await podium.audit.rotate(caller)))


@router.get("/{event}", summary="Look at an audit event")
async def get(event: _EventPath, podium: Services, caller: Caller) -> AuditEvent:
    return AuditEvent.of(await podium.audit.get(caller, event))


@router.get("/{event}/proof", summary="Prove that an event is in the trail")
async def prove(event: _EventPath, podium: Services, caller: Caller) -> Proof:
    """To be checked without podium: `podium audit verify --proof FILE --public-key FILE`."""
    proof = await podium.audit.prove(caller, event)
    return Proof(
        entry=proof.entry,
        position=proof.position,
        path=list(proof.path),
        checkpoint=proof.checkpoint,
    )
