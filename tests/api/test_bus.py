"""/api/v1/events: events come in, in each of the modes that HTTP has for them."""

import json
from urllib.parse import quote

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import FakePodium

pytestmark = pytest.mark.anyio

EVENT = {
    "specversion": "1.0",
    "id": "1",
    "source": "https://shop.example",
    "type": "paid",
    "data": {"order": 7},
}
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
TEXT = """\
document: {dsl: '1.0.3', namespace: acme, name: ship, version: '1.0.0'}
schedule: {on: {one: {with: {type: paid}}}, read: data}
do:
- ship: {set: {shipped: true}}
"""


async def test_a_structured_event_is_stored_once(ann: Caller, podium: FakePodium):
    answer = await ann.post("/api/v1/events", EVENT, content_type=STRUCTURED)
    assert answer.status == 202
    said = {"source": "https://shop.example", "id": "1", "fresh": True, "runs": []}
    assert answer.json == {"items": [said]}
    again = await ann.post("/api/v1/events", EVENT, content_type=f"{STRUCTURED}; charset=utf-8")
    assert again.json == {"items": [{**said, "fresh": False}]}
    (stored,) = podium.stores.events.rows
    assert stored.event.envelope == EVENT
    assert stored.owner == podium.ann.user


async def test_a_batch_is_published_in_its_order(ann: Caller, podium: FakePodium):
    batch = [{**EVENT, "id": str(number)} for number in range(3)]
    answer = await ann.post("/api/v1/events", batch, content_type=BATCH)
    assert [each["id"] for each in answer.json["items"]] == ["0", "1", "2"]
    assert [row.event.id for row in podium.stores.events.rows] == ["0", "1", "2"]


async def test_in_binary_mode_attributes_are_headers(ann: Caller, podium: FakePodium):
    headers = {
        "ce_specversion": "1.0",
        "ce_id": "7",
        "ce_source": "/shop",
        "ce_type": "paid",
        "ce_subject": quote("Bestellung für Ülkü"),
        "ce_roomid": "12",
    }
    answer = await ann.post(
        "/api/v1/events", json.dumps({"n": 1}).encode(), content_type="application/json", **headers
    )
    assert answer.status == 202, answer.text
    (stored,) = podium.stores.events.rows
    assert stored.event.envelope == {
        "specversion": "1.0",
        "id": "7",
        "source": "/shop",
        "type": "paid",
        "subject": "Bestellung für Ülkü",
        "roomid": "12",
        "datacontenttype": "application/json",
        "data": {"n": 1},
    }


@pytest.mark.parametrize(
    ("media", "body", "expected"),
    [
        ("text/plain", b"hi", {"data": "hi"}),
        ("image/png", b"\x00", {"data_base64": "AA=="}),
        ("application/json", b"", {}),
        ("application/json", b"null", {"data": None}),
    ],
)
async def test_data_of_other_kinds(
    ann: Caller, podium: FakePodium, media: str, body: bytes, expected: dict[str, object]
):
    more = {"ce_specversion": "1.0", "ce_id": "7", "ce_source": "/shop", "ce_type": "paid"}
    answer = await ann.post("/api/v1/events", body, content_type=media, **more)
    assert answer.status == 202, answer.text
    (stored,) = podium.stores.events.rows
    found = {
        name: stored.event.envelope[name]
        for name in ("data", "data_base64")
        if name in stored.event.envelope
    }
    assert found == expected


@pytest.mark.parametrize(
    ("media", "body", "says"),
    [
        (STRUCTURED, b"{", "not JSON"),
        (STRUCTURED, b"[]", "is a JSON object"),
        (STRUCTURED, b'{"specversion": "1.0"}', "needs 'id'"),
        (STRUCTURED, b"[" * 100_000, ""),
        (BATCH, b"{}", "a JSON array"),
        (BATCH, json.dumps([EVENT, {}]).encode(), "'specversion': '1.0', got None"),
        (BATCH, json.dumps([EVENT] * 1001).encode(), "at most 1000 events"),
        ("application/cloudevents+xml", b"<a/>", "Events come in JSON"),
        ("application/json", json.dumps(EVENT).encode(), "no CloudEvent"),
        ("", b"", "no CloudEvent"),
    ],
)
async def test_what_is_no_event_is_refused_and_nothing_is_stored(
    ann: Caller, podium: FakePodium, media: str, body: bytes, says: str
):
    answer = await ann.post("/api/v1/events", body, content_type=media)
    assert answer.status == 422
    assert says in answer.json["detail"]
    assert podium.stores.events.rows == []


async def test_an_event_starts_what_is_scheduled_for_it(ann: Caller, podium: FakePodium):
    _ = await podium.workflows.put(podium.ann, TEXT, name="ship")
    podium.clock.at += 1
    answer = await ann.post("/api/v1/events", EVENT, content_type=STRUCTURED)
    (run,) = answer.json["items"][0]["runs"]
    found = (await ann.get(f"/api/v1/runs/{run}")).json
    assert (found["input"], found["workflow"]["name"]) == ([{"order": 7}], "ship")


async def test_a_stranger_publishes_nothing(stranger: Caller, podium: FakePodium):
    answer = await stranger.post("/api/v1/events", EVENT, content_type=STRUCTURED)
    assert answer.status == 401
    assert podium.stores.events.rows == []
