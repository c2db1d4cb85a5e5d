"""What the linter says about `call: mcp` and `call: a2a`."""

import pytest

from podium.workflows.documents.check import check
from podium.workflows.documents.findings import Finding
from podium.workflows.documents.yaml import load

HEAD = "document: {dsl: 1.0.3, namespace: a, name: b, version: 1.0.0}\n"
GIVEN = "environment: {TOKEN: '${ $secrets.token }'}"
HTTP = "transport: {http: {endpoint: https://mcp.example.com}}"
CARD = "agentCard: {endpoint: https://agent.example.com}"


def findings(called: str, arguments: str) -> tuple[Finding, ...]:
    use = "use: {secrets: [token]}\n" if "$secrets.token" in arguments else ""
    text = f"{HEAD}{use}do:\n  - ask:\n      call: {called}\n      with: {{{arguments}}}\n"
    return check(load(text, name="flow.yaml"), {})


@pytest.mark.parametrize(
    "arguments",
    [
        f"method: tools/list, {HTTP}",
        f"method: tools/call, parameters: {{name: add}}, {HTTP}",
        f"method: tools/call, parameters: '${{ .asked }}', {HTTP}",
        f"method: resources/read, parameters: {{uri: 'note://1'}}, {HTTP}",
        f"method: tools/list, protocolVersion: 2026-07-28, {HTTP}",
        f"method: tools/list, protocolVersion: '${{ .version }}', {HTTP}",
        f"method: tools/list, transport: {{stdio: {{command: x, {GIVEN}}}}}",
    ],
)
def test_calls_of_mcp_servers_are_accepted(arguments: str):
    assert findings("mcp", arguments) == ()


@pytest.mark.parametrize(
    "arguments",
    [
        f"method: message/send, parameters: {{message: {{parts: [{{text: hi}}]}}}}, {CARD}",
        f"method: message/stream, parameters: '${{ .asked }}', {CARD}",
        f"method: tasks/get, parameters: {{id: t}}, {CARD}",
        f"method: tasks/cancel, parameters: {{taskId: '${{ .id }}'}}, {CARD}",
        f"method: tasks/list, {CARD}",
        "method: tasks/list, server: https://agent.example.com/rpc",
    ],
)
def test_calls_of_agents_are_accepted(arguments: str):
    assert findings("a2a", arguments) == ()


@pytest.mark.parametrize(
    ("called", "arguments", "rule", "path", "said"),
    [
        (
            "mcp",
            f"method: tools/list, protocolVersion: 2025-11-24, {HTTP}",
            "mcp-version",
            "/protocolVersion",
            'Did you mean "2025-11-25"?',
        ),
        (
            "mcp",
            f"method: tools/call, {HTTP}",
            "missing-parameter",
            "",
            "calls tools/call without saying which. Give its 'name'.",
        ),
        (
            "mcp",
            f"method: resources/read, parameters: {{name: x}}, {HTTP}",
            "missing-parameter",
            "/parameters",
            "Give its 'uri'.",
        ),
        (
            "mcp",
            "method: tools/list, transport: {http: {endpoint: https://x.y, headers: {Cookie: a}}}",
            "secret-in-document",
            "/transport/http/headers/Cookie",
            "write ${ $secrets.NAME }",
        ),
        (
            "mcp",
            "method: tools/list, transport: {stdio: {command: npx, environment: {MY_TOKEN: abc}}}",
            "secret-in-document",
            "/transport/stdio/environment/MY_TOKEN",
            "'MY_TOKEN' of 'ask' looks like a secret",
        ),
        ("a2a", "method: tasks/list", "missing-agent", "", "Give it an 'agentCard' or a 'server'"),
        (
            "a2a",
            f"method: tasks/list, server: https://x.example.com, {CARD}",
            "ignored-server",
            "/server",
            "'server' is ignored",
        ),
        (
            "a2a",
            f"method: message/send, {CARD}",
            "missing-parameter",
            "",
            "without a message. Give it one with 'parts'",
        ),
        (
            "a2a",
            f"method: tasks/get, parameters: {{historyLength: 1}}, {CARD}",
            "missing-parameter",
            "/parameters",
            "without saying which task",
        ),
    ],
)
def test_what_cannot_work_is_said_where_it_stands(called, arguments, rule, path, said):
    (found,) = findings(called, arguments)

    assert (found.rule, found.path) == (rule, f"/do/0/ask/with{path}")
    assert said in found.message
