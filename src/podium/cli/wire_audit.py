"""The API's answers about the audit trail; see `wire`."""

from collections.abc import Mapping

import msgspec


class AuditEvent(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    at: float
    action: str
    actor: str = ""
    actor_kind: str = ""
    via: str = ""
    kind: str = ""
    resource: str = ""
    outcome: str = ""
    policy: str = ""
    source: str = ""
    request: str = ""
    trace: str = ""
    details: Mapping[str, object] = {}


class Defect(msgspec.Struct, frozen=True, kw_only=True):
    rule: str
    message: str
    position: int
    until: int
    entry: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    ok: bool
    entries: int
    checkpoints: int
    root: str
    trusted: str
    key: str
    waiting: int = 0
    pinned: int = 0
    defect: Defect | None = None
