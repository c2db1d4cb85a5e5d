"""The cache of a real podium: what callers get, at what cost, and what the upstream is spared."""

import http.client
import json
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

import anyio
import pytest
from tests.contract.caching.server import URL, a_redis
from tests.service.drill import Place, podium_in, until
from tests.service.faults import FAULTS
from tests.service.faulty_upstream import FaultyUpstream, faulty
from tests.unit.gateway.fakes import StillClock

CONFIG = """version: 1
gateway: {{retries: 0}}
cache: {{store: "{store}"}}
providers:
  faulty: {{protocol: openai_chat, base_url: "{url}/v1", api_key_env: "", free: true}}
models:
  m: {{provider: faulty}}
  unwell: {{provider: faulty}}
  busy: {{provider: faulty}}
routes:
  kept: {{targets: [m], cache: {{mode: exact, scope: workspace}}}}
  short: {{targets: [unwell], cache: {{mode: exact, ttl: 500ms, stale: 1h}}}}
  shared: {{targets: [busy], cache: {{mode: exact}}}}
  plain: {{targets: [m]}}
"""


@dataclass(frozen=True, slots=True)
class Said:
    status: int
    cache: str
    age: str
    call: str
    body: bytes

    @property
    def text(self) -> str:
        if b"data: " not in self.body:
            return str(json.loads(self.body)["choices"][0]["message"]["content"])
        lines = self.body.split(b"\n")
        events = [line[6:] for line in lines if line.startswith(b"data: {")]
        deltas = [choice["delta"] for e in events for choice in json.loads(e)["choices"]]
        return "".join(delta.get("content") or "" for delta in deltas)


@dataclass(frozen=True, slots=True)
class Stage:
    place: Place
    upstream: FaultyUpstream

    def ask(self, model: str, text: str, header: str = "", **fields: object) -> Said:
        assert self.place.told is not None
        address = urlsplit(self.place.told["url"])
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)
        body = {"model": model, "messages": [{"role": "user", "content": text}], **fields}
        head: Mapping[str, str] = {
            "Authorization": f"Bearer {self.place.told['token']}",
            "Content-Type": "application/json",
            **({"Cache-Control": header} if header else {}),
        }
        try:
            connection.request("POST", "/v1/chat/completions", json.dumps(body), head)
            answer = connection.getresponse()
            named = [
                answer.headers.get(name, "") for name in ("x-podium-cache", "age", "x-request-id")
            ]
            return Said(answer.status, *named, answer.read())
        finally:
            connection.close()

    def asked(self, model: str) -> int:
        return len(self.upstream.times(model))


@pytest.fixture(scope="module", params=["memory", pytest.param("redis", marks=pytest.mark.service)])
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Stage]:
    if request.param == "redis":
        anyio.run(_there)
    store = URL if request.param == "redis" else "memory"
    with faulty(FAULTS) as upstream:
        config = CONFIG.format(store=store, url=upstream.url)
        with podium_in(tmp_path_factory.mktemp("cache"), config) as place:
            _ = place.up()
            yield Stage(place, upstream)


async def _there() -> None:
    """Skips where Redis is not. What is left in it is of another workspace."""
    async with a_redis(StillClock()):
        pass


def test_what_was_asked_before_costs_nothing_in_any_form(stage: Stage) -> None:
    before = stage.asked("m")
    first = stage.ask("kept", "Hello")
    again = stage.ask("kept", "Hello")
    streamed = stage.ask("kept", "Hello", stream=True)
    assert (first.status, first.cache) == (200, "miss")
    assert (again.cache, again.body) == ("hit", first.body)
    assert again.age.isdecimal()
    assert (streamed.cache, streamed.text) == ("hit", first.text)
    assert streamed.body.endswith(b"data: [DONE]\n\n")
    assert stage.asked("m") == before + 1

    def recorded():
        calls = {str(call["id"]): call for call in stage.place.calls()}
        return calls if {first.call, again.call, streamed.call} <= calls.keys() else None

    calls = until("the calls are recorded", recorded)
    assert calls[first.call]["input_tokens"] == 5
    for hit in (again, streamed):
        assert (calls[hit.call]["cost"], calls[hit.call]["input_tokens"]) == (0, 0)
        assert calls[hit.call]["attempts"] == []
        assert calls[hit.call]["status"] == "ok"


def test_a_stream_is_kept_for_whole_answers_too(stage: Stage) -> None:
    streamed = stage.ask("kept", "Stream", stream=True)
    whole = until("it is kept", lambda: _hit(stage.ask("kept", "Stream")))
    assert (streamed.cache, whole.text) == ("miss", streamed.text)


def _hit(said: Said) -> Said | None:
    return said if said.cache == "hit" else None


def test_callers_say_how_fresh_they_want_it(stage: Stage) -> None:
    before = stage.asked("m")
    assert stage.ask("kept", "Fresh", "only-if-cached").status == 504
    assert not stage.ask("kept", "Fresh", "no-store").cache
    assert stage.ask("kept", "Fresh", "only-if-cached").status == 504
    assert not stage.ask("kept", "Fresh", "no-cache").cache
    assert stage.ask("kept", "Fresh", "only-if-cached").cache == "hit"
    assert not stage.ask("kept", "Fresh", "no-cache").cache
    assert stage.asked("m") == before + 3


def test_a_route_without_a_cache_says_nothing_of_one(stage: Stage) -> None:
    before = stage.asked("m")
    said = [stage.ask("plain", "Hello") for _ in range(2)]
    assert [(one.cache, one.age) for one in said] == [("", ""), ("", "")]
    assert stage.asked("m") == before + 2


def test_an_old_answer_serves_where_the_upstream_fails(stage: Stage) -> None:
    stage.upstream.plays("unwell", "none", "503")
    first = stage.ask("short", "Hello")
    old = until("it is old", lambda: _stale(stage.ask("short", "Hello")))
    assert old.body == first.body
    assert stage.ask("short", "Other").status == 503


def _stale(said: Said) -> Said | None:
    return said if said.cache == "stale" else None


def test_equal_requests_at_once_are_one_call_upstream(stage: Stage) -> None:
    stage.upstream.plays("busy", "slow")
    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(lambda _: stage.ask("shared", "Hello"), range(6)))
    assert {one.text for one in said} == {said[0].text}
    assert stage.asked("busy") == 1
    assert [one.cache for one in said].count("miss") == 1
