"""How a person signs in without a link: a name, a password, and a second factor."""

from dataclasses import dataclass
from typing import Protocol

from podium.kernel.errors import Invalid
from podium.kernel.ids import KeyId, UserId

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
"""Characters: more would only cost time. NIST SP 800-63B asks for 64 at least."""
_SHORTEST_NAME, _LONGEST_NAME = 3, 254


@dataclass(frozen=True, slots=True)
class Login:
    """`password` is an argon2id hash, "" for who signs in elsewhere. `factor` is the sealed secret
    of codes, "" without; it counts once it is confirmed. `last_step` is that of the newest code
    used, `recovery` the SHA-256 of the codes that are left. `revision` counts changes.
    """

    user: UserId
    name: str
    password: str
    changed_at: float
    factor: str = ""
    is_confirmed: bool = False
    last_step: int = 0
    recovery: tuple[str, ...] = ()
    revision: int = 0

    @property
    def has_factor(self) -> bool:
        return self.is_confirmed and self.factor != ""


class LoginStore(Protocol):
    async def by_name(self, name: str) -> Login | None: ...

    async def of(self, user: UserId) -> Login | None: ...

    async def put(self, login: Login, *, seen: Login | None) -> None:
        """Raises Conflict where the name is somebody else's, or the stored one is not as seen."""
        ...

    async def prove(self, session: KeyId, at: float) -> None:
        """A second factor was shown for this session."""
        ...

    async def proved_at(self, session: KeyId) -> float | None: ...


class Hasher(Protocol):
    async def hash(self, password: str) -> str: ...

    async def fits(self, hashed: str, password: str) -> bool:
        """In the time of one hash, also where `hashed` is ""."""
        ...


class Sealer(Protocol):
    """Keeps small secrets readable for this installation alone, each bound to what it is about."""

    def seal(self, secret: bytes, about: str) -> str: ...

    def open(self, sealed: str, about: str) -> bytes:
        """Raises Unavailable where it was sealed by another installation, or for something else."""
        ...


def checked_login(name: str) -> str:
    """A name to sign in with, in lower case. Raises Invalid."""
    given = name.strip().lower()
    if not _SHORTEST_NAME <= len(given) <= _LONGEST_NAME or not given.isprintable() or " " in given:
        raise Invalid(
            f"A name to sign in with has {_SHORTEST_NAME} to {_LONGEST_NAME} characters and no "
            f"spaces, such as an e-mail address; got {len(given)}: {given[:40]!r}."
        )
    return given


def check_password(password: str, name: str) -> None:
    """By NIST SP 800-63B: length, and not what anybody tries first. Raises Invalid."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid(
            f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters, got "
            f"{len(password)}. Several words in a row are easy to remember."
        )
    plain = password.lower()
    own = [part for part in name.replace("@", ".").split(".") if len(part) > 3]  # noqa: PLR2004
    stripped = plain
    for part in [*own, "podium", "password", "passwort"]:
        stripped = stripped.replace(part, "")
    if len(set(plain)) < 5 or len(stripped) < SHORTEST_PASSWORD // 2:  # noqa: PLR2004
        raise Invalid(
            "This password is what anybody tries first: it is your name, the word itself, or few "
            "characters again and again. Choose several words that have nothing to do with you."
        )
