"""A real podium before a provider that misbehaves in every way of docs/reference/resilience.md.

`make test-resilience` runs it and prints that page's table.
"""

import http.client
import time
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest
from tests.service.drill import Object, Place, until
from tests.service.faulty_upstream import FaultyUpstream
from tests.service.resilience import (
    CASES,
    KINDS,
    PAGE,
    TOTAL,
    Met,
    Seen,
    ask,
    page,
    perform,
    send,
    slug_of,
    theatre,
)

SLACK = 60.0
"""Seconds that a busy machine may add to a call."""
MOST_MEMORY = 300_000_000
"""Bytes that podium may grow by while gigabytes come in: a few answers of 33 MB, the largest that
it takes, in the forms that they have on their way."""
REFUSED = ("400",)
"""Faults of the request: no other model is asked."""
PATIENT = (
    "never answers",
    "half a head, then silence",
    "a byte now and then",
)
"""Whole answers have no first token: a provider that is silent has all of the time there is."""

MORE = """\
  leaver: {provider: faulty}
  busy: {provider: faulty}
  patient: {provider: faulty}
  stale: {provider: faulty}
  broken: {provider: faulty}
  broken-too: {provider: faulty}
  spare: {provider: fine}
"""
MORE_ROUTES = """\
  spared: {targets: [broken-too, spare]}
"""


@dataclass(slots=True)
class Stage:
    place: Place
    upstream: FaultyUpstream
    met: Mapping[tuple[str, str], Met]
    memory: list[int] = field(default_factory=list[int])

    def ask(self, model: str, *, stream: bool = False) -> Seen:
        return ask(self.place, model, stream=stream)

    def record(self, requested: str) -> Object:
        def look() -> Object | None:
            found = (call for call in self.place.calls() if call["requested"] == requested)
            return next(found, None)

        return until(f"a call of {requested} is recorded", look)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    folder = tmp_path_factory.mktemp("resilience")
    memory: list[int] = []
    with theatre(folder, MORE, MORE_ROUTES) as (place, upstream):
        yield Stage(place, upstream, perform(place, memory), memory)


@pytest.mark.parametrize(("fault", "kind"), CASES)
def test_the_page_says_what_the_caller_sees(stage: Stage, fault: str, kind: str) -> None:
    said = PAGE.read_text("utf-8")
    met = stage.met[fault, kind]
    assert met.row in said, "Write it anew: python -m tests.service.resilience"


def test_the_page_has_nothing_else(stage: Stage) -> None:
    said = page(stage.met)
    print(said.partition("\n| Fault")[2])  # noqa: T201 - for make test-resilience
    assert said == PAGE.read_text("utf-8")


@pytest.mark.parametrize(("fault", "kind"), CASES)
def test_a_second_model_answers_until_the_first_word_was_seen(
    stage: Stage, fault: str, kind: str
) -> None:
    met = stage.met[fault, kind]
    if fault in REFUSED:
        assert met.routed.status == http.client.BAD_REQUEST
    elif kind == "whole" and fault in PATIENT:
        assert met.routed.status == http.client.GATEWAY_TIMEOUT
    elif met.alone.status != http.client.OK:
        assert met.routed.status in {http.client.OK, http.client.GATEWAY_TIMEOUT}
        assert met.routed.text.endswith("-2") or fault == "a byte now and then"
    else:
        assert met.routed.text.partition(" ")[0] == "answer"


@pytest.mark.parametrize(("fault", "kind"), CASES)
def test_an_answer_is_whole_or_an_error(stage: Stage, fault: str, kind: str) -> None:
    met = stage.met[fault, kind]
    for seen in (met.alone, met.routed):
        assert seen.whole != bool(seen.error), seen
        assert not seen.whole or seen.text.startswith("answer of "), seen


@pytest.mark.parametrize(("fault", "kind"), CASES)
def test_every_call_is_recorded_with_its_end_and_its_tokens(
    stage: Stage, fault: str, kind: str
) -> None:
    met = stage.met[fault, kind]
    name = f"{slug_of(fault)}-{kind}"
    for seen, requested in ((met.alone, name), (met.routed, f"{name}-route")):
        record = met.records[requested]
        assert record["status"] == ("error" if seen.error else "ok")
        assert record["attempts"]
        if seen.text:
            assert cast("int", record["output_tokens"]) > 0


@pytest.mark.parametrize(("fault", "kind"), CASES)
def test_no_call_outlives_its_deadline(stage: Stage, fault: str, kind: str) -> None:
    met = stage.met[fault, kind]
    assert max(met.alone.seconds, met.routed.seconds) < TOTAL + SLACK


