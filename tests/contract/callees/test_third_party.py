"""Third-party documents that call agents and MCP servers run against a mock of what they need."""

import json
from pathlib import Path

import pytest
from aiohttp import web
from tests.contract.callees.world import a2a, mcp
from tests.unit.protocols.scripted_server import serving
from tests.world import Scene

from podium.workflows.documents.check import check
from podium.workflows.documents.yaml import load

pytestmark = [pytest.mark.anyio, pytest.mark.shared]
EXAMPLES = Path(__file__).parents[4] / "shared" / "openworkflow" / "examples"
AGENTS = EXAMPLES / "sdk-java-7.26" / "a2a"
JOKE = "Why did the chicken cross the road?"


def task(state, text="thinking"):
    parts = [{"text": text, "metadata": {}, "filename": "", "mediaType": ""}]
    made = [{"artifactId": "a", "parts": parts, "extensions": []}]
    return {
        "id": "t-1",
        "contextId": "c-1",
        "status": {"state": f"TASK_STATE_{state}"},
        "artifacts": made,
    }


def answer(method, given):
    """What the agent of these documents says, in 1.0."""
    text = given.get("message", {}).get("parts", [{}])[0].get("text")
    match method, text:
        case "SendMessage", "Hello Agent!":
            message = {"messageId": "m", "role": "ROLE_AGENT", "parts": [{"text": "Hello World"}]}
            return {"message": message}
        case "SendMessage", "tell me a joke":
            return {"task": task("COMPLETED", JOKE)}
        case "SendStreamingMessage", _:
            return {"task": task("COMPLETED", "I feel emptiness")}
        case "ListTasks", _:
            return {"tasks": [task("SUBMITTED")], "nextPageToken": "", "pageSize": 1}
        case "GetTask", _:
            return task("WORKING") | {"id": given["id"]}
        case _:
            return task("CANCELED") | {"id": given["id"]}


async def agent(request: web.Request) -> web.StreamResponse:
    if request.method == "GET":
        interface = {
            "url": f"http://{request.host}",
            "protocolBinding": "JSONRPC",
            "protocolVersion": "1.0",
        }
        return web.json_response({"name": "Hello World Agent", "supportedInterfaces": [interface]})
    asked = json.loads(await request.read())
    result = answer(asked["method"], asked.get("params", {}))
    return web.json_response({"jsonrpc": "2.0", "id": asked["id"], "result": result})


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("a2a-hello-world", "Hello World"),
        ("a2a-tell-joke", JOKE),
        ("a2a-life-meaning", "I feel emptiness"),
    ],
)
async def test_an_agent_is_asked(name, output):
    text = (AGENTS / f"{name}.yaml").read_text("utf-8")
    async with serving(agent) as server, a2a() as caller:
        text = text.replace("http://localhost:11111", server.url)
        assert await Scene(text, protocols={"a2a": caller}).output() == output


async def test_tasks_are_listed_looked_up_and_cancelled():
    text = (AGENTS / "a2a-task-handler.yaml").read_text("utf-8")
    async with serving(agent) as server, a2a() as caller:
        text = text.replace("http://localhost:11111", server.url)
        output = await Scene(text, protocols={"a2a": caller}).output()

    assert (output["id"], output["status"]["state"]) == ("t-1", "canceled")
    methods = [each["method"] for each in server.seen if each]
    assert methods == ["ListTasks", "GetTask", "CancelTask"]


@pytest.mark.parametrize("version", ["v1.0.3", "main-2026-07-29"])
async def test_the_example_of_mcp_warns_of_its_secret_and_says_what_it_would_need(version):
    """It starts a program of npm with the network: that is for whoever runs podium to allow."""
    text = (EXAMPLES / version / "call-mcp.yaml").read_text("utf-8")

    warned = [each.rule for each in check(load(text, name="call-mcp.yaml"), {})]
    async with mcp(None) as caller:
        error = await Scene(text, protocols={"mcp": caller}).error()

    assert warned == ["secret-in-document"]
    assert error["type"].endswith("/errors/authorization")
    assert "add mcp to processes.allow" in error["detail"]
