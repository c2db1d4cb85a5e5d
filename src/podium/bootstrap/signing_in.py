"""How people sign in, over the stores and the keys of the folder."""

from dataclasses import dataclass
from pathlib import Path

from podium.adapters.passwords import Argon2Passwords
from podium.adapters.sealing import KeySealer
from podium.adapters.storage.stores import SqlStores
from podium.bootstrap.key_files import sign_in_key
from podium.identity.issuing import Edges as IdentityEdges
from podium.identity.principal import Principal
from podium.identity.service import Identity
from podium.identity.sign_in import Ages, Edges, SignIns
from podium.settings import Settings


@dataclass(frozen=True, slots=True)
class Proofs:
    """An `Assurance`: what the settings ask for before a high risk."""

    sign_ins: SignIns
    needed: bool

    async def is_proved(self, principal: Principal) -> bool:
        return not self.needed or await self.sign_ins.is_proved(principal)


@dataclass(frozen=True, slots=True)
class Signing:
    identity: Identity
    sign_ins: SignIns
    proofs: Proofs


def signing(
    settings: Settings, folder: Path, *, stores: SqlStores, people: IdentityEdges
) -> Signing:
    wanted = settings.sign_in
    sealer = KeySealer(sign_in_key(folder, people.chance), people.chance)
    ages = Ages(wanted.session, wanted.proof)
    sign_ins = SignIns(Edges(people, stores.logins, Argon2Passwords(), sealer, ages))
    identity = Identity(people, idle=wanted.idle)
    return Signing(identity, sign_ins, Proofs(sign_ins, wanted.second_factor == "required"))
