"""Documents that call MCP servers and agents, executed from end to end."""

from functools import partial

import pytest
from tests.contract.callees.loopback import served
from tests.contract.callees.official_a2a import made as official_agent
from tests.contract.callees.official_mcp import made as official_server
from tests.contract.callees.world import a2a, mcp
from tests.unit.protocols.scripted_server import says, serving
from tests.world import Scene, document

pytestmark = pytest.mark.anyio


def _tool(url: str, name: str, *, arguments: str = "{}", more: str = "") -> str:
    return f"""
- ask:
    call: mcp
    with:
      method: tools/call
      parameters: {{name: {name}, arguments: {arguments}}}
      transport: {{http: {{endpoint: {url}}}}}
      {more}
"""


def _caught(task: str) -> str:
    indented = "\n".join(f"      {line}" for line in task.strip("\n").splitlines())
    return f"""
- safely:
    try:
{indented}
    catch:
      as: error
      do:
        - told: {{set: {{type: "${{ $error.type }}", detail: "${{ $error.detail }}"}}}}
"""


async def test_a_tool_computes_with_what_the_run_has():
    async with served(official_server().streamable_http_app()) as url, mcp() as caller:
        task = _tool(f"{url}/mcp", "add", arguments="{a: '${ .first }', b: 3}")
        scene = Scene(
            document(f"{task}    output: {{as: .structuredContent.result}}\n"),
            protocols={"mcp": caller},
        )
        output = await scene.output({"first": 4})

    assert output == 7
    notes = [span.attributes for span in scene.ledger.spans.values() if span.name == "mcp"]
    assert "MCP 2025-06-18 with official 9.1" in str(notes)


async def test_a_tool_that_fails_is_caught_as_runtime():
    async with served(official_server().streamable_http_app()) as url, mcp() as caller:
        scene = Scene(document(_caught(_tool(f"{url}/mcp", "fail"))), protocols={"mcp": caller})
        output = await scene.output()

    assert output["type"].endswith("/errors/runtime")
    assert "no coffee left" in output["detail"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, "authentication"), (403, "authorization"), (503, "communication")],
)
async def test_a_server_that_refuses_is_caught_by_the_kind_of_its_refusal(status, kind):
    async with serving(says({}, status)) as server, mcp() as caller:
        task = _caught(_tool(f"{server.url}/mcp", "add"))
        output = await Scene(document(task), protocols={"mcp": caller}).output()

    assert output["type"].endswith(f"/errors/{kind}")


async def test_a_call_that_takes_longer_than_it_may_is_a_timeout():
    async with served(official_server().streamable_http_app()) as url, mcp() as caller:
        task = _caught(_tool(f"{url}/mcp", "add", more="timeout: PT0.000S"))
        output = await Scene(document(task), protocols={"mcp": caller}).output()

    assert output["type"].endswith("/errors/timeout")


async def test_a_list_of_tools_is_a_list_to_loop_over():
    tasks = """
- list:
    call: mcp
    with:
      method: tools/list
      protocolVersion: '2026-07-28'
      transport: {http: {endpoint: URL/mcp}}
    output: {as: '[.tools[].name]'}
- each:
    for: {each: tool, in: .}
    do:
      - keep: {set: '${ $tool }'}
"""
    server = official_server(tools=3)
    async with served(server.streamable_http_app()) as url, mcp() as caller:
        scene = Scene(document(tasks.replace("URL", url)), protocols={"mcp": caller})
        output = await scene.output()

    assert output == "add2"


CONVERSATION = """
- begin:
    call: a2a
    with:
      method: message/send
      agentCard: {endpoint: URL}
      parameters: {message: {parts: [{kind: text, text: ask}]}}
    export: {as: '{task: .id, context: .contextId}'}
- decide:
    switch:
      - more: {when: '.status.state == "input-required"', then: answer}
      - done: {then: end}
- answer:
    call: a2a
    with:
      method: message/send
      agentCard: {endpoint: URL}
      parameters:
        message:
          taskId: ${ $context.task }
          contextId: ${ $context.context }
          parts: [{kind: text, text: the red one}]
    output: {as: '{state: .status.state, said: .artifacts[0].parts[0].text}'}
"""


@pytest.mark.parametrize("version", ["1.0", "0.3"])
async def test_a_conversation_with_an_agent_is_the_same_in_both_versions(version):
    async with served(partial(official_agent, version=version)) as url, a2a() as caller:
        scene = Scene(document(CONVERSATION.replace("URL", url)), protocols={"a2a": caller})
        output = await scene.output()

    assert output == {"state": "completed", "said": "done: the red one"}


async def test_a_call_that_was_under_way_in_a_crash_sends_the_same_message_again():
    sent = []
    message = {"role": "ROLE_AGENT", "messageId": "m", "parts": [{"text": "hi"}]}

    async def handler(request):
        body = await request.json()
        sent.append((body["params"]["message"]["messageId"], request.headers["Idempotency-Key"]))
        return await says({"jsonrpc": "2.0", "id": 1, "result": {"message": message}})(request)

    task = """
- ask:
    call: a2a
    with:
      method: message/send
      server: URL
      parameters: {message: {parts: [{text: hello}]}}
"""
    async with serving(handler) as server, a2a() as caller:
        scene = Scene(document(task.replace("URL", server.url)), protocols={"a2a": caller})
        scene.crash_at = 1
        output = await scene.output()

    assert output["parts"] == [{"kind": "text", "text": "hi"}]
    assert len(sent) == 2
    assert len(set(sent)) == 1
