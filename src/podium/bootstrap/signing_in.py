"""How people sign in, over the stores and the keys of the folder."""

from dataclasses import dataclass
from pathlib import Path

from podium.adapters.http.client import HttpClient
from podium.adapters.openid import Client, OpenIdProvider
from podium.adapters.passwords import Argon2Passwords
from podium.adapters.sealing import KeySealer
from podium.adapters.storage.stores import SqlStores
from podium.bootstrap.key_files import sign_in_key
from podium.identity.federation import Edges as FederationEdges
from podium.identity.federation import Federated, Federation
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
    federated: Federated | None


@dataclass(frozen=True, slots=True)
class Means:
    stores: SqlStores
    people: IdentityEdges
    http: HttpClient


def signing(settings: Settings, folder: Path, means: Means) -> Signing:
    stores, people = means.stores, means.people
    wanted = settings.sign_in
    sealer = KeySealer(sign_in_key(folder, people.chance), people.chance)
    ages = Ages(wanted.session, wanted.proof)
    sign_ins = SignIns(Edges(people, stores.logins, Argon2Passwords(), sealer, ages))
    identity = Identity(people, idle=wanted.idle)
    proofs = Proofs(sign_ins, wanted.second_factor == "required")
    federated = _federated(settings, means, sealer=sealer, sign_ins=sign_ins)
    return Signing(identity, sign_ins, proofs, federated)


def _federated(
    settings: Settings, means: Means, *, sealer: KeySealer, sign_ins: SignIns
) -> Federated | None:
    wanted = settings.sign_in.oidc
    if wanted is None:
        return None
    client = Client(
        issuer=wanted.issuer,
        id=wanted.client_id,
        secret=settings.reveal(wanted.client_secret),
        scopes=tuple(wanted.scopes),
        groups=wanted.groups_claim,
    )
    provider = OpenIdProvider(client, means.http, means.people.clock)
    edges = FederationEdges(
        identity=means.people,
        provider=provider,
        links=means.stores.links,
        sealer=sealer,
        sign_ins=sign_ins,
        roles=wanted.roles,
    )
    return Federated(wanted.name, wanted.url, Federation(edges))
