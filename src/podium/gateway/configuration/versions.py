"""Versions of what is laid over podium.yaml: numbered from 1, stored once, never changed."""

from dataclasses import dataclass, field

from podium.kernel.ids import UserId, WorkspaceId
from podium.kernel.json import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Version:
    """`text` is the document as it was written, in YAML or JSON. `restores` is the number of the
    version that it brings back, 0 where it is new. `created_at` is seconds since 1970.
    """

    number: int
    workspace: WorkspaceId
    owner: UserId
    created_at: float
    digest: str
    comment: str = ""
    restores: int = 0
    document: JsonObject = field(default_factory=dict[str, Json])
    text: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """A change, by somebody who has seen `expected`: the number of the newest version then, 0 where
    there was none.
    """

    text: str
    expected: int
    comment: str = ""
