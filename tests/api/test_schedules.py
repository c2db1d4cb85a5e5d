"""/api/v1/schedules"""

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import FakePodium

from podium.identity.principal import Role

pytestmark = pytest.mark.anyio


def text(name: str, schedule: str) -> str:
    return (
        f"document: {{dsl: '1.0.3', namespace: acme, name: {name}, version: '1.0.0'}}\n"
        f"schedule: {schedule}\ndo:\n- a: {{set: {{b: 1}}}}\n"
    )


@pytest.fixture(autouse=True)
async def _stored(podium: FakePodium):
    for name, schedule in (
        ("nightly", "{cron: 'CRON_TZ=Europe/Berlin 0 2 * * *'}"),
        ("often", "{every: {minutes: 5}}"),
        ("paid", "{on: {one: {with: {type: paid}}}, read: data}"),
    ):
        _ = await podium.workflows.put(podium.ann, text(name, schedule), name=name)


async def test_schedules_are_listed_by_name_in_pages(ann: Caller, podium: FakePodium):
    first = (await ann.get("/api/v1/schedules?limit=2")).json
    rest = (await ann.get(f"/api/v1/schedules?limit=2&cursor={first['next']}")).json
    found = [*first["items"], *rest["items"]]
    assert [each["workflow"]["name"] for each in found] == ["nightly", "often", "paid"]
    assert rest["next"] is None
    nightly, often, paid = found
    assert (nightly["kind"], nightly["status"]) == ("cron", "active")
    assert nightly["rule"] == {"cron": "CRON_TZ=Europe/Berlin 0 2 * * *"}
    assert often["next_at"] == podium.clock.at + 300
    assert (paid["next_at"], paid["last_run"], paid["problem"]) == (None, None, None)
    assert (await ann.get(f"/api/v1/schedules/{often['id']}")).json == often


async def test_a_schedule_is_paused_and_resumed(ann: Caller, podium: FakePodium):
    (one, *_) = (await ann.get("/api/v1/schedules")).json["items"]
    target = f"/api/v1/schedules/{one['id']}"
    paused = await ann.post(f"{target}/pause")
    assert (paused.status, paused.json["status"], paused.json["next_at"]) == (200, "paused", None)
    assert paused.json["paused_at"] == podium.clock.at
    assert (await ann.post(f"{target}/pause")).status == 409
    resumed = await ann.post(f"{target}/resume")
    assert (resumed.json["status"], resumed.json["next_at"]) == ("active", one["next_at"])
    assert (await ann.post(f"{target}/resume")).status == 409


async def test_members_see_schedules_of_others_and_leave_them_alone(
    ann: Caller, podium: FakePodium
):
    bob = await podium.add_user("Bob", Role.ENGINEER)
    caller = Caller(ann.app, {"authorization": f"Bearer {await podium.key(bob)}"})
    (one, *_) = (await caller.get("/api/v1/schedules")).json["items"]
    assert (await caller.post(f"/api/v1/schedules/{one['id']}/pause")).status == 403


async def test_what_does_not_exist_is_not_found(ann: Caller, stranger: Caller):
    for call in (ann.get("/api/v1/schedules/sched_x"), ann.post("/api/v1/schedules/sched_x/pause")):
        assert (await call).status == 404
    assert (await stranger.get("/api/v1/schedules")).status == 401
