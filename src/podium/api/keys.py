"""/api/v1/keys: API keys, for programs."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from podium.api.bodies import StrictRoute
from podium.api.context import Caller, Services
from podium.identity.ports import Credential
from podium.kernel.ids import KeyId

router: Final = APIRouter(prefix="/api/v1/keys", tags=["keys"], route_class=StrictRoute)


class NewKey(BaseModel, extra="forbid"):
    name: str = Field(min_length=1, max_length=80, examples=["nightly import"])
    seconds: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="Its life; null: until it is revoked."
    )


class Key(BaseModel):
    """Times are seconds since 1970."""

    id: str
    name: str
    created_at: float
    expires_at: float | None
    used_at: float | None

    @classmethod
    def of(cls, credential: Credential) -> "Key":
        return cls(
            id=credential.id,
            name=credential.name,
            created_at=credential.created_at,
            expires_at=credential.expires_at,
            used_at=credential.used_at,
        )


class IssuedKey(Key):
    secret: str = Field(description="Shown this once; podium keeps only its hash.")


class KeyList(BaseModel):
    items: list[Key]


@router.get("", summary="List your keys")
async def list_keys(podium: Services, caller: Caller) -> KeyList:
    """Those that are not revoked, newest first."""
    return KeyList(items=[Key.of(key) for key in await podium.identity.keys(caller)])


@router.post("", status_code=201, summary="Create a key")
async def create(wish: NewKey, podium: Services, caller: Caller) -> IssuedKey:
    """It acts as you. Keep the secret: it is not shown again."""
    issued = await podium.identity.create_key(caller, wish.name, seconds=wish.seconds)
    made = issued.credential
    return IssuedKey(
        id=made.id,
        name=made.name,
        created_at=made.created_at,
        expires_at=made.expires_at,
        used_at=made.used_at,
        secret=issued.secret,
    )


@router.delete("/{key}", status_code=204, summary="Revoke a key", response_class=Response)
async def revoke(
    key: Annotated[str, Path(max_length=64)], podium: Services, caller: Caller
) -> None:
    """It stops working at once."""
    await podium.identity.revoke_key(caller, KeyId(key))
