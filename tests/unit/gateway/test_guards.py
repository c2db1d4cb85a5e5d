import anyio
import pytest
from tests.unit.gateway.fakes import ANA, asked

from podium.gateway.guards import Allow, Block, Guards, Redact, Watch
from podium.gateway.requests import Reply, Request
from podium.kernel.errors import Refused

pytestmark = pytest.mark.anyio
REPLY = Reply(b"secret", None)


class Words:
    """Takes a word out of what passes; holds back a piece that may end within it."""

    keeps, noted = False, ()

    def __init__(self, word: bytes, name: str = "words") -> None:
        self.word, self.name, self.held = word, name, b""

    def watcher(self, principal, route, request):
        return self

    async def before(self, request):
        if self.word in request.body:
            return Block("It names what may not be named.")
        return Allow()

    async def after(self, reply):
        return Redact(Reply(reply.body.replace(self.word, b"[..]"), reply.usage))

    def stream(self):
        return self

    async def piece(self, piece):
        text = (self.held + piece).replace(self.word, b"[..]")
        keep = len(self.word) - 1
        self.held = text[-keep:]
        return Redact(text[:-keep])

    async def end(self):
        return Redact(self.held.replace(self.word, b"[..]"))


class Broken(Words):
    async def before(self, request):
        raise RuntimeError("it holds a secret")

    async def after(self, reply):
        await anyio.sleep_forever()

    def stream(self):
        raise RuntimeError("it holds a secret")


class Absent(Words):
    def watcher(self, principal, route, request):
        return None


class Fallen(Words):
    def watcher(self, principal, route, request):
        raise RuntimeError("it holds a secret")


def watch(*guards: Words, seconds: float = 5.0, request: Request | None = None) -> Watch:
    found = Guards(guards, seconds).watch(ANA, "default", request or asked())
    assert found is not None
    return found


async def test_what_is_allowed_passes_as_it_is():
    request = asked()
    assert await watch(Words(b"secret")).before(request) is request


def test_a_call_that_concerns_no_guard_is_not_watched():
    assert Guards().watch(ANA, "default", asked()) is None
    assert Guards((Absent(b""),)).watch(ANA, "default", asked()) is None
    assert len(watch(Absent(b""), Words(b"")).watched) == 1


async def test_what_is_blocked_is_refused_with_the_guards_name():
    request = asked()
    bad = type(request)(request.protocol, request.operation, request.fields, b"a secret")
    with pytest.raises(Refused, match=r"may not be named\. \[guard words\]"):
        _ = await watch(Words(b"secret")).before(bad)


async def test_of_answers_the_last_guard_sees_first_what_came():
    guards = (Words(b"[..]", "again"), Words(b"secret"))
    assert (await watch(*guards).after(REPLY)).body == b"[..]"
    assert (await watch(Words(b"a", "x"), Words(b"ba", "y")).after(Reply(b"ba", None))).body == (
        b"[..]"
    )


async def test_a_guard_that_fails_lets_nothing_pass():
    failing = watch(Broken(b""), seconds=0.01)
    for attempt in (failing.before(asked()), failing.after(REPLY)):
        with pytest.raises(Refused, match="'words'") as refused:
            _ = await attempt
        assert "it holds" not in refused.value.message
    with pytest.raises(Refused):
        _ = failing.stream()
    with pytest.raises(Refused):
        _ = watch(Fallen(b""))


@pytest.mark.parametrize("size", [1, 3, 100])
async def test_streams_are_watched_across_pieces(size: int):
    stream = watch(Words(b"word", "other"), Words(b"secret")).stream()
    assert stream is not None
    text, said = b"a secret and a word, a secretword", b""
    for begin in range(0, len(text), size):
        said += await stream.piece(text[begin : begin + size])
    said += await stream.end()
    assert said == b"a [..] and a [..], a [..][..]"
