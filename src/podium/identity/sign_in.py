"""The use cases of signing in: passwords, second factors, sessions.

Who signs in is told one thing only, whatever is wrong. Failures are counted by name and by address.
"""

import hmac
from base64 import b32encode
from dataclasses import dataclass, field, replace

from podium.identity import totp
from podium.identity.issuing import Edges as IdentityEdges
from podium.identity.issuing import Issued, New, issue
from podium.identity.logins import (
    Hasher,
    Login,
    LoginStore,
    Sealer,
    check_password,
    checked_login,
)
from podium.identity.ports import Credential, CredentialKind
from podium.identity.principal import Principal
from podium.identity.secrets import sha256
from podium.identity.throttle import Throttle
from podium.kernel.errors import Conflict, Invalid, NotFound, Refused, Unauthenticated
from podium.kernel.ids import KeyId, UserId, WorkspaceId

RECOVERY_CODES = 10
_RECOVERY_BYTES = 10
_GUESSES = "wrong passwords and codes"
_WRONG = (
    "The name, the password or the code is wrong. Look at all three; who has lost a password asks "
    "an admin for a new link."
)


@dataclass(frozen=True, slots=True)
class Ages:
    """In seconds: how long a session lives, and how long a second factor counts."""

    session: float = 30 * 86_400.0
    proof: float = 600.0


@dataclass(frozen=True, slots=True)
class Edges:
    identity: IdentityEdges
    logins: LoginStore
    hasher: Hasher
    sealer: Sealer
    ages: Ages = field(default_factory=Ages)


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody signs in with, and from where."""

    name: str
    password: str
    code: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What goes into an app: the secret as people type it, and as an address for a QR code."""

    secret: str
    address: str


