"""The use cases of workspaces, groups, users and roles."""

from dataclasses import dataclass, field, replace

import pytest
from tests.fakes_functions import TouchedIdentity, edges_of
from tests.world import FakeChance, FakeClock

from podium.identity.directory import Directory
from podium.identity.key_service import Keys, Terms
from podium.identity.known import FRESH_SECONDS
from podium.identity.principal import Kind, Principal, Role
from podium.identity.roles import LOCAL, Wish
from podium.identity.service import Identity
from podium.kernel.errors import Conflict, Invalid, NotFound, Refused, Unauthenticated
from podium.kernel.ids import BindingId, UserId, WorkspaceId

pytestmark = pytest.mark.anyio


@dataclass
class House:
    """Ann owns the organisation, Bob is an engineer of its first workspace."""

    store: TouchedIdentity = field(default_factory=TouchedIdentity)
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        people = edges_of(self.store, self.clock, FakeChance())
        self.identity: Identity = Identity(people)
        self.keys: Keys = Keys(people)
        self.directory: Directory = Directory.over(people)

    async def both(self) -> tuple[Principal, Principal]:
        start = await self.identity.start()
        session = await self.identity.accept(start.invitation, "Ann")
        ann = await self.identity.authenticate(session.secret)
        invited = await self.identity.invite(ann)
        session = await self.identity.accept(invited.secret, "Bob")
        return ann, await self.identity.authenticate(session.secret)


async def test_a_workspace_is_entered_by_its_name_by_those_who_have_a_role_there():
    house = House()
    ann, bob = await house.both()
    made = await house.directory.workspaces.create(ann, "payments")
    inside = await house.identity.enter(ann, "payments")
    assert (inside.workspace, inside.user) == (made.id, ann.user)
    assert await house.identity.enter(ann, ann.workspace) == ann
    for wanted in ("payments", made.id, "none"):
        with pytest.raises(NotFound, match=f"no workspace '{wanted}' that you may enter"):
            _ = await house.identity.enter(bob, wanted)
    assert [one.name for one in await house.directory.workspaces.list(bob)] == ["default"]
    _ = await house.directory.roles.bind(inside, Wish("viewer", bob.user))
    assert (await house.identity.enter(bob, "payments")).roles == {"viewer"}
    assert len(await house.directory.workspaces.list(bob)) == 2


async def test_a_key_is_for_the_workspace_in_which_it_was_made():
    house = House()
    ann, _ = await house.both()
    made = await house.directory.workspaces.create(ann, "payments")
    inside = await house.identity.enter(ann, "payments")
    key = await house.keys.create(inside, Terms("ci"))
    caller = await house.identity.authenticate(key.secret)
    assert caller.workspace == made.id
    assert await house.identity.enter(caller, "payments") == caller
    with pytest.raises(Refused, match="The key 'ci' is for one workspace"):
        _ = await house.identity.enter(caller, "default")
    assert [one.name for one in await house.directory.workspaces.list(caller)] == ["payments"]
    assert [one.name for one in await house.keys.mine(ann)] == []
    with pytest.raises(NotFound):
        _ = await house.keys.get(ann, key.credential.id)


async def test_a_closed_workspace_is_entered_by_nobody_and_its_keys_are_dead():
    house = House()
    ann, bob = await house.both()
    spaces = house.directory.workspaces
    with pytest.raises(Conflict, match="'default' is the only workspace"):
        await spaces.remove(ann, ann.workspace)
    made = await spaces.create(ann, "payments")
    key = await house.keys.create(await house.identity.enter(ann, "payments"), Terms("ci"))
    with pytest.raises(Refused):
        await spaces.remove(bob, bob.workspace)
    await spaces.remove(ann, made.id)
    with pytest.raises(NotFound):
        _ = await house.identity.enter(ann, "payments")
    with pytest.raises(Unauthenticated):
        _ = await house.identity.authenticate(key.secret)


async def test_names_of_workspaces_and_the_organisation_are_for_its_owners():
    house = House()
    ann, bob = await house.both()
    spaces = house.directory.workspaces
    assert (await spaces.rename_organisation(ann, " Acme  Ltd ")).name == "Acme Ltd"
    assert (await spaces.organisation(bob)).name == "Acme Ltd"
    renamed = await spaces.rename(ann, ann.workspace, "main")
    assert await spaces.get(bob, "main") == renamed
    with pytest.raises(Conflict, match="workspace 'main' already"):
        _ = await spaces.create(ann, "main")
    for wish in (spaces.create(bob, "x"), spaces.rename_organisation(bob, "x")):
        with pytest.raises(Refused, match="Bob may not"):
            _ = await wish


