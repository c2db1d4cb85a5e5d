"""The configuration over stores in memory: what is in force, and what changes it."""

from dataclasses import dataclass, field, replace

import anyio
import pytest
from tests.fakes_access import RULE
from tests.fakes_configurations import FakeMachine, MemoryConfigurations
from tests.unit.gateway.fakes import ANA, StillClock

from podium.gateway.configuration.differences import Difference, differences
from podium.gateway.configuration.service import Configuration, Edges
from podium.gateway.configuration.versions import Wish
from podium.identity.principal import Role
from podium.kernel.errors import Conflict, Invalid, NotFound, Refused, Unavailable
from podium.kernel.ids import WorkspaceId

pytestmark = pytest.mark.anyio

ADMIN = replace(ANA, roles=frozenset({Role.ADMIN}))
ONE, TWO = '{"routes": {"a": 1}}', '{"routes": {"a": 2, "b": 3}}'


@dataclass
class Place:
    store: MemoryConfigurations = field(default_factory=MemoryConfigurations)
    machine: FakeMachine = field(default_factory=FakeMachine)
    told: list[str] = field(default_factory=list)
    ignored: bool = False

    def process(self, machine: FakeMachine | None = None) -> Configuration:
        """One of those that share the store."""
        edges = Edges(
            self.store,
            machine or self.machine,
            RULE,
            StillClock(),
            ADMIN.workspace,
            ignored=self.ignored,
        )
        return Configuration(edges, told=self.told.append)


async def test_a_change_is_stored_and_in_force_at_once():
    place = Place()
    here = place.process()
    outcome = await here.change(ADMIN, Wish(ONE, 0, "first"))
    assert (outcome.version, outcome.in_force) == (1, True)
    assert outcome.differences == (Difference("add", "/routes", after={"a": 1}),)
    stored = await here.version(ADMIN, 1)
    assert (stored.owner, stored.comment, stored.text) == (ADMIN.user, "first", ONE)
    assert stored.document == {"routes": {"a": 1}}
    standing = await here.standing(ADMIN)
    assert (standing.version, standing.newest) == (1, 1)
    assert standing.effective == {"routes": {"a": 1}}


async def test_what_is_invalid_is_neither_stored_nor_in_force():
    place = Place()
    here = place.process()
    _ = await here.change(ADMIN, Wish(ONE, 0))
    with pytest.raises(Invalid) as refused:
        _ = await here.change(ADMIN, Wish('{"bad": 1}', 1))
    assert refused.value.problems[0].path == "/bad"
    assert list(place.store.rows) == [1]
    assert place.machine.effective == {"routes": {"a": 1}}


async def test_who_has_not_seen_the_newest_version_is_told():
    here = Place().process()
    _ = await here.change(ADMIN, Wish(ONE, 0))
    with pytest.raises(Conflict, match="newest version is 1, and you have seen 0"):
        _ = await here.change(ADMIN, Wish(TWO, 0))


async def test_of_two_changes_at_once_in_two_processes_one_wins():
    place = Place()
    one, other = place.process(FakeMachine()), place.process(FakeMachine())
    results: list[str] = []

    async def change(process: Configuration, text: str) -> None:
        try:
            _ = await process.change(ADMIN, Wish(text, 0))
            results.append("stored")
        except Conflict:
            results.append("conflict")

    async with anyio.create_task_group() as group:
        group.start_soon(change, one, ONE)
        group.start_soon(change, other, TWO)
    assert sorted(results) == ["conflict", "stored"]
    assert list(place.store.rows) == [1]


async def test_what_cannot_be_stored_does_not_come_into_force():
    class Down(MemoryConfigurations):
        async def add(self, version: object) -> None:
            raise Unavailable("The database does not answer.")

    place = Place(store=Down())
    with pytest.raises(Unavailable):
        _ = await place.process().change(ADMIN, Wish(ONE, 0))
    assert place.machine.taken == []


async def test_an_older_version_comes_back_as_a_new_one():
    here = Place().process()
    for seen, text in enumerate((ONE, TWO)):
        _ = await here.change(ADMIN, Wish(text, seen))
    outcome = await here.roll_back(ADMIN, 1, Wish("", 2, "oops"))
    assert outcome.version == 3
    newest = await here.version(ADMIN, 3)
    assert (newest.restores, newest.text, newest.comment) == (1, ONE, "oops")
    _ = await here.roll_back(ADMIN, 0, Wish("", 3))
    assert (await here.standing(ADMIN)).effective == {}
    with pytest.raises(NotFound):
        _ = await here.roll_back(ADMIN, 9, Wish("", 4))


