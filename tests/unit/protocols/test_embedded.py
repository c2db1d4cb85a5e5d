import anyio
import pytest

from podium.gateway.errors import UpstreamFailed
from podium.gateway.models import Capability, Deadlines, Model, Outcome, Provider
from podium.kernel.errors import Invalid, LimitReached, NotFound, TimedOut, Unavailable
from podium.protocols.embedded import Embedded

pytestmark = pytest.mark.anyio
SMALL = Model("local/small", Provider("local", "embedded"), "small", frozenset({Capability.CHAT}))
SOON = Deadlines(first_token=0.05, between_tokens=0.05, total=0.2)


class Host:
    def __init__(self, error=None, pauses=()) -> None:
        self.error, self.pauses, self.seen, self.closed = error, pauses, [], False

    async def chat(self, request):
        self.seen.append(request)
        if self.error:
            raise self.error
        for pause in self.pauses:
            await anyio.sleep(pause)
        return {"choices": []}

    embeddings = chat

    async def chat_stream(self, request):
        self.seen.append(request)
        try:
            for pause in self.pauses:
                await anyio.sleep(pause)
                yield {"choices": [{}]}
            if self.error:
                raise self.error
        finally:
            self.closed = True


async def test_the_host_is_asked_by_the_upstream_name():
    host = Host()
    answer = await Embedded(host).chat(SMALL, {"model": "local/small", "seed": 1}, SOON)

    assert answer == {"choices": []}
    assert host.seen == [{"model": "small", "seed": 1}]


@pytest.mark.parametrize(
    ("error", "outcome", "status"),
    [
        (Invalid("no"), Outcome.STATUS, 400),
        (NotFound("no"), Outcome.STATUS, 404),
        (LimitReached("no", retry_after=2.0), Outcome.STATUS, 429),
        (Unavailable("no"), Outcome.STATUS, 503),
        (TimedOut("no"), Outcome.TIMEOUT, 0),
    ],
)
async def test_the_hosts_errors_are_failures(error, outcome, status):
    with pytest.raises(UpstreamFailed) as failed:
        _ = await Embedded(Host(error)).embeddings(SMALL, {}, SOON)
    assert (failed.value.failure.outcome, failed.value.failure.status) == (outcome, status)


async def test_a_host_that_takes_too_long_is_a_timeout():
    with pytest.raises(UpstreamFailed) as failed:
        _ = await Embedded(Host(pauses=[5.0])).chat(SMALL, {}, SOON)
    assert failed.value.failure.outcome is Outcome.TIMEOUT


async def test_a_stream_asks_for_usage_and_ends_with_the_host():
    host = Host(pauses=[0, 0])
    chunks = [chunk async for chunk in Embedded(host).chunks(SMALL, {}, SOON)]

    assert len(chunks) == 2
    assert host.seen[0]["stream_options"] == {"include_usage": True}


async def test_a_pause_in_a_stream_is_bounded_and_the_host_is_let_go():
    host = Host(pauses=[0, 5.0])
    stream = Embedded(host).chunks(SMALL, {}, SOON)
    _ = await anext(stream)
    with pytest.raises(UpstreamFailed):
        _ = await anext(stream)
    assert host.closed


async def test_a_stream_that_is_left_lets_the_host_go():
    host = Host(pauses=[0, 0])
    stream = Embedded(host).chunks(SMALL, {}, SOON)
    _ = await anext(stream)
    await stream.aclose()
    assert host.closed
