from dataclasses import replace

import anyio
import pytest
from tests.contract.storage.world import (
    ANN,
    ONE,
    TWO,
    Stores,
    a_binding,
    a_group,
    a_user,
    a_workspace,
    an_organisation,
)

from podium.identity.organisation import CustomRole, Workspace
from podium.identity.principal import ORGANISATION, Kind, Principal, TeamRole
from podium.kernel.errors import Conflict, NotFound
from podium.kernel.ids import BindingId, GroupId, UserId, WorkspaceId

pytestmark = pytest.mark.anyio

BOB = UserId("user_bob")


async def _both(stores: Stores) -> None:
    """Ann and Bob, in two workspaces."""
    _ = await stores.directory.begin(an_organisation(), a_workspace())
    await stores.directory.add_workspace(a_workspace("two", at=2.0))
    for name in ("ann", "bob"):
        _ = await stores.directory.add_user(a_user(name))


async def test_the_first_workspace_is_stored_and_answered_ever_after(stores: Stores):
    with pytest.raises(NotFound, match="no organisation yet"):
        _ = await stores.directory.organisation()
    for name in ("one", "two"):
        found = await stores.directory.begin(an_organisation(name), a_workspace(name))
        assert found == a_workspace("one")
    assert await stores.directory.organisation() == an_organisation("one")
    await stores.directory.rename_organisation("Acme")
    assert (await stores.directory.organisation()).name == "Acme"


async def test_of_ten_first_workspaces_at_once_one_is_stored(pair: tuple[Stores, Stores]):
    answers: list[Workspace] = []

    async def first(stores: Stores, number: int) -> None:
        workspace = a_workspace(str(number), at=float(-number))
        answers.append(await stores.directory.begin(an_organisation(str(number)), workspace))

    async with anyio.create_task_group() as group:
        for number in range(10):
            _ = group.start_soon(first, pair[number % 2], number)
    assert len({workspace.id for workspace in answers}) == 1


async def test_workspaces_are_renamed_and_removed_and_their_names_are_free_then(stores: Stores):
    await _both(stores)
    one, two = a_workspace(), a_workspace("two", at=2.0)
    with pytest.raises(Conflict):
        await stores.directory.add_workspace(replace(two, id=WorkspaceId("ws_three")))
    with pytest.raises(Conflict):
        await stores.directory.change_workspace(replace(two, name=one.name))
    with pytest.raises(NotFound, match="no workspace ws_none"):
        await stores.directory.change_workspace(a_workspace("none"))
    await stores.directory.change_workspace(replace(one, removed_at=3.0))
    await stores.directory.change_workspace(replace(two, name=one.name))
    assert await stores.directory.workspaces() == (replace(two, name=one.name),)


async def test_users_are_listed_as_they_joined(stores: Stores):
    _ = await stores.directory.begin(an_organisation(), a_workspace())
    bob, ann = a_user("bob", at=1.0), a_user("ann", at=2.0)
    robot = replace(a_user("robot", at=3.0), kind=Kind.SERVICE_ACCOUNT)
    for one in (ann, bob, robot):
        assert await stores.directory.add_user(one) == one
    assert await stores.directory.users() == (bob, ann, robot)
    await stores.directory.remove_user(BOB, 9.0)
    assert await stores.directory.users() == (ann, robot)
    assert await stores.directory.user(BOB) == replace(bob, removed_at=9.0)


async def test_a_user_needs_a_workspace_and_an_id_and_address_of_their_own(stores: Stores):
    await _both(stores)
    directory = stores.directory
    with pytest.raises(NotFound):
        _ = await directory.add_user(a_user("eve", workspace=WorkspaceId("ws_none")))
    with pytest.raises(Conflict):
        _ = await directory.add_user(a_user())
    for look in (directory.user(UserId("user_none")), directory.change_user(a_user("none"))):
        with pytest.raises(NotFound, match="no user user_none"):
            _ = await look
    with pytest.raises(NotFound, match="no user user_none"):
        await directory.remove_user(UserId("user_none"), 1.0)
    await directory.change_user(replace(a_user(), email="ann@example.org"))
    with pytest.raises(Conflict):
        await directory.change_user(replace(a_user("bob"), email="ann@example.org"))
    await directory.remove_user(ANN, 5.0)
    await directory.change_user(replace(a_user("bob"), email="ann@example.org"))


