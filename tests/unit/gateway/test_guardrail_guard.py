"""A guardrail at the gateway: in the shadow it only notes, enforced it acts, streams included."""

import json
from dataclasses import dataclass, field

import anyio
import msgspec
import pytest
from tests.fakes_access import RULE
from tests.unit.gateway.fakes import ANA, StillClock
from tests.unit.gateway.test_masking_guard import asking, chunks, heard

from podium.bootstrap.guarding import FORMS
from podium.gateway.guardrail_service import Guardrails
from podium.gateway.guardrails import GuardrailGuard, GuardrailWatcher
from podium.gateway.guards import Allow, Block, Guards, Redact
from podium.gateway.requests import Reply, Request
from podium.governance.guardrails import (
    ALLOWED,
    AskPerson,
    At,
    Blocked,
    Mode,
    Opinion,
    Redacted,
    Rule,
    Seen,
)
from podium.kernel.errors import NotFound
from podium.protocols.callers import callers

pytestmark = pytest.mark.anyio
BAD = Blocked("It is bad.")


@dataclass
class Saying:
    """A judge that says what it is told to, or raises it."""

    opinion: Opinion | Exception = ALLOWED
    seen: list[Seen] = field(default_factory=list[Seen])

    async def __call__(self, seen: Seen) -> Opinion:
        self.seen.append(seen)
        await anyio.lowlevel.checkpoint()
        if isinstance(self.opinion, Exception):
            raise self.opinion
        return self.opinion


class Shouting:
    async def __call__(self, seen: Seen) -> Opinion:
        return Redacted([text.upper() for text in seen.texts], "Louder.")


def rule(mode: Mode = Mode.ENFORCE, *at: At, **more: object) -> Rule:
    return Rule("it", "terms", {}, frozenset(at or At), mode, **more)


def watching(judge, given: Rule, request: Request) -> GuardrailWatcher | None:
    return GuardrailGuard(given, judge, FORMS).watcher(ANA, "default", request)


def watcher_of(judge, given: Rule, request: Request | None = None) -> GuardrailWatcher:
    found = watching(judge, given, request or asking("hello"))
    assert found is not None
    return found


ANSWER = Reply(
    json.dumps(
        {"choices": [{"message": {"content": "hi", "tool_calls": [{"function": {"name": "f"}}]}}]}
    ).encode(),
    None,
)


async def test_it_sees_what_people_say_and_which_tools_are_offered():
    judge, tools = Saying(), [{"type": "function", "function": {"name": "f"}}]
    watcher = watcher_of(judge, rule())
    assert await watcher.before(asking("hello", tools=tools, user="ann")) == Allow()
    assert await watcher.after(ANSWER) == Allow()
    question, answer = judge.seen
    assert (question.at, list(question.texts), question.tools) == (At.REQUEST, ["hello"], ["f"])
    assert (answer.at, list(answer.texts), answer.tools) == (At.ANSWER, ["hi"], ["f"])
    assert list(answer.question) == ["hello"]
    assert watcher.noted == []


@pytest.mark.parametrize("opinion", [BAD, AskPerson("It is doubtful.")])
async def test_enforced_it_blocks_and_a_direct_call_cannot_wait_for_a_person(opinion: Opinion):
    watcher = watcher_of(Saying(opinion), rule())
    for verdict in (await watcher.before(asking("x")), await watcher.after(ANSWER)):
        assert isinstance(verdict, Block)
        assert opinion.reason in verdict.reason
        assert ("call: approve" in verdict.reason) is isinstance(opinion, AskPerson)
    assert [(one.at, one.enforced) for one in watcher.noted] == [
        ("request", True),
        ("answer", True),
    ]


@pytest.mark.parametrize("opinion", [BAD, RuntimeError("broken"), Redacted([], "Gone.")])
async def test_in_the_shadow_nothing_happens_but_a_note(opinion: Opinion):
    watcher = watcher_of(Saying(opinion), rule(Mode.SHADOW))
    assert await watcher.before(asking("x")) == Allow()
    assert await watcher.after(ANSWER) == Allow()
    assert watcher.keeps
    verdicts = {(one.verdict, one.enforced) for one in watcher.noted}
    assert verdicts <= {("block", False), ("redact", False), ("failed", False)}
    assert len(watcher.noted) == 2


async def test_an_enforced_judge_that_fails_is_a_failing_guard():
    watcher = watcher_of(Saying(RuntimeError("broken")), rule())
    with pytest.raises(RuntimeError):
        _ = await watcher.before(asking("x"))