class SignIns:
    def __init__(self, edges: Edges) -> None:
        self._edges: Edges = edges
        clock = edges.identity.clock
        self._by_name: Throttle = Throttle(clock, 10.0, 1 / 60, _GUESSES)
        self._by_address: Throttle = Throttle(clock, 30.0, 1 / 60, _GUESSES)

    async def sign_in(self, shown: Shown) -> Issued:
        """A new session. Raises Unauthenticated, and LimitReached after many failures."""
        name = shown.name.strip().lower()
        self._by_address.check(shown.address)
        self._by_name.check(name[:300])
        login = await self._edges.logins.by_name(name)
        fits = await self._edges.hasher.fits(
            "" if login is None else login.password, shown.password
        )
        is_right = login is not None and fits and await self._may_come_in(login.user)
        if login is None or not is_right or not await self._passes(login, shown.code):
            self._by_address.failed(shown.address)
            self._by_name.failed(name[:300])
            raise Unauthenticated(_WRONG)
        issued = await self.session(login.user)
        if login.has_factor:
            await self._edges.logins.prove(issued.credential.id, self._now())
        return issued

    async def session(self, user: UserId) -> Issued:
        """It begins in the workspace where the user does."""
        home = (await self._edges.identity.directory.user(user)).workspace
        return await self._session(user, home)

    async def _session(self, user: UserId, workspace: WorkspaceId) -> Issued:
        life = self._edges.ages.session
        new = New(user, workspace, CredentialKind.SESSION, "", life)
        return await issue(self._edges.identity, new)

    async def login(self, principal: Principal) -> Login | None:
        return await self._edges.logins.of(principal.user)

    async def set_password(
        self, principal: Principal, name: str, password: str, *, current: str = ""
    ) -> Login:
        """The first one, or another in place of `current`; all other sessions end.

        Raises Invalid, Conflict for a name that is taken, Refused for a wrong present password.
        """
        _by_hand(principal)
        wanted = checked_login(name)
        check_password(password, wanted)
        seen = await self._edges.logins.of(principal.user)
        if seen is not None and seen.password:
            await self._confirm(principal, seen, current)
        hashed = await self._edges.hasher.hash(password)
        new = Login(principal.user, wanted, hashed, self._now())
        if seen is not None:
            new = replace(seen, name=wanted, password=hashed, changed_at=self._now())
        await self._edges.logins.put(new, seen=seen)
        _ = await self.end_others(principal)
        return new

    async def enrol(self, principal: Principal) -> Enrolment:
        """A new secret for codes; it counts once it is confirmed. Raises Conflict, Invalid."""
        _by_hand(principal)
        login = await self._with_password(principal)
        if login.has_factor:
            raise Conflict("You have a second factor already. Remove it first.")
        secret = self._edges.identity.chance.token(totp.SECRET_BYTES)
        sealed = self._edges.sealer.seal(secret, str(principal.user))
        await self._edges.logins.put(replace(login, factor=sealed, last_step=0), seen=login)
        return Enrolment(totp.spelled(secret), totp.address(secret, login.name))

    async def confirm(self, principal: Principal, code: str) -> tuple[str, ...]:
        """The app shows the right codes: from now on they are asked for. Answers the recovery
        codes, each of which works once in place of one. Raises Invalid, Conflict.
        """
        _by_hand(principal)
        login = await self._with_password(principal)
        if not login.factor or login.is_confirmed:
            raise Conflict("There is no second factor that waits to be confirmed. Begin again.")
        step = self._step(login, code)
        if step is None:
            raise Invalid("This is not the code of now. Look at the clock of the device.")
        chance = self._edges.identity.chance
        codes = tuple(_spelled(chance.token(_RECOVERY_BYTES)) for _ in range(RECOVERY_CODES))
        kept = tuple(sha256(one).hex() for one in codes)
        new = replace(login, is_confirmed=True, last_step=step, recovery=kept)
        await self._edges.logins.put(new, seen=login)
        return codes

    async def remove_factor(self, principal: Principal, code: str) -> None:
        """Raises Refused for a wrong code, LimitReached, Conflict."""
        _by_hand(principal)
        login = await self._prove(principal, code)
        bare = replace(login, factor="", is_confirmed=False, recovery=(), last_step=0)
        await self._edges.logins.put(bare, seen=login)

    async def step_up(self, principal: Principal, code: str) -> Issued:
        """A new session in place of the present one, which has just shown a second factor.

        Raises Refused for a wrong code or without a second factor, LimitReached.
        """
        _by_hand(principal)
        _ = await self._prove(principal, code)
        issued = await self._session(principal.user, principal.workspace)
        await self._edges.logins.prove(issued.credential.id, self._now())
        if principal.session is not None:
            await self._end(principal.user, principal.session)
        return issued

    async def prove(self, session: KeyId) -> None:
        """Where somebody else has looked at a second factor, as an identity provider does."""
        await self._edges.logins.prove(session, self._now())

    async def is_proved(self, principal: Principal) -> bool:
        """Whether the caller has shown a second factor a short while ago."""
        if principal.key is not None or principal.session is None:
            return False
        at = await self._edges.logins.proved_at(principal.session)
        return at is not None and self._now() - at < self._edges.ages.proof

    async def sessions(self, principal: Principal) -> tuple[Credential, ...]:
        """Those of the caller that live, the newest first."""
        now = self._now()
        found = await self._edges.identity.store.credentials(principal.user)
        live = [
            one
            for one in found
            if one.kind == CredentialKind.SESSION
            and one.revoked_at is None
            and (one.expires_at is None or one.expires_at > now)
        ]
        return tuple(live[::-1])

    async def end_session(self, principal: Principal, session: KeyId) -> None:
        """Raises NotFound."""
        _by_hand(principal)
        if session not in {one.id for one in await self.sessions(principal)}:
            raise NotFound(f"You have no session {session[:80]}.")
        await self._end(principal.user, session)

    async def end_others(self, principal: Principal) -> int:
        """All but the one that asks; how many."""
        others = [one for one in await self.sessions(principal) if one.id != principal.session]
        for one in others:
            await self._end(principal.user, one.id)
        return len(others)

    async def _may_come_in(self, user: UserId) -> bool:
        found = await self._edges.identity.directory.user(user)
        return found.disabled_at is None and found.removed_at is None

    async def _end(self, user: UserId, session: KeyId) -> None:
        identity = self._edges.identity
        await identity.store.revoke(user, session, self._now())
        identity.known.forget(session)

    async def _confirm(self, principal: Principal, login: Login, password: str) -> None:
        self._by_name.check(str(principal.user))
        if not await self._edges.hasher.fits(login.password, password):
            self._by_name.failed(str(principal.user))
            raise Refused("The present password is wrong.")

    async def _prove(self, principal: Principal, code: str) -> Login:
        self._by_name.check(str(principal.user))
        login = await self._edges.logins.of(principal.user)
        if login is None or not login.has_factor:
            raise Refused("You have no second factor yet. Add one on the page of your account.")
        if not await self._passes(login, code):
            self._by_name.failed(str(principal.user))
            raise Refused("This code is wrong, or was used already. Wait for the next one.")
        return await self._of(principal)

    async def _passes(self, login: Login, code: str) -> bool:
        """Whether a code is right, where one is needed; it is used up."""
        if not login.has_factor:
            return True
        step, used = self._step(login, code), sha256(code.strip().lower()).hex()
        left = tuple(one for one in login.recovery if not hmac.compare_digest(one, used))
        if step is None and len(left) == len(login.recovery):
            return False
        new = replace(login, recovery=left) if step is None else replace(login, last_step=step)
        try:
            await self._edges.logins.put(new, seen=login)
        except Conflict:
            return False  # it was used at the same moment
        return True

    def _step(self, login: Login, code: str) -> int | None:
        secret = self._edges.sealer.open(login.factor, str(login.user))
        return totp.matching(secret, code, self._now(), after=login.last_step)

    async def _of(self, principal: Principal) -> Login:
        login = await self._edges.logins.of(principal.user)
        if login is None:
            raise NotFound("You have no name to sign in with yet.")
        return login

    async def _with_password(self, principal: Principal) -> Login:
        login = await self._edges.logins.of(principal.user)
        if login is None:
            raise Invalid("Set a password first: codes are asked for beside it.")
        return login

    def _now(self) -> float:
        return self._edges.identity.clock.now()


def _by_hand(principal: Principal) -> None:
    if principal.key is not None or principal.session is None:
        raise Refused(
            "Passwords, second factors and sessions are changed by the person themselves, in a "
            "browser, and not with an API key."
        )


def _spelled(token: bytes) -> str:
    """As `abcd-efgh-…`, without signs that look alike."""
    text = b32encode(token).decode().lower().rstrip("=")
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))
