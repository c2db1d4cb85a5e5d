"""/api/v1/keys: API keys, for programs."""

from dataclasses import replace
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from podium.api.bodies import StrictRoute
from podium.api.context import Caller, Services
from podium.api.limits import LimitsBody
from podium.identity.issuing import Issued
from podium.identity.key_service import OVERLAP_SECONDS, Terms
from podium.identity.keys import Reach, Scopes
from podium.identity.ports import Credential
from podium.kernel.ids import KeyId, UserId

router: Final = APIRouter(prefix="/api/v1/keys", tags=["keys"], route_class=StrictRoute)

KeyPath = Annotated[str, Path(max_length=64)]
_Models = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=200)]],
    Field(
        max_length=100,
        description="Models and routes that it may ask for, by name or by patterns such as "
        "`gpt-*`; empty: all.",
        examples=[["gpt-*", "default"]],
    ),
]
_Operations = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=40)]],
    Field(max_length=20, description="What it may ask of a model; empty: everything."),
]
_Reach = Annotated[
    Reach, Field(description="`gateway`: the addresses below /v1 alone; `all`: everything.")
]
_Team = Annotated[str, Field(max_length=80, description="Who pays, and shares limits; any name.")]
_Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Name = Annotated[str, Field(min_length=1, max_length=80, examples=["nightly import"])]


class NewKey(BaseModel, extra="forbid"):
    name: _Name
    seconds: _Seconds | None = Field(
        default=None, description="Its life; null: until it is revoked."
    )
    team: _Team = ""
    models: _Models = []
    operations: _Operations = []
    reach: _Reach = Reach.ALL
    limits: LimitsBody = LimitsBody()
    service_account: str | None = Field(
        default=None, max_length=64, description="Whose it is; null: yours."
    )

    def terms(self) -> Terms:
        return Terms(
            name=self.name,
            team=self.team,
            scopes=Scopes(tuple(self.models), tuple(self.operations), self.reach),
            limits=self.limits.value(),
            seconds=self.seconds,
        )


class KeyChange(BaseModel, extra="forbid"):
    """What is null stays as it is; `limits` take the place of all limits that it had."""

    name: _Name | None = None
    seconds: _Seconds | None = Field(default=None, description="Its life from now on.")
    team: _Team | None = None
    models: _Models | None = None
    operations: _Operations | None = None
    reach: _Reach | None = None
    limits: LimitsBody | None = None

    def change(self, terms: Terms) -> Terms:
        old = terms.scopes
        scopes = Scopes(
            old.models if self.models is None else tuple(self.models),
            old.operations if self.operations is None else tuple(self.operations),
            old.reach if self.reach is None else self.reach,
        )
        return replace(
            terms,
            name=terms.name if self.name is None else self.name,
            team=terms.team if self.team is None else self.team,
            scopes=scopes,
            limits=terms.limits if self.limits is None else self.limits.value(),
            seconds=self.seconds,
        )


class Rotation(BaseModel, extra="forbid"):
    overlap: float = Field(
        default=OVERLAP_SECONDS,
        ge=0,
        allow_inf_nan=False,
        description="Seconds for which the secret before works on.",
    )


class Key(BaseModel):
    """Times are seconds since 1970."""

    id: str
    name: str
    owner: str = Field(description="The user as whom it acts.")
    hint: str = Field(description="How its secret begins.")
    created_at: float
    expires_at: float | None
    used_at: float | None
    disabled_at: float | None
    old_until: float | None = Field(description="Until when the secret before works.")
    team: str
    models: list[str]
    operations: list[str]
    reach: Reach
    limits: LimitsBody

    @classmethod
    def of(cls, credential: Credential) -> "Key":
        return cls.model_validate(_shown(credential))


class IssuedKey(Key):
    secret: str = Field(description="Shown this once; podium keeps only its hash.")

    @classmethod
    def issued(cls, issued: Issued) -> "IssuedKey":
        return cls.model_validate({**_shown(issued.credential), "secret": issued.secret})


class KeyList(BaseModel):
    items: list[Key]


@router.get("", summary="List keys")
async def list_keys(
    podium: Services,
    caller: Caller,
    of: Annotated[
        Literal["me", "workspace"], Query(description="`workspace`: those of everybody.")
    ] = "me",
) -> KeyList:
    """Those that are not revoked, newest first; never their secrets."""
    found = await (podium.keys.mine(caller) if of == "me" else podium.keys.all(caller))
    return KeyList(items=[Key.of(key) for key in found])


@router.post("", status_code=201, summary="Create a key")
async def create(wish: NewKey, podium: Services, caller: Caller) -> IssuedKey:
    """It acts as you, or as a service account, in this workspace. Keep the secret: it is not shown
    again. A team, and more than the limits that all keys have, take the right to change terms.
    """
    holder = None if wish.service_account is None else UserId(wish.service_account)
    return IssuedKey.issued(await podium.keys.create(caller, wish.terms(), holder=holder))


@router.get("/{key}", summary="Look at a key")
async def get(key: KeyPath, podium: Services, caller: Caller) -> Key:
    return Key.of(await podium.keys.get(caller, KeyId(key)))


@router.patch("/{key}", summary="Change what a key is for")
async def change(wish: KeyChange, podium: Services, caller: Caller, *, key: KeyPath) -> Key:
    """Takes the right to change terms."""
    return Key.of(await podium.keys.change(caller, KeyId(key), wish.change))


@router.post("/{key}/rotate", summary="Give a key a new secret")
async def rotate(
    key: KeyPath, podium: Services, caller: Caller, *, wish: Rotation | None = None
) -> IssuedKey:
    """The secret before works on for the overlap."""
    overlap = (wish or Rotation()).overlap
    issued = await podium.keys.rotate(caller, KeyId(key), overlap=overlap)
    return IssuedKey.issued(issued)


@router.post("/{key}/disable", summary="Switch a key off")
async def disable(key: KeyPath, podium: Services, caller: Caller) -> Key:
    """Until it is enabled."""
    return Key.of(await podium.keys.disable(caller, KeyId(key)))


@router.post("/{key}/enable", summary="Switch a key on again")
async def enable(key: KeyPath, podium: Services, caller: Caller) -> Key:
    return Key.of(await podium.keys.enable(caller, KeyId(key)))


@router.delete("/{key}", status_code=204, summary="Revoke a key", response_class=Response)
async def revoke(key: KeyPath, podium: Services, caller: Caller) -> None:
    """It stops working at once, for good."""
    await podium.keys.revoke(caller, KeyId(key))


def _shown(one: Credential) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "owner": one.user,
        "hint": one.hint,
        "created_at": one.created_at,
        "expires_at": one.expires_at,
        "used_at": one.used_at,
        "disabled_at": one.disabled_at,
        "old_until": one.old_until,
        "team": one.team,
        "models": list(one.scopes.models),
        "operations": list(one.scopes.operations),
        "reach": one.scopes.reach,
        "limits": LimitsBody.of(one.limits),
    }
