from dataclasses import replace
from functools import partial

import anyio
import pytest
from sqlalchemy import text
from tests.contract.storage.world import ANN, NASTY, ONE, TWO, Stores, a_run, add, begin, finish

from podium.adapters.storage.database import Database
from podium.adapters.storage.events import SqlEvents
from podium.identity.principal import Principal
from podium.kernel.errors import Invalid
from podium.kernel.ids import WorkspaceId
from podium.kernel.json import Json
from podium.workflows.events.cloudevents import Event, event
from podium.workflows.events.filters import Correlate, Filter, Free, Known, place
from podium.workflows.events.ports import Stored, Subscription

pytestmark = pytest.mark.anyio

PRINCIPAL = Principal(ANN, ONE, "Ann")
PLAN = """
EXPLAIN QUERY PLAN SELECT * FROM subscriptions
WHERE workspace = 'a' AND serial > 0 AND ((interest = 'i' AND key = 'k'))
AND NOT EXISTS (SELECT * FROM runs WHERE runs.id = subscriber AND ended_at IS NOT NULL)
ORDER BY serial LIMIT 500
"""
BY_ORDER = Correlate("${ .data.order }", Known("7"))


def an_event(id: str = "1", *, type: str = "paid", data: Json = None) -> Event:
    return event({"specversion": "1.0", "id": id, "source": "/shop", "type": type, "data": data})


def wants(
    filter: Filter | None = None,
    *,
    run: str = "run_1",
    path: str = "/do/hear",
    at: float = 100.0,
    workspace: WorkspaceId = ONE,
) -> Subscription:
    return Subscription(workspace, run, path, 0, filter or Filter({"type": "paid"}), at)


def at(filter: Filter) -> dict[str, str]:
    interest, key = place(filter)
    return {interest.digest: key}


async def _add(stores: Stores, said: Event | None = None, *, when: float = 100.0) -> Stored:
    stored, fresh, _ = await stores.events.add(PRINCIPAL, said or an_event(), at=when)
    assert fresh
    return stored


async def _who(stores: Stores, filter: Filter, workspace: WorkspaceId = ONE) -> str:
    found = await stores.events.waiting(workspace, at(filter), after=0, limit=100)
    return " ".join(each.subscriber for each in found)


async def test_an_event_comes_back_as_it_was_added(stores: Stores):
    said = an_event(data={"text": NASTY * 500, "n": 2**60})
    stored = await _add(stores, said)
    assert stored.event == said
    (found,) = await stores.events.since(ONE, "paid", at=0.0, after=0, limit=10)
    assert found == stored


async def test_the_same_source_and_id_again_is_the_stored_event(stores: Stores):
    first = await _add(stores, an_event("1", data="first"))
    stored, fresh, _ = await stores.events.add(PRINCIPAL, an_event("1", data="other"), at=200.0)
    assert (stored, fresh) == (first, False)
    other = Principal(ANN, TWO, "Ann")
    _, fresh, _ = await stores.events.add(other, an_event("1"), at=200.0)
    assert fresh, "another workspace has events of its own"


async def test_of_ten_at_once_with_one_id_one_is_new(pair: tuple[Stores, Stores]):
    fresh: list[bool] = []

    async def publish(stores: Stores) -> None:
        fresh.append((await stores.events.add(PRINCIPAL, an_event(), at=1.0))[1])

    async with anyio.create_task_group() as group:
        for number in range(10):
            _ = group.start_soon(publish, pair[number % 2])
    assert sorted(fresh) == [False] * 9 + [True]


async def test_an_event_that_nobody_asks_for_is_routed_at_once(stores: Stores):
    _ = await _add(stores)
    assert await stores.events.unrouted(before=1000.0, limit=10) == []


async def test_an_event_that_somebody_may_ask_for_is_left_until_it_is_routed(stores: Stores):
    _ = await stores.events.subscribe([wants()])
    stored, _, interests = await stores.events.add(PRINCIPAL, an_event(), at=150.0)
    (digest,) = interests
    assert (interests[digest].type, interests[digest].of) == ("paid", ())
    assert await stores.events.unrouted(before=150.0, limit=10) == []
    assert await stores.events.unrouted(before=151.0, limit=10) == [stored]
    assert await stores.events.interests(stored) == interests
    _, _, again = await stores.events.add(PRINCIPAL, an_event(), at=152.0)
    assert again == interests, "it was not handed on to the end"
    await stores.events.routed([stored.serial])
    assert await stores.events.unrouted(before=1000.0, limit=10) == []
    _, _, again = await stores.events.add(PRINCIPAL, an_event(), at=153.0)
    assert again == {}


