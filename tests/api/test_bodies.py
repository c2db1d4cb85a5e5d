"""What comes in may be hostile."""

import anyio
import pytest
from tests.api.asgi import Caller
from tests.fakes_api import FakePodium
from tests.pace import HANGS

from podium.api.app import create_app
from podium.api.door import Door

pytestmark = pytest.mark.anyio
MEGABYTE = 1024 * 1024
JSON_ADDRESSES = ["/api/v1/runs", "/api/v1/keys", "/v1/chat/completions", "/v1/embeddings"]


@pytest.mark.parametrize("address", [*JSON_ADDRESSES, "/api/v1/workflows"])
async def test_a_body_of_20_mb_is_too_large(ann: Caller, address: str):
    answer = await ann.post(address, b" " * 20 * MEGABYTE)
    assert answer.status == 413
    assert "10,485,760" in answer.text


async def test_a_body_is_refused_by_its_announced_length_before_it_is_read(ann: Caller):
    answer = await ann.post("/api/v1/runs", b"{}", content_length=str(20 * MEGABYTE))
    assert answer.status == 413
    assert answer.code == "too_large"


async def test_a_body_of_unknown_length_is_refused_while_it_arrives(podium: FakePodium):
    app = create_app(podium, Door(max_body_bytes=1000))
    caller = Caller(app, {"authorization": f"Bearer {podium.secret}"})
    assert (await caller.post("/api/v1/runs", b"x" * 1001)).status == 413
    assert (await caller.post("/v1/chat/completions", b"x" * 1001)).status == 413


async def test_nobody_unknown_is_read_at_all(stranger: Caller):
    assert (await stranger.post("/api/v1/runs", b" " * 20 * MEGABYTE)).status == 401


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"a":' * 5000 + b"1" + b"}" * 5000, id="deep objects"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="deep lists"),
        pytest.param(b'{"input":' + b"[" * 101 + b"]" * 101 + b"}", id="a little too deep"),
        pytest.param(b"[" * 1_000_000, id="never closed"),
        pytest.param(b'{"model": "\xff\xfe"}', id="invalid UTF-8"),
        pytest.param(b"\xff\xfe{\x00}\x00", id="UTF-16"),
        pytest.param(b'{"model": NaN}', id="NaN"),
        pytest.param(b'{"model": Infinity}', id="Infinity"),
        pytest.param(b'{"model": 1e999}', id="too large a number"),
        pytest.param(b'{"model": "\\ud800"}', id="half a surrogate pair"),
        pytest.param(b'{"model": ' + b"9" * 100_000 + b"}", id="a very long integer"),
        pytest.param(b'{"model": 1,}', id="trailing comma"),
        pytest.param(b"{} {}", id="two values"),
        pytest.param(b"[1]", id="no object"),
        pytest.param(b"null", id="null"),
        pytest.param(b"\x00", id="a zero byte"),
        pytest.param(b"", id="nothing"),
    ],
)
@pytest.mark.parametrize("address", JSON_ADDRESSES)
async def test_a_hostile_body_is_invalid_and_nothing_worse(ann: Caller, address: str, body: bytes):
    with anyio.fail_after(HANGS):
        answer = await ann.post(address, body)
    assert answer.status == (400 if address.startswith("/v1/") else 422)
    assert len(answer.body) < 2000


async def test_many_brackets_that_nest_little_are_fine(ann: Caller, podium: FakePodium):
    run = await podium.run()
    wish = {"workflow": {"namespace": "support", "name": "greet"}, "input": [[[]]] * 1000}
    answer = await ann.post("/api/v1/runs", wish)
    assert answer.status == 201
    assert answer.json["id"] != run.id


async def test_brackets_inside_text_do_not_count(ann: Caller):
    answer = await ann.post("/api/v1/keys", {"name": "[" * 80})
    assert answer.status == 201


async def test_json_must_say_that_it_is_json(ann: Caller):
    answer = await ann.post("/api/v1/keys", b'{"name": "x"}', content_type="text/plain")
    assert answer.status == 422
    assert "application/json" in answer.json["detail"]


async def test_an_unknown_field_is_named(ann: Caller):
    answer = await ann.post("/api/v1/keys", {"name": "x", "expires": 5})
    assert answer.status == 422
    assert answer.json["problems"][0]["path"] == "/expires"


async def test_a_value_that_does_not_fit_is_not_repeated(ann: Caller):
    answer = await ann.post("/api/v1/keys", {"name": {"password": "hunter2"}})
    assert answer.status == 422
    assert "hunter2" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("content_type", ["application/yaml", "text/plain"])
async def test_a_document_that_is_not_utf_8_is_invalid(ann: Caller, content_type: str):
    answer = await ann.post("/api/v1/workflows", b"name: \xff", content_type=content_type)
    assert answer.status == 422
    assert "UTF-8" in answer.json["detail"]


@pytest.mark.parametrize(
    "target",
    [
        "/api/v1/runs/" + "x" * 5000,
        "/api/v1/runs/%00",
        "/api/v1/runs/..%2f..%2fetc",
        "/api/v1/runs/%ff%fe",
        "/api/v1/workflows/a/%00",
        "/api/v1/runs?limit=0",
        "/api/v1/runs?limit=201",
        "/api/v1/runs?limit=x",
        "/api/v1/runs?status=gone",
        "/api/v1/runs?created_after=nan",
        "/api/v1/runs?cursor=nonsense",
        "/api/v1/approvals?status=x",
    ],
)
async def test_a_hostile_address_is_refused(ann: Caller, target: str):
    assert (await ann.get(target)).status in {404, 422}


@pytest.mark.parametrize(("levels", "status"), [(100, 201), (101, 422), (400, 422)])
async def test_depth_has_a_limit(ann: Caller, podium: FakePodium, levels: int, status: int):
    _ = await podium.run()
    deep = b"[" * (levels - 1) + b"]" * (levels - 1)
    body = b'{"workflow": {"namespace": "support", "name": "greet"}, "input": %b}' % deep
    answer = await ann.post("/api/v1/runs", body)
    assert answer.status == status
    if status == 422:
        assert answer.json["problems"][0]["rule"] == "depth"
