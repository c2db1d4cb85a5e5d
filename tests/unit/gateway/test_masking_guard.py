"""Data is hidden before a model is asked, and put back in what it answers, however that is cut."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import pytest
from tests.unit.gateway.fakes import ANA, StillClock

from podium.bootstrap.guarding import FORMS
from podium.gateway.guards import Allow, Block, Redact
from podium.gateway.masking.guard import MaskingGuard, MaskingWatcher
from podium.gateway.models import Operation
from podium.gateway.requests import Reply, Request
from podium.governance.masking.classes import DataClass
from podium.governance.masking.policy import USUAL, Policies, Policy, Treatment
from podium.kernel.json import Json
from podium.protocols.callers import callers
from podium.protocols.event_blocks import Blocks, event_of

pytestmark = pytest.mark.anyio
PII, SECRET, PCI = DataClass.PII, DataClass.SECRET, DataClass.PCI
HIDE = Policy({PII: Treatment.PSEUDONYMISE, PCI: Treatment.PSEUDONYMISE})
TEXT = "I am ann@example.com, card 4111-1111-1111-1111."
KEY = "sk-" + "a1B2" * 8


def asking(*texts: str, **more: Json) -> Request:
    messages = [{"role": "user", "content": text} for text in texts]
    fields: dict[str, Json] = {"model": "m", "messages": messages, **more}
    return Request("openai_chat", Operation.CHAT, fields, json.dumps(fields).encode())


def watching(request: Request, policy: Policy = HIDE) -> MaskingWatcher | None:
    return MaskingGuard(Policies(policy), FORMS).watcher(ANA, "r", request)


async def sent(watcher: MaskingWatcher, request: Request) -> Request:
    verdict = await watcher.before(request)
    if isinstance(verdict, Allow):
        return request
    assert isinstance(verdict, Redact)
    return verdict.value


async def begun(request: Request, policy: Policy = HIDE) -> tuple[MaskingWatcher, Request]:
    watcher = watching(request, policy)
    assert watcher is not None
    return watcher, await sent(watcher, request)


def said(request: Request) -> list[str]:
    return [message["content"] for message in request.fields["messages"]]


async def test_a_value_goes_as_a_placeholder_and_comes_back():
    watcher, request = await begun(asking(TEXT, "Again: ann@example.com, bob@example.com"))
    assert said(request) == ["I am [EMAIL_1], card [CARD_1].", "Again: [EMAIL_1], [EMAIL_2]"]
    assert request.body == b""
    told = r"Dear [EMAIL_1], \[CARD\_1\] and [EMAIL_2]; [EMAIL_9] is not yours"
    body = {"choices": [{"message": {"content": told}}], "model": "[EMAIL_1]"}
    verdict = await watcher.after(Reply(json.dumps(body).encode(), None))
    assert isinstance(verdict, Redact)
    answer = json.loads(verdict.value.body)
    assert answer["choices"][0]["message"]["content"] == (
        "Dear ann@example.com, 4111-1111-1111-1111 and bob@example.com; [EMAIL_9] is not yours"
    )
    assert answer["model"] == "[EMAIL_1]"
    assert [(one.verdict, one.about) for one in watcher.noted] == [("redact", "card 1, email 3")]


async def test_one_calls_placeholders_mean_nothing_in_another():
    _ = await begun(asking(TEXT))
    watcher, _request = await begun(asking("bob@example.com"))
    body = b'{"choices":[{"message":{"content":"[EMAIL_1] [CARD_1]"}}]}'
    verdict = await watcher.after(Reply(body, None))
    assert isinstance(verdict, Redact)
    assert b"bob@example.com [CARD_1]" in verdict.value.body


async def test_a_placeholder_that_the_caller_wrote_stays_the_callers():
    watcher, request = await begun(asking("[EMAIL_1] is not ann@example.com"))
    assert said(request) == ["[EMAIL_1] is not [EMAIL_2]"]
    verdict = await watcher.after(Reply(b'{"c":"[EMAIL_1]=[EMAIL_2]"}', None))
    assert isinstance(verdict, Redact)
    assert verdict.value.body == b'{"c":"[EMAIL_1]=ann@example.com"}'


async def test_what_is_masked_stays_masked_and_what_is_allowed_goes():
    policy = Policy({PII: Treatment.MASK, PCI: Treatment.ALLOW})
    watcher, request = await begun(asking(TEXT), policy)
    assert said(request) == ["I am [EMAIL_1], card 4111-1111-1111-1111."]
    assert await watcher.after(Reply(b'{"a":"[EMAIL_1]"}', None)) == Allow()
    assert watcher.stream() is None


async def test_what_is_blocked_is_refused_without_saying_it():
    watcher = watching(asking(TEXT), Policy({PCI: Treatment.BLOCK, PII: Treatment.MASK}))
    assert watcher is not None
    verdict = await watcher.before(asking(TEXT))
    assert isinstance(verdict, Block)
    assert "card" in verdict.reason
    assert "4111" not in verdict.reason
    assert watcher.noted[0].verdict == "block"


async def test_what_is_restricted_goes_in_clear_to_targets_that_list_it():
    policy = Policy({PII: Treatment.RESTRICT, PCI: Treatment.RESTRICT}, regions={PII: "eu"})
    request = asking(TEXT)
    tagged = msgspec.structs.replace(request, tags={"data_class": "phi", "team": "x"})
    _, allowed = await begun(tagged, policy)
    assert allowed.tags == {"data_class": "phi,pci,pii", "team": "x", "region": "eu"}
    assert allowed.body == request.body
    plain = asking("Hello there")
    _, same = await begun(plain, policy)
    assert same is plain


async def test_texts_are_read_wherever_they_stand_and_what_machines_read_stays():
    arguments = json.dumps({"to": "ann@example.com", "card": 4111111111111111})
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,YUBiLmNv" * 9}}
    sound = {"type": "input_audio", "input_audio": {"data": "YUBiLmNv" * 9, "format": "wav"}}
    request = asking(
        tools=[{"type": "function", "function": {"name": "f", "description": "for a@x.com"}}],
        metadata={"b@x.com": "yes"},
        user="c@x.com",
        max_tokens=4111111111111111,
    )
    parts: list[Json] = [{"type": "text", "text": "mail &#100;&#64;x.com"}, picture, sound]
    messages: list[Json] = [
        {"role": "user", "content": parts},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": '{"mail": "e@x.com"}'},
    ]
    fields = {**request.fields, "messages": messages}
    _, masked = await begun(msgspec.structs.replace(request, fields=fields))
    text = json.dumps(masked.fields)
    assert "@x.com" not in text
    assert "example.com" not in text
    assert "&#64;" not in text
    assert masked.fields["max_tokens"] == 4111111111111111
    assert masked.fields["messages"][0]["content"][1:] == [picture, sound]
    assert json.loads(masked.fields["messages"][1]["tool_calls"][0]["function"]["arguments"]) == {
        "to": "[EMAIL_2]",
        "card": "[CARD_1]",
    }


async def test_a_form_that_holds_what_must_be_hidden_is_refused():
    form = Request(
        "openai_chat",
        Operation.TRANSCRIPTION,
        {"model": "m", "prompt": "for ann@example.com"},
        b"--x...",
        "multipart/form-data; boundary=x",
    )
    watcher = watching(form)
    assert watcher is not None
    assert isinstance(await watcher.before(form), Block)


def test_without_a_policy_only_keys_in_clear_are_looked_for():
    assert watching(asking(TEXT, "it is 12:30"), USUAL) is None
    assert watching(asking(f"my key is {KEY}"), USUAL) is not None
    assert watching(asking("x"), Policy()) is None
    bare = msgspec.structs.replace(asking(KEY), body=b"")
    assert watching(bare, USUAL) is not None


async def test_keys_are_put_back_by_default_also_where_they_were_escaped():
    escaped = json.dumps({"model": "m", "messages": [{"role": "user", "content": KEY}]})
    escaped = escaped.replace("sk-", "\\u0073k-")
    request = Request("openai_chat", Operation.CHAT, json.loads(escaped), escaped.encode())
    watcher, masked = await begun(request, USUAL)
    assert said(masked) == ["[SECRET_1]"]
    verdict = await watcher.after(Reply(b'{"c":"export KEY=[SECRET_1]"}', None))
    assert isinstance(verdict, Redact)
    assert KEY.encode() in verdict.value.body


async def test_what_a_model_says_itself_is_hidden_or_stops_the_answer():
    mask = Policy({PII: Treatment.PSEUDONYMISE}, {PCI: Treatment.MASK, SECRET: Treatment.BLOCK})
    watcher, _ = await begun(asking("ann@example.com"), mask)
    assert not watcher.keeps
    body = json.dumps({"c": f"[EMAIL_1] has {TEXT[-20:]}"}).encode()
    verdict = await watcher.after(Reply(body, None))
    assert isinstance(verdict, Redact)
    assert json.loads(verdict.value.body) == {"c": "ann@example.com has [CARD_1]."}
    stopped = await watcher.after(Reply(json.dumps({"c": KEY}).encode(), None))
    assert isinstance(stopped, Block)
    assert KEY not in stopped.reason
    assert isinstance(await watcher.after(Reply(b"no json", None)), Block)


async def test_a_private_key_is_put_back_into_json_as_json():
    key = '-----BEGIN PRIVATE KEY-----\nab"c\n-----END PRIVATE KEY-----'
    watcher, masked = await begun(asking(key), Policy({SECRET: Treatment.PSEUDONYMISE}))
    assert said(masked) == ["[SECRET_1]"]
    call = {"function": {"arguments": '{"key": "[SECRET_1]"}'}}
    body = json.dumps({"choices": [{"message": {"tool_calls": [call]}}]}).encode()
    verdict = await watcher.after(Reply(body, None))
    assert isinstance(verdict, Redact)
    (choice,) = json.loads(verdict.value.body)["choices"]
    arguments = choice["message"]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(arguments) == {"key": key}


# Streams. What a writer of each protocol makes of chunks is cut anywhere and read again.


@dataclass
class Heard:
    text: str = ""
    arguments: str = ""
    numbers: Sequence[int] = ()


def chunks(text: str, arguments: str, size: int) -> list[dict[str, Json]]:
    cut = lambda whole: [whole[at : at + size] for at in range(0, len(whole), size)]  # noqa: E731
    deltas: list[Json] = [{"content": piece} for piece in cut(text)]
    for at, piece in enumerate(cut(arguments)):
        head = {"id": "call_1", "type": "function"} if not at else {}
        function = {"arguments": piece, **({"name": "f"} if not at else {})}
        deltas.append({"tool_calls": [{"index": 0, **head, "function": function}]})
    made: list[dict[str, Json]] = [
        {"id": "c", "model": "m", "choices": [{"index": 0, "delta": delta}]} for delta in deltas
    ]
    last: Json = {"index": 0, "delta": {}, "finish_reason": "tool_calls" if arguments else "stop"}
    return [*made, {"id": "c", "model": "m", "choices": [last]}]


def heard(protocol: str, stream: bytes) -> Heard:  # noqa: C901, PLR0912 - three protocols
    found, numbers = Heard(), []
    blocks = Blocks()
    for block in blocks.feed(stream):
        event = event_of(block)
        assert event is not None
        if event.data == "[DONE]":
            continue
        data = json.loads(event.data)
        numbers.append(data.get("sequence_number", 0))
        match protocol, data:
            case "openai_chat", {"choices": [{"delta": delta}]}:
                found.text += delta.get("content") or ""
                for call in delta.get("tool_calls", ()):
                    found.arguments += call["function"].get("arguments", "")
            case "anthropic_messages", {"type": "content_block_delta", "delta": delta}:
                found.text += delta.get("text", "")
                found.arguments += delta.get("partial_json", "")
            case "openai_responses", {"type": "response.output_text.delta", "delta": delta}:
                found.text += delta
            case "openai_responses", {"type": str(kind), "delta": delta} if "arguments" in kind:
                found.arguments += delta
            case "openai_responses", {"type": "response.output_text.done", "text": text}:
                assert text == found.text
            case "openai_responses", {"type": "response.completed"}:
                assert "[EMAIL" not in event.data
            case _:
                pass
    assert blocks.rest == b""
    found.numbers = numbers
    return found


async def streamed(
    request: Request, policy: Policy, told: list[dict[str, Json]], *, cut: int
) -> bytes | Block:
    watcher, masked = await begun(request, policy)
    writer = callers(StillClock())[request.protocol].writer(masked.fields)
    events = b"".join(writer.chunk(chunk) for chunk in told) + writer.end()
    stream = watcher.stream()
    assert stream is not None
    out = b""
    for at in range(0, len(events), cut):
        verdict = await stream.piece(events[at : at + cut])
        if isinstance(verdict, Block):
            return verdict
        assert isinstance(verdict, Redact)
        out += verdict.value
    last = await stream.end()
    assert isinstance(last, Redact)
    return out + last.value


PROTOCOLS = ["openai_chat", "anthropic_messages", "openai_responses"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(("size", "cut"), [(1, 7), (2, 100), (5, 1), (7, 4096), (1000, 64)])
async def test_streams_are_restored_wherever_they_are_cut(protocol: str, size: int, cut: int):
    key = '-----BEGIN PRIVATE KEY-----\nab"c\n-----END PRIVATE KEY-----'
    policy = Policy({PII: Treatment.PSEUDONYMISE, SECRET: Treatment.PSEUDONYMISE})
    request = msgspec.structs.replace(
        asking(f"ann@example.com bob@example.com {key}"), protocol=protocol, stream=True
    )
    text, arguments = "To [EMAIL_1] [x] and [EMAIL_2] [", '{"k": "[SECRET_1]", "to": "[EMAIL_2]"}'
    out = await streamed(request, policy, chunks(text, arguments, size), cut=cut)
    assert isinstance(out, bytes)
    found = heard(protocol, out)
    assert found.text == "To ann@example.com [x] and bob@example.com ["
    assert json.loads(found.arguments) == {"k": key, "to": "bob@example.com"}
    if protocol == "openai_responses":
        assert list(found.numbers) == list(range(len(found.numbers)))


NEW = (
    "Card 4111 1111 1111 1111 of bob@example.com, IBAN DE89 3704 0044 0532 0130 00, born on "
    "12 March 1990, lives at 12 Baker Street, call +44 20 7946 0958. Done, and all is well."
)
SHOWN = (
    "Card [CARD_1] of [EMAIL_1], IBAN [IBAN_1], born on [DATE_OF_BIRTH_1], lives at [ADDRESS_1], "
    "call [PHONE_1]. Done, and all is well."
)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 500])
async def test_what_a_model_says_itself_is_hidden_wherever_it_is_cut(size: int):
    policy = Policy({}, {PII: Treatment.MASK, PCI: Treatment.MASK})
    out = await streamed(asking("hi"), policy, chunks(NEW, "", size), cut=50)
    assert isinstance(out, bytes)
    assert heard("openai_chat", out).text == SHOWN


async def test_a_stream_that_says_what_it_must_not_ends():
    policy = Policy({}, {SECRET: Treatment.BLOCK})
    out = await streamed(asking("hi"), policy, chunks(f"it is {KEY} there", "", 4), cut=50)
    assert isinstance(out, Block)
    endless = "-----BEGIN PRIVATE KEY-----" + "QUJD" * 5000
    out = await streamed(asking("hi"), policy, chunks(endless, "", 1000), cut=5000)
    assert isinstance(out, Block)


async def test_a_stream_in_another_protocol_or_of_no_events_fails():
    watcher, _ = await begun(msgspec.structs.replace(asking(TEXT), protocol="gemini"))
    with pytest.raises(KeyError):
        _ = watcher.stream()
    watcher, _ = await begun(asking(TEXT))
    stream = watcher.stream()
    assert stream is not None
    with pytest.raises(ValueError, match="no JSON"):
        _ = await stream.piece(b"data: {\n\n")