async def test_groups_and_teams_have_names_of_their_own_in_their_place(stores: Stores):
    await _both(stores)
    directory = stores.directory
    every = (a_group(), a_group("b"), a_group(workspace=ORGANISATION), a_group("x", workspace=TWO))
    for group in every:
        await directory.add_group(group)
    assert await directory.groups(ONE) == (every[1], every[0])
    assert await directory.groups(ORGANISATION) == (every[2],)
    with pytest.raises(Conflict):
        await directory.add_group(replace(a_group(), id=GroupId("team_other")))
    with pytest.raises(Conflict):
        await directory.rename_group(a_group().id, "b")
    with pytest.raises(NotFound, match="no group team_none"):
        await directory.rename_group(GroupId("team_none"), "c")
    await directory.rename_group(a_group().id, "c")
    assert [one.name for one in await directory.groups(ONE)] == ["b", "c"]


async def test_members_come_once_and_go(stores: Stores):
    await _both(stores)
    directory, team = stores.directory, a_group()
    await directory.add_group(team)
    for user in (BOB, ANN, ANN):
        await directory.add_member(team.id, user)
    assert await directory.members(team.id) == (ANN, BOB)
    await directory.remove_member(team.id, ANN)
    assert await directory.members(team.id) == (BOB,)
    for parent, user in ((GroupId("team_none"), ANN), (team.id, UserId("user_none"))):
        with pytest.raises(NotFound):
            await directory.add_member(parent, user)


async def test_bindings_are_those_of_a_place_or_of_one(stores: Stores):
    await _both(stores)
    directory = stores.directory
    first, second = a_binding(), a_binding("2", subject="user_bob", workspace=ORGANISATION)
    for one in (first, second):
        await directory.add_binding(one)
    assert await directory.bindings(ONE) == (first,)
    assert await directory.bindings(ORGANISATION) == (second,)
    assert await directory.bindings_of("user_bob") == (second,)
    with pytest.raises(Conflict):
        await directory.add_binding(a_binding("3"))
    await directory.remove_binding(BindingId("bind_1"))
    assert await directory.bindings(ONE) == ()


async def test_a_principal_has_the_roles_of_its_groups_and_teams_in_that_place(stores: Stores):
    await _both(stores)
    directory, team, group = stores.directory, a_group(), a_group(workspace=ORGANISATION)
    elsewhere = a_group("far", workspace=TWO)
    for one in (team, group, elsewhere):
        await directory.add_group(one)
        await directory.add_member(one.id, ANN)
    await directory.add_member(team.id, BOB)
    for number, binding in enumerate(
        (
            a_binding(role="viewer"),
            a_binding(role="auditor", subject=group.id, workspace=ORGANISATION),
            a_binding(role="operator", subject=team.id),
            a_binding(role="admin", team=team.id),
            a_binding(role="owner", workspace=TWO),
            a_binding(role="owner", subject=elsewhere.id, workspace=TWO),
            a_binding(role="owner", subject="user_bob"),
        )
    ):
        await directory.add_binding(replace(binding, id=BindingId(f"bind_{number}")))
    assert await directory.principal(ANN, ONE) == Principal(
        user=ANN,
        workspace=ONE,
        name="Ann",
        roles=frozenset({"viewer", "auditor", "operator"}),
        everywhere=frozenset({"auditor"}),
        over=(TeamRole("admin", team.id, frozenset({ANN, BOB})),),
        groups=frozenset({group.name}),
        teams=frozenset({team.name}),
    )
    assert await directory.principal(UserId("user_none"), ONE) is None
    assert await directory.principal(ANN, WorkspaceId("ws_none")) is None


async def test_what_is_removed_takes_its_roles_with_it(stores: Stores):
    await _both(stores)
    directory, team = stores.directory, a_group()
    await directory.add_group(team)
    await directory.add_member(team.id, ANN)
    await directory.add_role(CustomRole("reviewer", "Looks", 1.0, "user_bob"))
    for number, binding in enumerate(
        (
            a_binding(subject=team.id),
            a_binding(role="admin", team=team.id),
            a_binding(role="reviewer"),
            a_binding(subject="user_bob"),
        )
    ):
        await directory.add_binding(replace(binding, id=BindingId(f"bind_{number}")))
    await directory.remove_group(team.id)
    assert [one.id for one in await directory.bindings(ONE)] == ["bind_2", "bind_3"]
    await directory.remove_role("reviewer")
    assert [one.id for one in await directory.bindings(ONE)] == ["bind_3"]
    await directory.remove_user(BOB, 5.0)
    assert await directory.bindings(ONE) == ()


async def test_roles_have_names_of_their_own(stores: Stores):
    role = CustomRole("reviewer", "Looks twice.", 1.0, "user_ann")
    await stores.directory.add_role(role)
    with pytest.raises(Conflict):
        await stores.directory.add_role(role)
    assert await stores.directory.roles() == (role,)
    await stores.directory.remove_role("reviewer")
    assert await stores.directory.roles() == ()