async def test_events_meet_interests_of_their_type_and_of_any(stores: Stores):
    for run, attributes in (("1", {"type": "paid"}), ("2", {"type": "sent"}), ("3", {"id": "1"})):
        _ = await stores.events.subscribe([wants(Filter(attributes), run=f"run_{run}")])
    _, _, met = await stores.events.add(PRINCIPAL, an_event(type="paid"), at=150.0)
    assert sorted(each.type for each in met.values()) == ["", "paid"]


async def test_who_waits_is_found_by_interest_and_key(stores: Stores):
    mine = Filter({"type": "paid"}, {"order": BY_ORDER}, {"input": {"text": NASTY * 500}})
    other = replace(mine, correlate={"order": replace(BY_ORDER, expect=Known("8"))})
    _ = await stores.events.subscribe([wants(mine, run="run_1")])
    _ = await stores.events.subscribe([wants(other, run="run_2")])
    _ = await stores.events.subscribe([wants(mine, run="run_3", workspace=TWO)])
    assert await _who(stores, mine) == "run_1"
    (found,) = await stores.events.waiting(ONE, at(mine), after=0, limit=9)
    assert replace(found, serial=0) == wants(mine, run="run_1")
    assert await stores.events.waiting(ONE, at(mine), after=found.serial, limit=9) == []


async def test_waiting_anew_takes_the_place_of_what_was_waited_for_there(stores: Stores):
    two = [wants(), replace(wants(Filter({"type": "sent"})), position=1)]
    _ = await stores.events.subscribe(two)
    _ = await stores.events.subscribe([wants(path="/do/other")])
    _ = await stores.events.subscribe([wants(Filter({"type": "gone"}), at=120.0)])
    assert await _who(stores, Filter({"type": "paid"})) == "run_1"
    assert await _who(stores, Filter({"type": "sent"})) == ""
    assert await _who(stores, Filter({"type": "gone"})) == "run_1"


async def test_waiting_ends_at_a_path_and_below_it(stores: Stores):
    for path in ("/do/try", "/do/try/one", "/do/try_not", "/do"):
        _ = await stores.events.subscribe([wants(path=path)])
    _ = await stores.events.subscribe([wants(run="run_2", path="/do/try")])
    await stores.events.unsubscribe("run_1", "/do/try")
    found = await stores.events.waiting(ONE, at(wants().filter), after=0, limit=9)
    left = [(each.subscriber, each.path) for each in found]
    assert left == [("run_1", "/do/try_not"), ("run_1", "/do"), ("run_2", "/do/try")]
    await stores.events.unsubscribe("run_1", "")
    assert await _who(stores, wants().filter) == "run_2"


async def test_a_run_that_has_ended_is_not_told(stores: Stores):
    _ = await add(stores, a_run("1"))
    _ = await stores.events.subscribe([wants(run="run_1")])
    await begin(stores, "run_1")
    assert await _who(stores, wants().filter) == "run_1"
    _ = await finish(stores, "run_1", 200.0)
    assert await _who(stores, wants().filter) == ""


async def test_keys_are_kept_for_those_who_look_back(stores: Stores):
    first = await _add(stores, an_event("1"), when=100.0)
    second = await _add(stores, an_event("2"), when=110.0)
    third = await _add(stores, an_event("3"), when=120.0)
    for each, key in ((first, "a"), (second, "a"), (third, "b")):
        await stores.events.keep_keys(each, {"one": key, "two": "x"})
        await stores.events.keep_keys(each, {"one": key})
    kept = partial(stores.events.kept, ONE, ("one", "a"), limit=10)
    assert await kept(at=0.0) == [first, second]
    assert await kept(at=100.0) == [second], "later than that moment"
    assert await stores.events.kept(TWO, ("one", "a"), at=0.0, limit=10) == []
    assert await stores.events.kept(ONE, ("two", "x"), at=0.0, limit=2) == [second, third]


async def test_since_when_an_interest_is_known(stores: Stores):
    filter = Filter({"type": "paid"}, {"order": BY_ORDER})
    digest = place(filter)[0].digest
    first = await stores.events.subscribe([wants(filter, at=100.0)])
    again = await stores.events.subscribe([wants(filter, run="run_2", at=5000.0)])
    assert (first, again) == ({digest: 100.0}, {digest: 100.0})


async def test_past_events_come_by_type_and_in_order(stores: Stores):
    for number, type in enumerate(("paid", "sent", "paid", "paid")):
        _ = await _add(stores, an_event(str(number), type=type), when=100.0 + number)

    async def ids(type: str, **more: float) -> str:
        asked = {"at": 0.0, "after": 0, "limit": 10, **more}
        found = await stores.events.since(
            ONE, type, at=asked["at"], after=int(asked["after"]), limit=int(asked["limit"])
        )
        return " ".join(each.event.id for each in found)

    assert await ids("paid") == "0 2 3"
    assert await ids("") == "0 1 2 3"
    assert await ids("paid", at=102.0) == "3"
    assert await ids("paid", limit=2) == "0 2"
    first = (await stores.events.since(ONE, "paid", at=0.0, after=0, limit=1))[0].serial
    assert await ids("paid", after=float(first)) == "2 3"


