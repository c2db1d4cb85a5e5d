import pytest
from tests.unit.cli.fake_server import TOKEN, FakePodium, Plot, served

from podium.cli.client import client
from podium.kernel.errors import (
    Conflict,
    Invalid,
    LimitReached,
    NotFound,
    Problem,
    Unauthenticated,
    Unavailable,
)

pytestmark = pytest.mark.anyio

_WISH = {"workflow": {"namespace": "support", "name": "triage"}, "input": {"text": "hi"}}


async def test_a_run_is_started_once_for_a_key():
    async with served(FakePodium()) as url, client(url, TOKEN) as api:
        first = await api.start_run(_WISH, key="b/0")
        again = await api.start_run(_WISH, key="b/0")
        other = await api.start_run(_WISH, key="b/1")
    assert first.id == again.id != other.id
    assert str(first.workflow) == "support/triage"


async def test_all_pages_of_a_list_are_read():
    fake = FakePodium()
    async with served(fake) as url, client(url, TOKEN) as api:
        for place in range(250):
            _ = await api.start_run(_WISH, key=f"b/{place}")
        found = [run.id async for run in api.all_runs({"batch": "b"})]
    assert len(set(found)) == 250


async def test_a_run_that_waits_for_a_person_has_settled_and_one_on_a_timer_has_not():
    fake = FakePodium(lambda given: Plot("waiting", waiting_on=str(given)))
    async with served(fake) as url, client(url, TOKEN) as api:
        for given, settled in (("approval: refund", True), ("timer until noon", False)):
            run = await api.start_run({**_WISH, "input": given})
            assert (await api.run(run.id)).is_settled is settled


async def test_a_refused_document_brings_its_findings():
    reason = {"message": "No task.", "rule": "required", "path": "/do", "line": 3, "column": 1}
    fake = FakePodium(workflow_problem={"problems": [reason]})
    async with served(fake) as url, client(url, TOKEN) as api:
        with pytest.raises(Invalid) as refused:
            _ = await api.store_workflow("do: []")
    assert refused.value.problems == (Problem("No task.", "required", "/do", 3, 1),)


async def test_what_is_not_there_is_not_found():
    async with served(FakePodium()) as url, client(url, TOKEN) as api:
        with pytest.raises(NotFound, match="There is no run run_x"):
            _ = await api.run("run_x")


async def test_a_missing_key_is_told_with_the_remedy():
    async with served(FakePodium()) as url, client(url, None) as api:
        with pytest.raises(Unauthenticated, match="Set PODIUM_API_KEY"):
            _ = await api.checks()


async def test_a_limit_says_when_to_come_again():
    async with served(FakePodium(busy=1)) as url, client(url, TOKEN) as api:
        with pytest.raises(LimitReached) as refused:
            _ = await api.start_run(_WISH)
    assert refused.value.retry_after == 0


async def test_a_decision_about_something_else_is_a_conflict():
    approval: dict[str, object] = {
        "id": "appr_1",
        "run": "run_1",
        "title": "t",
        "payload_digest": "d",
    }
    fake = FakePodium(approvals={"appr_1": approval})
    async with served(fake) as url, client(url, TOKEN) as api:
        with pytest.raises(Conflict, match="changed since you looked"):
            _ = await api.decide("appr_1", "approve", {"expected_digest": "other"})


async def test_no_server_is_unavailable_with_the_remedy():
    async with client("http://127.0.0.1:1", TOKEN) as api:
        assert not await api.alive()
        with pytest.raises(Unavailable, match="Start one with `podium up`"):
            _ = await api.checks()


async def test_what_is_no_url_is_invalid():
    async with client("no url", TOKEN) as api:
        with pytest.raises(Invalid, match="is no URL"):
            _ = await api.checks()


async def test_names_with_slashes_and_spaces_stay_one_part_of_the_address():
    fake = FakePodium()
    async with served(fake) as url, client(url, TOKEN) as api:
        _ = await api.batch("a b?c")
    assert fake.seen[-1] == ("GET", "/api/v1/batches/a%20b%3Fc")


async def test_events_arrive_one_by_one_and_comments_are_skipped():
    event = {
        "type": "podium.model.completed.v1",
        "time": "2026-11-22T09:20:04Z",
        "data": {"kind": "model"},
    }
    async with served(FakePodium(events=[event, event])) as url, client(url, TOKEN) as api:
        found = [one async for one in api.events("run_1")]
    assert [one.type for one in found] == ["podium.model.completed.v1"] * 2
