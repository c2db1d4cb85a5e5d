"""Ids: a prefix that names the kind, then 26 characters that sort by time (ULID alphabet)."""

from typing import NewType

from podium.kernel.clock import Chance, Clock

RunId = NewType("RunId", str)
WorkspaceId = NewType("WorkspaceId", str)
UserId = NewType("UserId", str)
KeyId = NewType("KeyId", str)
ApprovalId = NewType("ApprovalId", str)
ScheduleId = NewType("ScheduleId", str)
DelegationId = NewType("DelegationId", str)
OrganisationId = NewType("OrganisationId", str)
GroupId = NewType("GroupId", str)
BindingId = NewType("BindingId", str)

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_HALF = 8
"""Characters, each five bits out of a byte; the short tokens that chance has at hand."""

_LETTERS = bytes(ord(_ALPHABET[byte & 31]) for byte in range(256))


def _time(millis: int) -> str:
    return "".join([_ALPHABET[(millis >> shift) & 31] for shift in range(45, -1, -5)])


class Ids:
    """Makes ids; give it a fixed clock and chance and it repeats itself."""

    def __init__(self, clock: Clock, chance: Chance) -> None:
        self._clock: Clock = clock
        self._chance: Chance = chance
        self._millis: int = -1
        self._time: str = ""
        """How `_millis` is spelled: many calls begin in one millisecond."""

    def _new(self, prefix: str) -> str:
        millis = int(self._clock.now() * 1000)
        if millis != self._millis:
            self._millis, self._time = millis, _time(millis)
        token = self._chance.token
        tail = (token(_HALF) + token(_HALF)).translate(_LETTERS).decode()
        return f"{prefix}_{self._time}{tail}"

    def run(self) -> RunId:
        return RunId(self._new("run"))

    def workspace(self) -> WorkspaceId:
        return WorkspaceId(self._new("ws"))

    def user(self) -> UserId:
        return UserId(self._new("user"))

    def service_account(self) -> UserId:
        """What acts is one kind of thing, whether a person or a program: their ids are too."""
        return UserId(self._new("svc"))

    def organisation(self) -> OrganisationId:
        return OrganisationId(self._new("org"))

    def team(self) -> GroupId:
        return GroupId(self._new("team"))

    def group(self) -> GroupId:
        return GroupId(self._new("group"))

    def binding(self) -> BindingId:
        return BindingId(self._new("bind"))

    def key(self) -> KeyId:
        return KeyId(self._new("key"))

    def approval(self) -> ApprovalId:
        return ApprovalId(self._new("appr"))

    def delegation(self) -> DelegationId:
        return DelegationId(self._new("dele"))

    def schedule(self) -> ScheduleId:
        return ScheduleId(self._new("sched"))

    def audit(self) -> str:
        """An id for one event of the audit trail."""
        return self._new("aud")

    def call(self) -> str:
        """An id for one gateway call."""
        return self._new("call")
