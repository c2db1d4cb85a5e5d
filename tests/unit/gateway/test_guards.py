import anyio
import pytest
from tests.unit.gateway.fakes import ANA, asked

from podium.gateway.guards import Allow, Block, Guards, Redact
from podium.gateway.requests import Reply
from podium.kernel.errors import Refused

pytestmark = pytest.mark.anyio
REPLY = Reply(b"secret", None)


class Words:
    """Takes a word out of what passes; holds back a piece that may end within it."""

    def __init__(self, word: bytes, name: str = "words") -> None:
        self.word, self.name, self.held = word, name, b""

    async def before(self, principal, request):
        if self.word in request.body:
            return Block("It names what may not be named.")
        return Allow()

    async def after(self, request, reply):
        return Redact(Reply(reply.body.replace(self.word, b"[..]"), reply.usage))

    def stream(self, request):
        return self

    async def piece(self, piece):
        text = (self.held + piece).replace(self.word, b"[..]")
        keep = len(self.word) - 1
        self.held = text[-keep:]
        return Redact(text[:-keep])

    async def end(self):
        return Redact(self.held.replace(self.word, b"[..]"))


class Broken(Words):
    async def before(self, principal, request):
        raise RuntimeError("it holds a secret")

    async def after(self, request, reply):
        await anyio.sleep_forever()

    def stream(self, request):
        raise RuntimeError("it holds a secret")


async def test_what_is_allowed_passes_as_it_is():
    request = asked()
    assert await Guards((Words(b"secret"),)).before(ANA, request) is request
    assert Guards().stream(request) is None


async def test_what_is_blocked_is_refused_with_the_guards_name():
    request = asked()
    bad = type(request)(request.protocol, request.operation, request.fields, b"a secret")
    with pytest.raises(Refused, match=r"may not be named\. \[guard words\]"):
        _ = await Guards((Words(b"secret"),)).before(ANA, bad)


async def test_each_guard_sees_what_the_one_before_it_let_through():
    guards = Guards((Words(b"secret"), Words(b"[..]", "again")))
    assert (await guards.after(asked(), REPLY)).body == b"[..]"


async def test_a_guard_that_fails_lets_nothing_pass():
    guards = Guards((Broken(b""),), seconds=0.01)
    for attempt in (guards.before(ANA, asked()), guards.after(asked(), REPLY)):
        with pytest.raises(Refused, match="'words'") as refused:
            _ = await attempt
        assert "it holds" not in refused.value.message
    with pytest.raises(Refused):
        _ = guards.stream(asked())


@pytest.mark.parametrize("size", [1, 3, 100])
async def test_streams_are_watched_across_pieces(size: int):
    watch = Guards((Words(b"secret"), Words(b"word", "other"))).stream(asked())
    assert watch is not None
    text, said = b"a secret and a word, a secretword", b""
    for begin in range(0, len(text), size):
        said += await watch.piece(text[begin : begin + size])
    said += await watch.end()
    assert said == b"a [..] and a [..], a [..][..]"
