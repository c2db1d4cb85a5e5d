"""What the API says of people, roles and policies, as far as commands look at it."""

import msgspec


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace, team, group, user or service account."""

    id: str
    name: str
    created_at: float
    email: str = ""
    disabled_at: float | None = None


class Role(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    description: str
    is_built_in: bool


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    role: str
    subject: str
    everywhere: bool
    team: str
    created_at: float
    created_by: str


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    text: str
    created_at: float
    created_by: str
    note: str


class DecidingBinding(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    role: str
    subject: str
    workspace: str
    team: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    allowed: bool
    policies: tuple[str, ...]
    message: str
    roles: tuple[str, ...]
    bindings: tuple[DecidingBinding, ...]


class Failing(msgspec.Struct, frozen=True, kw_only=True):
    index: int
    decision: Decision


class FailingList(msgspec.Struct, frozen=True, kw_only=True):
    tried: int
    items: tuple[Failing, ...]


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    users: dict[str, dict[str, tuple[str, ...]]]
