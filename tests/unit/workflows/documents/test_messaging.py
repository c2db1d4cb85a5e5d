"""What authors are told of calls that carry messages, before anything runs."""

import pytest
from tests.unit.workflows.documents.written import findings

from podium.workflows.documents.findings import Finding


def warned(text: str) -> list[Finding]:
    rules = {"resource-address", "endless-subscription"}
    indented = "\n".join(f"  {line}" for line in text.strip("\n").splitlines())
    return [each for each in findings(f"do:\n{indented}\n") if each.rule in rules]


def grpc(endpoint: str) -> str:
    return f"""
- greet:
    call: grpc
    with:
      proto: {{endpoint: {endpoint}}}
      service: {{name: Greeter, host: example.com}}
      method: Greet
"""


def subscription(consume: str) -> str:
    return f"""
- listen:
    call: asyncapi
    with:
      document: {{endpoint: "https://example.com/asyncapi.json"}}
      operation: listen
      subscription: {{consume: {consume}}}
"""


@pytest.mark.parametrize(
    "endpoint", ["protos/greet.proto", "file://app/greet.proto", "{uri: greet.proto}"]
)
def test_a_file_that_nobody_can_fetch_is_told(endpoint: str):
    (warning,) = warned(grpc(endpoint))
    assert warning.rule == "resource-address"
    assert "cannot be fetched" in warning.message
    assert warning.line == 6


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://example.com/greet.proto",
        '"data:text/plain,x"',
        '"${ .where }"',
        '{uri: "http://example.com/x"}',
    ],
)
def test_a_file_that_can_be_fetched_is_not(endpoint: str):
    assert warned(grpc(endpoint)) == []


@pytest.mark.parametrize("consume", ['{while: "${ true }"}', '{while: "${true}"}'])
def test_a_subscription_without_end_is_told(consume: str):
    (warning,) = warned(subscription(consume))
    assert (warning.rule, warning.line) == ("endless-subscription", 8)
    assert "until its run is cancelled" in warning.message


@pytest.mark.parametrize(
    "consume", ['{while: "${ true }", for: {hours: 1}}', "{amount: 3}", '{while: "${ . < 3 }"}']
)
def test_a_subscription_with_an_end_is_not(consume: str):
    assert warned(subscription(consume)) == []