async def test_old_events_are_forgotten_page_by_page(stores: Stores):
    for number in range(5):
        stored = await _add(stores, an_event(str(number)), when=100.0 + number)
        await stores.events.keep_keys(stored, {"one": "a"})
    assert await stores.events.prune(before=103.0, limit=2) == 2
    assert await stores.events.prune(before=103.0, limit=2) == 1
    found = await stores.events.since(ONE, "", at=0.0, after=0, limit=10)
    assert [each.event.id for each in found] == ["3", "4"]
    assert await stores.events.kept(ONE, ("one", "a"), at=0.0, limit=10) == found


async def test_who_waited_and_ended_long_ago_is_forgotten_with_what_they_asked_for(stores: Stores):
    for name, ended in (("1", 200.0), ("2", 900.0), ("3", None)):
        _ = await add(stores, a_run(name))
        await begin(stores, f"run_{name}")
        filter = Filter({"type": f"type {name}"})
        _ = await stores.events.subscribe([wants(filter, run=f"run_{name}")])
        if ended is not None:
            _ = await finish(stores, f"run_{name}", ended)
    _ = await stores.events.subscribe([wants(Filter({"type": "type s"}), run="sched_1")])
    assert await stores.events.prune(before=500.0, limit=10) == 0
    left = [
        name
        for name in ("1", "2", "3", "s")
        if (await stores.events.add(PRINCIPAL, an_event(name, type=f"type {name}"), at=600.0))[2]
    ]
    assert left == ["2", "3", "s"], "a run that ended lately may be resumed, a schedule stays"
    assert await _who(stores, Filter({"type": "type 3"})) == "run_3"
    assert await _who(stores, Filter({"type": "type s"})) == "sched_1"


async def test_free_correlations_are_kept_with_the_filter(stores: Stores):
    filter = Filter({"type": "paid"}, {"room": Correlate("${ .roomid }", Free())})
    _ = await stores.events.subscribe([wants(filter)])
    (found,) = await stores.events.waiting(ONE, at(filter), after=0, limit=9)
    assert found.filter == filter


async def test_an_attribute_too_long_to_be_looked_up_is_refused(stores: Stores):
    if type(stores.events).__name__ == "MemoryEvents":
        pytest.skip("memory has no indexes")
    with pytest.raises(Invalid, match="at most 1000 bytes"):
        _ = await stores.events.add(PRINCIPAL, an_event("x" * 2000), at=1.0)


async def test_subscribing_and_publishing_at_once_lose_nothing(pair: tuple[Stores, Stores]):
    """Each of them sees the other, or the other sees it."""
    heard: list[str] = []

    async def listen(stores: Stores, name: str) -> None:
        filter = Filter({"type": name})
        _ = await stores.events.subscribe([wants(filter, run=f"run_{name}", at=100.0)])
        found = await stores.events.since(ONE, name, at=0.0, after=0, limit=10)
        heard.extend(f"{name} past" for _ in found)

    async def publish(stores: Stores, name: str) -> None:
        _, _, interests = await stores.events.add(PRINCIPAL, an_event(name, type=name), at=100.0)
        if interests and await _who(stores, Filter({"type": name})):
            heard.append(f"{name} live")

    names = [f"n{number}" for number in range(20)]
    async with anyio.create_task_group() as group:
        for name in names:
            _ = group.start_soon(listen, pair[0], name)
            _ = group.start_soon(publish, pair[1], name)
    assert {each.partition(" ")[0] for each in heard} == set(names)


async def test_who_waits_is_found_by_an_index(database: Database):
    """Whatever the number of those who wait for other keys."""
    store = SqlEvents(database)
    filter = Filter({"type": "paid"}, {"order": BY_ORDER})
    for number in range(300):
        known = replace(BY_ORDER, expect=Known(str(number)))
        mine = replace(filter, correlate={"order": known})
        _ = await store.subscribe([wants(mine, run=f"run_{number}")])
    if database.engine.dialect.name == "sqlite":
        plan = await database.read(lambda c: [str(row) for row in c.execute(text(PLAN)).all()])
        assert "subscriptions_by_place (workspace=? AND interest=? AND key=?" in "".join(plan)
    found = await store.waiting(ONE, at(filter), after=0, limit=9)
    assert [each.subscriber for each in found] == ["run_7"]
