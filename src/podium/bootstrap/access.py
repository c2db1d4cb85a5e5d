"""Who may do what: the policies in force, and the organisation that they are about."""

from dataclasses import dataclass

from podium.adapters.storage.stores import SqlStores
from podium.governance.access import Authorizer
from podium.governance.policies.rule import CedarRule
from podium.governance.policies.service import Edges as PolicyEdges
from podium.governance.policies.service import Policies
from podium.identity.directory import Directory
from podium.identity.issuing import Edges as IdentityEdges
from podium.kernel.clock import Chance, Clock


@dataclass(frozen=True, slots=True)
class Access:
    policies: Policies
    people: IdentityEdges
    directory: Directory


@dataclass(frozen=True, slots=True)
class Ground:
    """`authorizer` is the rule, whose decisions are told."""

    stores: SqlStores
    rule: CedarRule
    authorizer: Authorizer
    clock: Clock
    chance: Chance


async def open_access(on: Ground) -> Access:
    """Raises Invalid where the stored policies are not for this podium."""
    directory, authorizer = on.stores.directory, on.authorizer
    policies = Policies(PolicyEdges(on.stores.policies, directory, on.rule, authorizer, on.clock))
    await policies.load()
    people = IdentityEdges(on.stores.identity, directory, authorizer, on.clock, on.chance)
    return Access(policies, people, Directory.over(people))
