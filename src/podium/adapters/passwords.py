"""Passwords as argon2id hashes (RFC 9106): slow and large on purpose, so few at once."""

from functools import partial

from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 4
"""Of 64 MiB each."""


class Argon2Passwords:
    """A `Hasher`."""

    def __init__(self) -> None:
        self._hasher: PasswordHasher = PasswordHasher()
        self._turns: CapacityLimiter | None = None
        self._nobody: str = ""

    async def hash(self, password: str) -> str:
        return await to_thread.run_sync(partial(self._hashed, password), limiter=self._limiter())

    async def fits(self, hashed: str, password: str) -> bool:
        work = partial(self._fits, hashed, password)
        return await to_thread.run_sync(work, limiter=self._limiter())

    def _limiter(self) -> CapacityLimiter:
        if self._turns is None:
            self._turns = CapacityLimiter(AT_ONCE)
        return self._turns

    def _hashed(self, password: str) -> str:
        return self._hasher.hash(password.encode(errors="replace"))

    def _fits(self, hashed: str, password: str) -> bool:
        """Where there is no hash the same work is done over nobody's, so that names do not show."""
        self._nobody = self._nobody or self._hashed("nobody has this password")
        try:
            _ = self._hasher.verify(hashed or self._nobody, password.encode(errors="replace"))
        except (VerificationError, InvalidHashError):
            return False
        return hashed != ""
