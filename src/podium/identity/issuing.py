"""New credentials, and what the services of this room work with."""

from dataclasses import dataclass, field

from podium.identity.access import Authorizer
from podium.identity.keys import EVERYTHING, Scopes
from podium.identity.known import Known
from podium.identity.limits import UNLIMITED, Limits
from podium.identity.ports import Credential, DirectoryStore, IdentityStore
from podium.identity.roster import Roster
from podium.identity.secrets import hint_of, new_secret, sha256
from podium.kernel.clock import Chance, Clock
from podium.kernel.errors import Invalid
from podium.kernel.ids import Ids, UserId, WorkspaceId

_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Edges:
    store: IdentityStore
    directory: DirectoryStore
    authorizer: Authorizer
    clock: Clock
    chance: Chance
    known: Known = field(init=False)
    roster: Roster = field(init=False)
    ids: Ids = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", Known(self.clock))
        object.__setattr__(self, "roster", Roster(self.directory, self.clock))
        object.__setattr__(self, "ids", Ids(self.clock, self.chance))

    def forget_everybody(self) -> None:
        """Roles, groups or workspaces have changed: who calls next is read anew."""
        self.known.forget_all()
        self.roster.forget()


@dataclass(frozen=True, slots=True)
class Issued:
    """A new credential with its secret, which is shown this once."""

    credential: Credential
    secret: str


@dataclass(frozen=True, slots=True)
class New:
    """`seconds` is its life, None without end."""

    user: UserId
    workspace: WorkspaceId
    kind: str
    name: str
    seconds: float | None
    team: str = ""
    scopes: Scopes = EVERYTHING
    limits: Limits = UNLIMITED


async def issue(edges: Edges, new: New) -> Issued:
    now = edges.clock.now()
    secret = new_secret(new.kind, edges.chance)
    credential = Credential(
        id=edges.ids.key(),
        user=new.user,
        workspace=new.workspace,
        kind=new.kind,
        secret_sha256=sha256(secret).hex(),
        name=new.name,
        created_at=now,
        expires_at=None if new.seconds is None else now + new.seconds,
        hint=hint_of(secret),
        team=new.team,
        scopes=new.scopes,
        limits=new.limits,
    )
    await edges.store.add_credential(credential)
    return Issued(credential, secret)


def checked_name(name: str) -> str:
    """Raises Invalid."""
    shown = " ".join(name.split())
    if not shown or len(shown) > _LONGEST_NAME or not shown.isprintable():
        raise Invalid(
            f"A name needs 1 to {_LONGEST_NAME} printable characters, got {len(shown)}: "
            f"{shown[:_LONGEST_NAME]!r}."
        )
    return shown
