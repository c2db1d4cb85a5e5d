"""Models that are supplied with tools and JSON, over a source of chats that plays a script."""

import itertools
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

import pytest
from tests.unit.gateway.fakes import FIRST, StillClock
from tests.unit.gateway.supply.test_json_answers import SHAPE, problems, said
from tests.unit.gateway.supply.test_tools import CLOCK, chat, tool

from podium.gateway.errors import UpstreamFailed
from podium.gateway.models import Deadlines, Model, Outcome
from podium.gateway.supply.modes import JsonMode, Supply, ToolMode
from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.protocols.folding import gathered, pieces
from podium.protocols.supplied import Means, SuppliedSource

pytestmark = pytest.mark.anyio

TOOLS = replace(FIRST, supply=Supply(ToolMode.EMULATED))
JSON = replace(FIRST, supply=Supply(json=JsonMode.REPAIR))
BOTH = replace(FIRST, supply=Supply(ToolMode.EMULATED, JsonMode.REPAIR))
OFF = replace(FIRST, supply=Supply(ToolMode.OFF, JsonMode.OFF))
LIMITS = Deadlines(total=60.0)


@dataclass
class Playing:
    """A `ChatSource` that says these texts; each takes ten seconds."""

    texts: list[str]
    clock: StillClock = field(default_factory=StillClock)
    asked: list[JsonObject] = field(default_factory=list[JsonObject])
    left: list[float] = field(default_factory=list[float])

    async def chat(self, model: Model, chat: JsonObject, deadlines: Deadlines) -> dict[str, Json]:
        self.asked.append(chat)
        self.left.append(deadlines.total)
        self.clock.at += 10
        usage: dict[str, Json] = {
            "prompt_tokens": 5,
            "completion_tokens": 2,
            "completion_tokens_details": {"reasoning_tokens": 1},
        }
        return {**said(self.texts.pop(0)), "usage": usage}

    async def chunks(
        self, model: Model, chat: JsonObject, deadlines: Deadlines
    ) -> AsyncGenerator[dict[str, Json], None]:
        for piece in pieces(await self.chat(model, chat, deadlines)):
            yield piece

    async def embeddings(
        self, model: Model, request: JsonObject, deadlines: Deadlines
    ) -> dict[str, Json]:
        return {"data": [request["input"]]}

    def source(self) -> SuppliedSource:
        numbers = itertools.count(1)
        return SuppliedSource(self, Means(self.clock, problems, lambda: f"call_{next(numbers)}"))


async def streamed(playing: Playing, model: Model, asked: JsonObject) -> dict[str, Json]:
    async with aclosing(playing.source().chunks(model, asked, LIMITS)) as chunks:
        return gathered([chunk async for chunk in chunks])


async def test_a_model_that_lacks_nothing_is_asked_as_the_caller_asks():
    playing = Playing(["ok", "ok"])
    asked = chat(response_format=SHAPE)
    answer = await playing.source().chat(FIRST, asked, LIMITS)
    assert (await streamed(playing, FIRST, asked))["choices"] == answer["choices"]
    assert playing.asked == [asked, asked]
    assert "podium" not in answer
    assert "podium" not in await streamed(Playing(["ok"]), FIRST, chat(tools=None))


@pytest.mark.parametrize("model", [TOOLS, BOTH])
async def test_calls_come_from_a_model_without_tools(model: Model):
    playing = Playing([json.dumps(CLOCK)])
    answer = await playing.source().chat(model, chat(), LIMITS)
    [choice] = answer["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["tool_calls"][0]["function"]["name"] == "time"
    assert "tools" not in playing.asked[0]
    assert "tools" in answer["podium"]["supplied"]


@pytest.mark.parametrize("model", [TOOLS, BOTH])
async def test_and_in_streams(model: Model):
    answer = await streamed(Playing([json.dumps(CLOCK)]), model, chat())
    [choice] = answer["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["tool_calls"][0]["function"]["arguments"] == "{}"
    assert "tools" in answer["podium"]["supplied"]


async def test_json_is_asked_for_until_it_fits_and_all_of_it_is_counted():
    playing = Playing(["seven", '{"age": "7"}', '{"age": 7}'])
    asked = chat(tools=None, response_format=SHAPE)
    answer = await playing.source().chat(JSON, asked, LIMITS)
    assert answer["choices"][0]["message"]["content"] == '{"age":7}'
    assert answer["podium"] == {"supplied": ["json_schema"], "repairs": 2}
    assert answer["usage"] == {
        "prompt_tokens": 15,
        "completion_tokens": 6,
        "completion_tokens_details": {"reasoning_tokens": 3},
    }
    assert playing.left == [60.0, 50.0, 40.0]


async def test_json_that_is_never_right_is_a_failure_of_the_model():
    playing = Playing(["no"] * 9)
    with pytest.raises(UpstreamFailed, match="3 tries") as failed:
        _ = await playing.source().chat(JSON, chat(response_format=SHAPE), LIMITS)
    assert failed.value.failure.outcome is Outcome.MALFORMED
    assert len(playing.asked) == 3


async def test_a_call_that_is_spelled_wrong_is_asked_for_again():
    playing = Playing(["The time!", '{"tool": "time"}', json.dumps(CLOCK)])
    answer = await playing.source().chat(BOTH, chat(), LIMITS)
    assert answer["choices"][0]["message"]["tool_calls"]
    assert answer["podium"] == {"supplied": ["tools", "json_schema"], "repairs": 2}


async def test_a_stream_of_json_comes_when_it_is_right():
    playing = Playing(["seven", '{"age": 7}'])
    answer = await streamed(playing, JSON, chat(tools=None, response_format=SHAPE))
    assert answer["choices"][0]["message"]["content"] == '{"age":7}'
    assert answer["podium"] == {"supplied": ["json_schema"], "repairs": 1}


@pytest.mark.parametrize(
    ("asked", "remedy"),
    [
        (chat(tools=[tool("time")]), "tools: emulated"),
        (chat(tools=None, response_format=SHAPE), "json_schema: repair"),
    ],
)
async def test_what_is_switched_off_is_refused_with_the_way_to_switch_it_on(asked, remedy):
    playing = Playing(["ok"])
    with pytest.raises(Invalid, match=remedy):
        _ = await playing.source().chat(OFF, asked, LIMITS)
    assert (await playing.source().chat(OFF, chat(tools=None), LIMITS))["choices"]


async def test_embeddings_go_through():
    source = Playing([]).source()
    assert await source.embeddings(BOTH, {"input": "x"}, LIMITS) == {"data": ["x"]}