def test_gigabytes_do_not_fill_the_memory(stage: Stage) -> None:
    assert max(stage.memory) - stage.memory[0] < MOST_MEMORY
    assert stage.upstream.sent < 2_000_000_000


@pytest.mark.parametrize("kind", KINDS)
def test_a_caller_who_leaves_ends_the_call_upstream(stage: Stage, kind: str) -> None:
    fault = "never answers" if kind == "whole" else "a stream that falls silent"
    stage.upstream.plays("leaver", fault)
    before = stage.upstream.left.count("leaver")
    if kind == "whole":
        with pytest.raises(TimeoutError):
            _ = send(stage.place, "leaver", seconds=0.5)
    else:
        connection, answer, _ = send(stage.place, "leaver", stream=True)
        assert answer.readline().startswith(b"data: ")
        connection.sock.close()
        answer.close()

    def gone() -> bool:
        return stage.upstream.left.count("leaver") > before

    _ = until("the upstream sees that the caller has left", gone)
    record = stage.record("leaver")
    assert record["status"] == "error"
    assert [one["outcome"] for one in cast("list[Object]", record["attempts"])][-1] in {
        "cancelled",
        "ok",
    }


def test_a_retry_waits_as_long_as_the_provider_says(stage: Stage) -> None:
    stage.upstream.plays("patient", "429 with Retry-After 1", "none")
    seen = stage.ask("patient")
    first, second = stage.upstream.times("patient")
    assert seen.whole
    assert second - first >= 1.0


def test_retries_do_not_double_the_load(stage: Stage) -> None:
    """The budget: 20 at once, one more for five calls, and one a second."""
    stage.upstream.plays("busy", "429")
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(stage.ask, ["busy"] * 60))
    took = time.monotonic() - began
    assert {one.status for one in seen} == {429}
    retries = len(stage.upstream.times("busy")) - len(seen)
    assert 0 < retries <= 20 + 60 / 5 + took + 1


def test_a_breaker_opens_and_lets_exactly_one_probe_through(stage: Stage) -> None:
    stage.upstream.plays("broken", "500")
    for _ in range(3):
        assert stage.ask("broken").status == http.client.SERVICE_UNAVAILABLE
    tried = len(stage.upstream.times("broken"))
    assert stage.ask("broken").status == http.client.SERVICE_UNAVAILABLE
    assert len(stage.upstream.times("broken")) == tried, "an open breaker sends nothing"
    assert cast("list[Object]", stage.record("broken")["attempts"])[-1]["outcome"] == "shut_out"

    stage.upstream.plays("broken", "slow", "none")
    ended = time.monotonic()
    _ = until("the pause is over", lambda: time.monotonic() - ended > 5.5)
    with ThreadPoolExecutor(8) as pool:
        probe = pool.submit(stage.ask, "broken")
        _ = until("the probe is there", lambda: len(stage.upstream.times("broken")) > tried)
        others = list(pool.map(stage.ask, ["broken"] * 6))
        assert probe.result().whole
    assert len(stage.upstream.times("broken")) == tried + 1
    assert {one.status for one in others} == {http.client.SERVICE_UNAVAILABLE}
    assert stage.ask("broken").whole, "and closes again"


WINDOW, PAUSE = 29.0, 5.0
"""Seconds in which five failures open a breaker, and for which it stays open at least."""


def test_a_route_goes_round_a_target_that_is_shut_out(stage: Stage) -> None:
    stage.upstream.plays("broken-too", "500")

    def failed_five_times() -> bool:
        assert stage.ask("spared").text.endswith("spare")
        return len(stage.upstream.times("broken-too")) >= 5

    # Until then it is passed over now and then, by lot, and asked again the next moment.
    _ = until("its breaker opens", failed_five_times)
    for _ in range(5):
        assert stage.ask("spared").text.endswith("spare")
    times = stage.upstream.times("broken-too")
    if times[4] - times[0] < WINDOW:
        assert all(later - before >= PAUSE for before, later in pairwise(times[4:]))


def test_connections_that_a_provider_has_closed_are_not_used_again(stage: Stage) -> None:
    stage.upstream.plays("stale", "a connection that closes after its answer")
    for _ in range(5):
        assert stage.ask("stale").whole
        time.sleep(0.2)


def test_after_all_of_it_podium_is_well(stage: Stage) -> None:
    assert stage.place.lives
    assert stage.ask("spare").whole
    assert stage.place.call("GET", "/api/v1/models").status == http.client.OK
    _ = until("the connections are closed", lambda: _sockets(stage.place.pid) < 60)


def _sockets(pid: int) -> int:
    links = (path.readlink() for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink())
    return sum(str(link).startswith("socket:") for link in links)
