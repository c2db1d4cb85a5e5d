import pytest
from tests.unit.workflows.documents.written import findings, only, rules

USE = "use: {secrets: [key]}\n"


@pytest.mark.parametrize(
    "task",
    [
        "{set: {x: 1}, input: {from: '{k: $secrets.key}'}}",
        "{set: {x: 1}, if: $secrets.key != null}",
        (
            "{call: http, with: {method: get, endpoint: {uri: 'http://x', "
            "authentication: {bearer: {token: '${ $secrets.key }'}}}}}"
        ),
        "{call: llm, with: {prompt: '${ $secrets.key }'}}",
    ],
)
def test_a_secret_may_be_read_where_it_is_used(task: str):
    assert rules(f"{USE}do:\n  - a: {task}") == []


@pytest.mark.parametrize(
    "task",
    [
        "{set: {x: 1}, output: {as: $secrets.key}}",
        "{set: {x: 1}, export: {as: '{k: $secrets.key}'}}",
        "{raise: {error: {type: 'https://x/e', status: 500, detail: '${ $secrets.key }'}}}",
    ],
)
def test_a_secret_may_not_be_read_where_what_is_computed_is_stored(task: str):
    found = only(f"{USE}do:\n  - a: {task}")
    assert (found.rule, found.severity) == ("secret-place", "error")
    assert "$secrets.key" in found.message


def test_the_output_of_the_workflow_holds_no_secret():
    assert rules(f"{USE}output: {{as: '$secrets.key'}}\ndo: []") == ["secret-place"]


def test_in_set_it_is_a_warning():
    found = only(f"{USE}do:\n  - a: {{set: {{x: '${{ $secrets.key }}'}}}}")
    assert (found.rule, found.severity) == ("secret-place", "warning")


def test_secrets_that_are_read_have_to_be_declared_and_once():
    body = "use: {secrets: [one, two]}\ndo:\n  - a: {wait: '${ $secrets.one + $secrets.three }'}"
    assert sorted(rules(body)) == ["unknown-secret", "unused-secret"]
    assert rules("use: {secrets: [one, one]}\ndo:\n  - a: {wait: '${ $secrets.one }'}") == [
        "duplicate-secret"
    ]


def test_a_secret_with_an_unusual_name_is_found_too():
    assert rules("use: {secrets: [a-b]}\ndo:\n  - a: {wait: '${ $secrets[\"a-b\"] }'}") == []
    assert rules("use: {secrets: [a-b]}\ndo:\n  - a: {wait: '${ $secrets.\"a-b\" }'}") == []


def test_the_spelling_of_the_java_runtime_is_taken_with_a_warning():
    found = findings("use: {secrets: [one]}\ndo:\n  - a: {wait: '${ $secret.one }'}")
    assert [(each.rule, each.severity) for each in found] == [("secret-spelling", "warning")]
    found = findings("do:\n  - a: {wait: '${ $secret.two }'}")
    assert {(each.rule, each.severity) for each in found} == {
        ("secret-spelling", "warning"),
        ("unknown-secret", "warning"),
    }