async def test_who_is_in_a_group_has_its_roles_from_the_next_request_on():
    house = House()
    ann, bob = await house.both()
    groups, roles = house.directory.groups, house.directory.roles
    made = await groups.create(ann, "auditors")
    _ = await roles.bind(ann, Wish("auditor", made.id, everywhere=True))
    await groups.add(ann, made.id, bob.user)
    assert await groups.members(ann, made.id) == (bob.user,)
    assert (await house.identity.enter(bob, "default")) == bob, "who calls is read anew"
    found = await house.store.directory.principal(bob.user, bob.workspace)
    assert found is not None
    assert found.roles == {"engineer", "auditor"}
    await groups.drop(ann, made.id, bob.user)
    assert await groups.members(ann, "auditors") == ()
    with pytest.raises(NotFound, match="no user user_none"):
        await groups.add(ann, made.id, UserId("user_none"))


async def test_teams_are_of_one_workspace():
    house = House()
    ann, _ = await house.both()
    teams = house.directory.teams
    _ = await house.directory.workspaces.create(ann, "payments")
    made = await teams.create(ann, "fraud")
    inside = await house.identity.enter(ann, "payments")
    assert await teams.list(inside) == ()
    with pytest.raises(NotFound, match="no team"):
        _ = await teams.get(inside, made.id)
    _ = await teams.create(inside, "fraud")
    with pytest.raises(Conflict, match="a team 'fraud' already"):
        _ = await teams.create(ann, "fraud")
    renamed = await teams.rename(ann, made.id, "risk")
    assert await teams.list(ann) == (renamed,)
    await teams.remove(ann, made.id)
    assert await teams.list(ann) == ()


async def test_a_role_over_a_team_holds_for_what_its_members_own():
    house = House()
    ann, bob = await house.both()
    team = await house.directory.teams.create(ann, "fraud")
    await house.directory.teams.add(ann, team.id, ann.user)
    _ = await house.directory.roles.bind(ann, Wish("admin", bob.user, team=team.id))
    bob = await house.identity.enter(bob, bob.workspace)
    found = await house.store.directory.principal(bob.user, bob.workspace)
    assert found is not None
    assert found.roles_for(bob.workspace, ann.user) == {"engineer", "admin"}
    assert found.roles_for(bob.workspace, bob.user) == {"engineer"}
    assert found.roles_for(WorkspaceId("ws_other"), ann.user) == frozenset()


async def test_a_service_account_is_nothing_until_it_has_a_role():
    house = House()
    ann, bob = await house.both()
    accounts = house.directory.service_accounts
    made = await accounts.create(ann, "nightly import")
    assert (made.kind, made.id[:4]) == (Kind.SERVICE_ACCOUNT, "svc_")
    with pytest.raises(Refused):
        _ = await accounts.create(bob, "mine")
    with pytest.raises(NotFound, match="There is no user user_none"):
        _ = await house.keys.create(ann, Terms("ci"), holder=UserId("user_none"))
    with pytest.raises(NotFound, match="There is no service account"):
        _ = await house.keys.create(ann, Terms("ci"), holder=bob.user)
    key = await house.keys.create(ann, Terms("ci"), holder=made.id)
    caller = await house.identity.authenticate(key.secret)
    assert (caller.user, caller.kind, caller.roles) == (made.id, Kind.SERVICE_ACCOUNT, frozenset())
    _ = await house.directory.roles.bind(ann, Wish("operator", made.id))
    assert (await house.identity.authenticate(key.secret)).roles == {"operator"}
    assert [one.id for one in await accounts.list(ann)] == [made.id]
    assert made.id not in {one.id for one in await house.directory.users.list(ann)}