async def test_versions_are_listed_and_compared():
    here = Place().process()
    for seen, text in enumerate((ONE, TWO)):
        _ = await here.change(ADMIN, Wish(text, seen))
    page = await here.versions(ADMIN, cursor=None, limit=10)
    assert [one.number for one in page.items] == [2, 1]
    assert await here.diff(ADMIN, 1, 2) == (
        Difference("replace", "/routes/a", 1, 2),
        Difference("add", "/routes/b", after=3),
    )
    assert await here.diff(ADMIN, 1, 0) == (Difference("remove", "/routes", {"a": 1}),)


async def test_a_check_changes_nothing():
    place = Place()
    ready = await place.process().check(ADMIN, ONE)
    assert ready.differences == (Difference("add", "/routes", after={"a": 1}),)
    assert (place.store.rows, place.machine.taken) == ({}, [])


async def test_the_file_is_read_again_with_the_newest_version_over_it():
    place = Place()
    here = place.process()
    _ = await here.change(ADMIN, Wish(ONE, 0))
    place.machine.written = {"cache": 1}
    outcome = await here.reload(ADMIN)
    assert outcome.version == 1
    assert place.machine.effective == {"cache": 1, "routes": {"a": 1}}


async def test_a_file_that_is_gone_changes_nothing_and_is_told_of():
    place = Place()
    here = place.process()
    _ = await here.change(ADMIN, Wish(ONE, 0))
    place.machine.gone = True
    with pytest.raises(NotFound):
        _ = await here.reload(ADMIN)
    standing = await here.standing(ADMIN)
    assert standing.effective == {"routes": {"a": 1}}
    assert "no file" in standing.problem
    place.machine.gone = False
    _ = await here.reload(ADMIN)
    assert not (await here.standing(ADMIN)).problem


async def test_another_process_takes_what_one_has_stored():
    place = Place()
    one, other = place.process(), place.process(theirs := FakeMachine())
    _ = await one.change(ADMIN, Wish(ONE, 0))
    await other.look()
    await other.look()
    assert theirs.taken == [{"routes": {"a": 1}}]
    assert place.told == ["Version 1 of the configuration is in force."]


async def test_a_version_that_another_process_cannot_take_is_told_of_once():
    class Older(FakeMachine):
        async def prepare(self, text: str, *, name: str, afresh: bool = False):
            raise Invalid(f"{name} has 1 problem: no route 'a' here.")

    place = Place()
    other = place.process(Older())
    _ = await place.process().change(ADMIN, Wish(ONE, 0))
    await other.look()
    await other.look()
    (told,) = place.told
    assert "Version 1 cannot be taken" in told
    standing = await other.standing(ADMIN)
    assert (standing.version, standing.newest, standing.problem) == (0, 1, told)


async def test_where_versions_are_ignored_they_are_stored_and_not_in_force():
    place = Place(ignored=True)
    here = place.process()
    outcome = await here.change(ADMIN, Wish(ONE, 0))
    assert (outcome.version, outcome.in_force) == (1, False)
    assert place.machine.taken == []
    assert (await here.reload(ADMIN)).version == 0


@pytest.mark.parametrize("verb", ["standing", "check", "change", "roll_back", "versions",
                                  "version", "diff", "reload"])  # fmt: skip
async def test_only_admins_of_the_installation_see_and_change_it(verb: str):
    here = Place().process()
    words = {
        "check": (ONE,),
        "change": (Wish(ONE, 0),),
        "roll_back": (0, Wish("", 0)),
        "version": (1,),
        "diff": (0, 0),
    }
    more = {"cursor": None, "limit": 1} if verb == "versions" else {}
    elsewhere = replace(ADMIN, workspace=WorkspaceId("ws_other"))
    for principal, error in ((ANA, Refused), (elsewhere, NotFound)):
        with pytest.raises(error):
            _ = await getattr(here, verb)(principal, *words.get(verb, ()), **more)


async def test_a_comment_has_an_end():
    with pytest.raises(Invalid, match="1000 characters"):
        _ = await Place().process().change(ADMIN, Wish(ONE, 0, "x" * 1001))


def test_documents_differ_member_by_member_and_arrays_as_one():
    before = {"a": {"b": [1, 2], "c~/": 1}, "d": None}
    after = {"a": {"b": [1, 3], "c~/": 2}, "e": 1}
    assert [(one.op, one.path) for one in differences(before, after)] == [
        ("replace", "/a/b"),
        ("replace", "/a/c~0~1"),
        ("remove", "/d"),
        ("add", "/e"),
    ]
    assert differences(before, before) == ()
