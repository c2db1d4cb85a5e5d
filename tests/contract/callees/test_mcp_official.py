"""`call: mcp` with the server of the official SDK, over each of its transports and versions."""

import pytest
from tests.contract.callees.loopback import served
from tests.contract.callees.official_mcp import made
from tests.contract.callees.world import call, mcp

from podium.kernel.errors import Invalid
from podium.workflows.calls.callee import CalleeFailed
from podium.workflows.calls.mcp import VERSIONS

pytestmark = pytest.mark.anyio
HANDSHAKES = VERSIONS[:-1]
TRANSPORTS = [*((version, "/mcp") for version in VERSIONS), ("2024-11-05", "/sse")]


async def asked(url, method, parameters=None, *, version=None):
    """One call over HTTP: the output, and the notes of the trace."""
    context = call()
    arguments = {"method": method, "transport": {"http": {"endpoint": url}}}
    if parameters is not None:
        arguments["parameters"] = parameters
    if version is not None:
        arguments["protocolVersion"] = version
    async with mcp() as caller:
        return await caller.call(arguments, context), context.notes


def application(path, options=None):
    server = made()
    return server.sse_app() if path == "/sse" else server.streamable_http_app(**options or {})


@pytest.mark.parametrize(("version", "path"), TRANSPORTS)
async def test_a_tool_is_called_in_every_version(version, path):
    async with served(application(path)) as url:
        sum_of = {"name": "add", "arguments": {"a": 2, "b": 3}}
        output, notes = await asked(f"{url}{path}", "tools/call", sum_of, version=version)

    assert output["structuredContent"] == {"result": 5}
    assert output["content"][0]["text"] == "5"
    assert notes == [f"MCP {version} with official 9.1"]


@pytest.mark.parametrize(("version", "path"), TRANSPORTS)
async def test_each_other_method_gives_the_result_of_the_protocol(version, path):
    async with served(application(path)) as url:

        async def output(method, parameters=None):
            found, _ = await asked(f"{url}{path}", method, parameters, version=version)
            return found

        tools = await output("tools/list")
        prompts = await output("prompts/list")
        prompt = await output("prompts/get", {"name": "review", "arguments": {"code": "x = 1"}})
        resources = await output("resources/list")
        templates = await output("resources/templates/list")
        note = await output("resources/read", {"uri": "note://by/Ann"})

    assert {tool["name"] for tool in tools["tools"]} == {"add", "fail", "greet", "key", "slow"}
    assert [each["name"] for each in prompts["prompts"]] == ["review"]
    assert prompt["messages"][0]["content"]["text"] == "Review x = 1"
    assert [each["uri"] for each in resources["resources"]] == ["note://one"]
    assert [each["uriTemplate"] for each in templates["resourceTemplates"]] == ["note://by/{name}"]
    assert note["contents"][0]["text"] == "a note by Ann"


@pytest.mark.parametrize("options", [{"json_response": True}, {"stateless_http": True}])
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_server_may_have_no_sessions_and_no_streams(version, options):
    async with served(application("/mcp", options)) as url:
        sum_of = {"name": "add", "arguments": {"a": 2, "b": 3}}
        output, _ = await asked(f"{url}/mcp", "tools/call", sum_of, version=version)

    assert output["structuredContent"] == {"result": 5}


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_a_server_tells_on_the_way_is_passed_over(version):
    async with served(application("/mcp")) as url:
        output, _ = await asked(f"{url}/mcp", "tools/call", {"name": "slow"}, version=version)

    assert output["content"][0]["text"] == "done"


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_tool_that_fails_is_an_error_that_says_why(version):
    async with served(application("/mcp")) as url:
        with pytest.raises(CalleeFailed, match=r"The tool 'fail' failed: .*no coffee left"):
            _ = await asked(f"{url}/mcp", "tools/call", {"name": "fail"}, version=version)


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_a_server_has_not_is_an_error_with_its_code(version):
    async with served(application("/mcp")) as url:
        with pytest.raises(
            CalleeFailed, match=r"answers with error -32\d+: .*note://none"
        ) as failed:
            _ = await asked(f"{url}/mcp", "resources/read", {"uri": "note://none"}, version=version)

    assert failed.value.number < 0


async def test_without_a_version_the_one_of_the_language_is_offered():
    async with served(application("/mcp")) as url:
        _, notes = await asked(f"{url}/mcp", "tools/list")

    assert notes == ["MCP 2025-06-18 with official 9.1"]


async def test_a_parameter_that_a_tool_wants_in_a_header_goes_there():
    async with served(application("/mcp")) as url:
        greeting = {"name": "greet", "arguments": {"name": "Zoë"}}
        output, _ = await asked(f"{url}/mcp", "tools/call", greeting, version="2026-07-28")

    assert output["content"][0]["text"] == "Hello, Zoë!"


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_idempotency_key_comes_along(version):
    async with served(application("/mcp")) as url:
        output, _ = await asked(f"{url}/mcp", "tools/call", {"name": "key"}, version=version)

    assert output["structuredContent"] == {"key": "run_1:/do/ask"}


async def test_a_version_that_nobody_speaks_is_refused_with_those_that_somebody_does():
    with pytest.raises(Invalid, match=r"'2023-01-01' that podium speaks\. Write one of 2024-11-05"):
        _ = await asked("http://127.0.0.1:1", "tools/list", version="2023-01-01")