async def test_redacted_texts_take_the_place_of_those_seen():
    watcher = watcher_of(Shouting(), rule())
    verdict = await watcher.before(asking("hello", "there", temperature=0))
    assert isinstance(verdict, Redact)
    assert [one["content"] for one in verdict.value.fields["messages"]] == ["HELLO", "THERE"]
    assert verdict.value.body == b""
    after = await watcher.after(ANSWER)
    assert isinstance(after, Redact)
    assert b'"HI"' in after.value.body
    form = msgspec.structs.replace(asking("x"), content_type="multipart/form-data; boundary=x")
    assert isinstance(await watcher.before(form), Block)
    with pytest.raises(ValueError, match="as many"):
        _ = await watcher_of(Saying(Redacted(["a", "b"], "x")), rule()).before(asking("x"))


async def test_it_looks_only_where_it_stands_and_at_calls_that_it_concerns():
    judge = Saying(BAD)
    only_answers = watcher_of(judge, rule(Mode.ENFORCE, At.ANSWER))
    assert await only_answers.before(asking("x")) == Allow()
    only_requests = watcher_of(judge, rule(Mode.ENFORCE, At.REQUEST))
    assert await only_requests.after(ANSWER) == Allow()
    assert only_requests.stream() is None
    assert judge.seen == []
    assert watching(judge, rule(routes=frozenset({"other"})), asking("x")) is None
    assert watching(judge, rule(workspaces=frozenset({"ws_2"})), asking("x")) is None
    here = rule(workspaces=frozenset({ANA.workspace}), routes=frozenset({"default"}))
    assert watching(judge, here, asking("x")) is not None


async def test_what_a_judge_asks_of_models_is_not_judged_again():
    asked: list[object] = []

    async def judge(_seen: Seen) -> Opinion:
        asked.append(watching(judge, rule(), asking("is it bad?")))
        return ALLOWED

    _ = await watcher_of(judge, rule()).before(asking("x"))
    assert asked == [None]
    assert watching(judge, rule(), asking("x")) is not None


async def streamed(judge, given: Rule, protocol: str) -> tuple[bytes | Block, GuardrailWatcher]:
    request = msgspec.structs.replace(asking("hello"), protocol=protocol, stream=True)
    watcher = watcher_of(judge, given, request)
    writer = callers(StillClock())[protocol].writer(request.fields)
    events = b"".join(writer.chunk(one) for one in chunks("Good day", '{"a": 1}', 3))
    events += writer.end()
    stream = watcher.stream()
    assert stream is not None
    out = b""
    for at in range(0, len(events), 99):
        verdict = await stream.piece(events[at : at + 99])
        out += verdict.value if isinstance(verdict, Redact) else events[at : at + 99]
    last = await stream.end()
    if isinstance(last, Block):
        assert out == b""
        return last, watcher
    assert isinstance(last, Redact)
    return out + last.value, watcher


PROTOCOLS = ["openai_chat", "anthropic_messages", "openai_responses"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_stream_is_held_until_it_is_judged(protocol: str):
    judge = Saying()
    out, _ = await streamed(judge, rule(), protocol)
    assert isinstance(out, bytes)
    assert heard(protocol, out).text == "Good day"
    assert sorted(judge.seen[0].texts) == ["Good day", '{"a": 1}']
    assert list(judge.seen[0].tools) == ["f"]
    blocked, _ = await streamed(Saying(BAD), rule(), protocol)
    assert isinstance(blocked, Block)


@pytest.mark.parametrize("protocol", PROTOCOLS[:2])
async def test_a_stream_is_redacted_as_a_whole(protocol: str):
    out, _ = await streamed(Shouting(), rule(), protocol)
    assert isinstance(out, bytes)
    found = heard(protocol, out)
    assert (found.text, found.arguments) == ("GOOD DAY", '{"A": 1}')


@pytest.mark.parametrize("opinion", [BAD, RuntimeError("broken")])
async def test_in_the_shadow_a_stream_passes_and_is_judged_at_its_end(opinion: Opinion):
    out, watcher = await streamed(Saying(opinion), rule(Mode.SHADOW), "openai_chat")
    assert isinstance(out, bytes)
    assert heard("openai_chat", out).text == "Good day"
    assert [one.enforced for one in watcher.noted] == [False]


async def test_guardrails_are_listed_and_tried_also_those_in_the_shadow():
    hidden = Rule("other", "terms", {}, frozenset(At), workspaces=frozenset({"ws_2"}))
    guards = Guards(
        (
            GuardrailGuard(rule(Mode.SHADOW), Saying(BAD), FORMS),
            GuardrailGuard(hidden, Saying(), FORMS),
        )
    )
    service = Guardrails(lambda: guards, RULE)
    assert [one.name for one in service.list(ANA)] == ["it"]
    (trial,) = await service.test(ANA, "x", At.REQUEST)
    assert (trial.rule.name, trial.opinion) == ("it", BAD)
    with pytest.raises(NotFound, match="there are: it"):
        _ = await service.test(ANA, "x", At.REQUEST, name="other")
