"""Who showed which secret a moment ago, so that the next request need not ask the database.

A revoked key is forgotten at once in the process that revokes it, and after `FRESH_SECONDS` in
the others. Everything here is bounded, as anybody may show secrets.
"""

import hmac
from collections import OrderedDict
from dataclasses import dataclass, field

from podium.identity.ports import Credential
from podium.identity.principal import Principal
from podium.kernel.clock import Clock
from podium.kernel.ids import KeyId

FRESH_SECONDS = 5.0
TOUCH_SECONDS = 60.0
_MOST_KNOWN = 50_000
_MOST_UNKNOWN = 10_000


@dataclass(slots=True)
class _Entry:
    """`ends` and `touch_at` are on the monotonic clock."""

    digest: bytes
    principal: Principal
    credential: KeyId
    ends: float
    touch_at: float


@dataclass(slots=True)
class Known:
    clock: Clock
    changes: int = 0
    """Goes up when something is forgotten: who read before that must not store what it read."""
    touched: dict[KeyId, float] = field(default_factory=dict[KeyId, float])
    """What was used and is not yet written, with the time."""
    _entries: OrderedDict[bytes, _Entry] = field(default_factory=OrderedDict[bytes, _Entry])
    _unknown: OrderedDict[bytes, float] = field(default_factory=OrderedDict[bytes, float])

    def find(self, digest: bytes) -> Principal | None:
        """Who it is; None where that is not known, or not known freshly enough."""
        entry = self._entries.get(digest)
        if entry is None or not hmac.compare_digest(entry.digest, digest):
            return None
        now = self.clock.monotonic()
        if now >= entry.ends:
            return None
        if now >= entry.touch_at:
            self._touch(entry, now)
        return entry.principal

    def had(self, digest: bytes) -> bool:
        """Whether it was good here before, however long ago."""
        return digest in self._entries

    def is_unknown(self, digest: bytes) -> bool:
        """Whether a moment ago nobody had it."""
        return self.clock.monotonic() < self._unknown.get(digest, 0.0)

    def keep(self, digest: bytes, principal: Principal, credential: Credential) -> None:
        now, time = self.clock.monotonic(), self.clock.now()
        ends = (credential.expires_at, _old_end(digest, credential))
        left = min([FRESH_SECONDS, *(end - time for end in ends if end is not None)])
        used = credential.used_at
        rest = 0.0 if used is None else max(0.0, used + TOUCH_SECONDS - time)
        entry = _Entry(digest, principal, credential.id, now + left, now + rest)
        self._entries[digest] = entry
        self._entries.move_to_end(digest)
        if len(self._entries) > _MOST_KNOWN:
            _ = self._entries.popitem(last=False)
        if now >= entry.touch_at:
            self._touch(entry, now)

    def keep_unknown(self, digest: bytes) -> None:
        self._unknown[digest] = self.clock.monotonic() + FRESH_SECONDS
        self._unknown.move_to_end(digest)
        if len(self._unknown) > _MOST_UNKNOWN:
            _ = self._unknown.popitem(last=False)

    def forget(self, credential: KeyId) -> None:
        """Something about it has changed."""
        self.changes += 1
        self._unknown.clear()
        for entry in self._entries.values():
            if entry.credential == credential:
                entry.ends = 0.0

    def forget_all(self) -> None:
        """Somebody has other roles, or is gone."""
        self.changes += 1
        self._unknown.clear()
        for entry in self._entries.values():
            entry.ends = 0.0

    def _touch(self, entry: _Entry, now: float) -> None:
        self.touched[entry.credential] = self.clock.now()
        entry.touch_at = now + TOUCH_SECONDS


def _old_end(digest: bytes, credential: Credential) -> float | None:
    """When a secret from before a rotation ends; None for the present one."""
    return credential.old_until if credential.old_sha256 == digest.hex() else None
