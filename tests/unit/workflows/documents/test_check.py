import pytest
from tests.unit.workflows.documents.written import HEAD, findings, rules

from podium.kernel.errors import Invalid
from podium.kernel.json import digest
from podium.workflows.documents.check import parse
from podium.workflows.documents.yaml import load


def test_a_good_document_becomes_plain_json_with_a_digest():
    text = f"{HEAD}do:\n  - a: {{set: {{x: 1}}}}\n"
    found = parse(text, name="flow.yaml", functions={})
    assert (found.namespace, found.name, found.version) == ("tests", "flow", "0.1.0")
    assert found.title == "flow"
    assert found.source == load(text, name="flow.yaml").value
    assert found.digest == digest(found.source)
    assert found.text == text


def test_the_same_document_as_json_has_the_same_digest():
    yaml = parse(f"{HEAD}do: []", name="a", functions={})
    json = parse(
        '{"do":[],"document":{"version":"0.1.0","name":"flow","namespace":"tests","dsl":"1.0.3"}}',
        name="b",
        functions={},
    )
    assert yaml.digest == json.digest


def test_every_error_is_a_problem_and_warnings_refuse_nothing():
    text = f"{HEAD}use: {{secrets: [s]}}\ndo:\n  - a: {{wait: P1M, then: x}}\n"
    with pytest.raises(Invalid) as caught:
        _ = parse(text, name="flow.yaml", functions={})
    assert [each.rule for each in caught.value.problems] == ["duration", "unknown-target"]
    assert parse(f"{HEAD}use: {{secrets: [s]}}\ndo: []", name="x", functions={})


def test_a_schema_in_another_format_is_refused_before_anything_runs():
    task = "{set: {x: 1}, output: {schema: {format: avro, document: {}}}}"
    assert rules(f"do:\n  - a: {task}") == ["unsupported"]


@pytest.mark.parametrize(
    "member",
    [
        "evaluate: {language: js}",
    ],
)
def test_whole_document_features_that_do_not_run_yet_are_refused(member: str):
    assert rules(f"{member}\ndo: []") == ["unsupported"]


def test_a_member_that_means_nothing_is_refused():
    (found,) = findings("schedul: {every: PT1H}\ndo: []")
    assert found.rule == "unknown-member"
    assert 'Did you mean "schedule"?' in found.message


def test_a_schema_that_is_none_is_refused():
    assert rules("input: {schema: {document: {type: strin}}}\ndo: []") == ["invalid-schema"]
    assert rules("input: {schema: {document: {$ref: 'http://x.example/s'}}}\ndo: []") == [
        "invalid-schema"
    ]


def test_more_than_ten_thousand_tasks_are_refused():
    tasks = "".join(f"  - t{place}: {{set: {{x: 1}}}}\n" for place in range(10_001))
    assert rules(f"do:\n{tasks}") == ["too-many-tasks"]


def test_findings_come_in_the_order_of_the_text():
    body = "do:\n  - a: {wait: P1M}\n  - b: {wait: P1Y}\n  - c: {set: {x: '${ .. .. }'}}"
    assert [each.line for each in findings(body)] == [3, 4, 5]
