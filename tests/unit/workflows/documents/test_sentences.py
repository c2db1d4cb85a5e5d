import pytest
from tests.unit.workflows.documents.written import only, rules

from podium.workflows.documents.check import check
from podium.workflows.documents.yaml import load


def test_a_task_without_a_kind_is_told_which_there_are():
    found = only("do:\n  - a: {sett: {x: 1}}")
    assert found.rule == "schema/falseSchema"
    assert 'Did you mean "set"?' in found.message
    assert found.path == "/do/0/a"
    assert (found.line, found.column) == (3, 5)


def test_an_unknown_member_is_named_with_its_neighbour():
    found = only("do:\n  - a: {call: http, with: {metod: get, method: get, endpoint: http://x}}")
    assert found.rule == "schema/additionalProperties"
    assert found.path == "/do/0/a/with/metod"
    assert "do.a.with has 'metod'" in found.message
    assert 'Did you mean "method"?' in found.message


def test_a_missing_member_is_named():
    found = only("do:\n  - a: {call: http, with: {method: get}}")
    assert found.message == "do.a.with needs 'endpoint'. Add it."


def test_two_tasks_in_one_entry_are_told_apart():
    found = only("do:\n  - a: {set: {x: 1}}\n    b: {set: {x: 1}}")
    assert found.message == "do.0 holds 'a', 'b' in one entry. Begin each with its own '- '."


def test_a_version_that_is_a_number_is_told_to_be_a_string():
    text = "document: {dsl: '1.0.3', namespace: a, name: b, version: 1.0}\ndo: []"
    (wrong,) = check(load(text, name="x"), {})
    assert wrong.message == (
        "document.version is 1.0, expected a string. Write a version of three numbers such as "
        "'1.0.0'."
    )


@pytest.mark.parametrize(
    ("body", "rule", "words"),
    [
        ("do:\n  - a: {wait: soon}", "schema/pattern", "PT30S"),
        ("do:\n  - a: {wait: {}}", "schema/minProperties", "empty"),
        ("do:\n  - a: {wait: 5}", "schema/type", "expected a string or a mapping"),
        ("do:\n  - a: {switch: []}", "schema/minItems", "empty"),
        (
            "do:\n  - a: {call: mcp, with: {method: tools/lst, transport: {stdio: {command: x}}}}",
            "schema/enum",
            'Did you mean "tools/list"?',
        ),
        (
            "do:\n  - a: {try: [], catch: {retry: {backoff: {}}}}",
            "schema/falseSchema",
            "exponential",
        ),
        (
            "do:\n  - a: {call: http, with: {method: get, endpoint: 'http://a b'}}",
            "schema/pattern",
            "without spaces",
        ),
        ("do:\n  - a: {listen: {to: {}}}", "schema/falseSchema", "'one', 'any' or 'all'"),
        ("do:\n  - a: {raise: {error: {type: 'https://x/y'}}}", "schema/required", "'status'"),
        ("do: 5", "schema/type", "expected a list"),
        ("use: {secrets: [1]}\ndo: []", "schema/type", "use.secrets.0 is 1"),
    ],
)
def test_each_kind_of_error_says_what_and_what_to_do(body: str, rule: str, words: str):
    found = only(body)
    assert found.rule == rule
    assert words in found.message


def test_the_linter_waits_until_the_shape_is_right():
    assert rules("do:\n  - a: {set: {x: 1}, then: nowhere, extra: 1}") == [
        "schema/additionalProperties"
    ]


def test_two_transports_do_not_stand_together():
    both = "{http: {endpoint: http://x}, stdio: {command: x}}"
    found = only(f"do:\n  - a: {{call: mcp, with: {{method: tools/list, transport: {both}}}}}")
    assert "Write either 'http' or 'stdio'." in found.message
