"""What the API needs to be given to sign people in."""

from typing import Protocol

from podium.identity.issuing import Issued
from podium.identity.logins import Login
from podium.identity.ports import Credential
from podium.identity.principal import Principal
from podium.identity.sign_in import Enrolment, Shown
from podium.kernel.ids import KeyId


class SignIns(Protocol):
    async def sign_in(self, shown: Shown) -> Issued: ...

    async def login(self, principal: Principal) -> Login | None: ...

    async def set_password(
        self, principal: Principal, name: str, password: str, *, current: str
    ) -> Login: ...

    async def enrol(self, principal: Principal) -> Enrolment: ...

    async def confirm(self, principal: Principal, code: str) -> tuple[str, ...]: ...

    async def remove_factor(self, principal: Principal, code: str) -> None: ...

    async def step_up(self, principal: Principal, code: str) -> Issued: ...

    async def sessions(self, principal: Principal) -> tuple[Credential, ...]: ...

    async def end_session(self, principal: Principal, session: KeyId) -> None: ...

    async def end_others(self, principal: Principal) -> int: ...