async def test_who_is_disabled_is_out_at_once_here_and_soon_elsewhere():
    house = House()
    ann, bob = await house.both()
    key = await house.keys.create(bob, Terms("ci"))
    elsewhere = Identity(edges_of(house.store, house.clock, FakeChance()))
    _ = await elsewhere.authenticate(key.secret)
    assert (await house.directory.users.disable(ann, bob.user)).disabled_at == house.clock.at
    with pytest.raises(Unauthenticated):
        _ = await house.identity.authenticate(key.secret)
    house.clock.at += FRESH_SECONDS
    with pytest.raises(Unauthenticated):
        _ = await elsewhere.authenticate(key.secret)
    _ = await house.directory.users.enable(ann, bob.user)
    house.clock.at += FRESH_SECONDS
    _ = await house.identity.authenticate(key.secret)
    await house.directory.users.remove(ann, bob.user)
    assert bob.user not in {one.id for one in await house.directory.users.list(ann)}


async def test_people_are_renamed_and_their_addresses_checked():
    house = House()
    ann, bob = await house.both()
    users = house.directory.users
    new = await users.change(
        ann, bob.user, lambda one: replace(one, name=" Rob ", email="Rob@Example.org")
    )
    assert (new.name, new.email) == ("Rob", "rob@example.org")
    for email in ("rob", "@x", "a b@x", f"{'a' * 250}@x.org"):
        with pytest.raises(Invalid, match="no e-mail address"):
            _ = await users.change(ann, bob.user, lambda one, to=email: replace(one, email=to))
    with pytest.raises(Refused, match="Bob may not change this user"):
        _ = await users.change(bob, bob.user, lambda one: one)


async def test_the_owner_of_the_folder_cannot_be_locked_out():
    house = House()
    ann, _ = await house.both()
    for wish in (house.directory.users.disable, house.directory.users.remove):
        with pytest.raises(Refused, match="Guard the folder"):
            _ = await wish(ann, LOCAL)
    bound = await house.directory.roles.bindings(ann)
    local = next(one for one in bound if one.subject == LOCAL)
    with pytest.raises(Refused, match="Guard the folder"):
        await house.directory.roles.unbind(ann, local.id)


async def test_roles_are_made_bound_and_taken_away():
    house = House()
    ann, bob = await house.both()
    roles = house.directory.roles
    made = await roles.create(ann, "reviewer", " Looks   twice. ")
    assert await roles.list(bob) == (made,)
    assert made.description == "Looks twice."
    for name in ("reviewer", "owner"):
        with pytest.raises(Conflict, match="already"):
            _ = await roles.create(ann, name, "")
    for name in ("Reviewer", "", "a" * 41, "1st"):
        with pytest.raises(Invalid, match="no name for a role"):
            _ = await roles.create(ann, name, "")
    bound = await roles.bind(ann, Wish("reviewer", bob.user))
    with pytest.raises(Conflict, match="reviewer there already"):
        _ = await roles.bind(ann, Wish("reviewer", bob.user))
    await roles.unbind(ann, bound.id)
    with pytest.raises(NotFound, match="no role binding"):
        await roles.unbind(ann, BindingId("bind_none"))
    _ = await roles.bind(ann, Wish("reviewer", bob.user))
    await roles.remove(ann, "reviewer")
    with pytest.raises(Refused, match="built in"):
        await roles.remove(ann, Role.VIEWER)
    assert {one.role for one in await roles.bindings(ann)} == {"owner", "engineer"}


@pytest.mark.parametrize(
    ("wish", "error", "says"),
    [
        (Wish("boss", "user_bob"), NotFound, "no role 'boss'"),
        (Wish("viewer", "user_none"), NotFound, "nobody and no group user_none"),
        (Wish("viewer", "user_none", team="team_none"), NotFound, "no team team_none"),
        (Wish("viewer", "user_none", everywhere=True, team="team_x"), Invalid, "everywhere"),
    ],
)
async def test_a_binding_needs_a_role_somebody_and_a_place(
    wish: Wish, error: type[Exception], says: str
):
    house = House()
    ann, _ = await house.both()
    with pytest.raises(error, match=says):
        _ = await house.directory.roles.bind(ann, wish)


async def test_an_admin_of_a_workspace_gives_no_role_everywhere():
    house = House()
    ann, bob = await house.both()
    _ = await house.directory.roles.bind(ann, Wish("admin", bob.user))
    found = await house.store.directory.principal(bob.user, bob.workspace)
    assert found is not None
    _ = await house.directory.roles.bind(found, Wish("viewer", ann.user))
    with pytest.raises(Refused, match="Bob may not bind this role"):
        _ = await house.directory.roles.bind(found, Wish("owner", bob.user, everywhere=True))
    with pytest.raises(Refused, match="Bob may not create this group"):
        _ = await house.directory.groups.create(found, "mine")
