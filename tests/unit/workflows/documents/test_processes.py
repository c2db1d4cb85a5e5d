"""What the linter says about `run` with scripts, shell commands and containers."""

import pytest

from podium.workflows.documents.check import check
from podium.workflows.documents.findings import Finding
from podium.workflows.documents.yaml import load

HEAD = "document: {dsl: 1.0.3, namespace: a, name: b, version: 1.0.0}\ndo:\n"


def findings(run: str) -> tuple[Finding, ...]:
    return check(load(f"{HEAD}  - a:\n      run: {run}\n", name="flow.yaml"), {})


def rules(run: str) -> list[str]:
    return [each.rule for each in findings(run)]


@pytest.mark.parametrize(
    "run",
    [
        "{script: {language: js, code: 'console.log(`${1 + 1}`)'}}",
        "{script: {language: python, code: 'print(1)', arguments: [x, '${ .y }']}}",
        "{script: {language: '${ .language }', code: ''}}",
        "{shell: {command: ls, stdin: '${ . }', environment: {A: '${ .a }'}}}",
        "{container: {image: alpine, command: 'echo $1', arguments: [x]}, return: all}",
        "{shell: {command: ls}, await: false}",
    ],
)
def test_programs_are_accepted(run: str):
    assert findings(run) == ()


def test_a_language_that_nobody_runs_is_refused_with_what_to_do():
    (found,) = findings("{script: {language: ruby, code: ''}}")
    assert (found.rule, found.severity) == ("script-language", "error")
    assert found.path == "/do/0/a/run/script/language"
    assert "js and python, not in 'ruby'" in found.message
    assert "run.container" in found.message
    (other,) = findings("{script: {language: javascript, code: ''}}")
    assert (other.rule, other.severity) == ("script-language", "warning")


@pytest.mark.parametrize(
    "command",
    [
        "echo ${NAME}",
        "echo ${NAME:-nobody} ${#NAME} ${1} ${@}",
        "for f in *; do echo ${f%.txt}; done",
    ],
)
def test_the_parameters_of_the_shell_are_not_taken_for_expressions(command: str):
    assert findings(f'{{shell: {{command: "{command}"}}}}') == ()
    assert findings(f'{{container: {{image: a, command: "{command}"}}}}') == ()


@pytest.mark.parametrize("command", ["echo ${ .name }", "echo ${.name}", "echo ${NAME} ${ .name }"])
def test_an_expression_inside_a_command_is_refused(command: str):
    (found,) = findings(f"{{shell: {{command: '{command}'}}}}")
    assert found.rule == "partial-expression"
    assert command in found.message


def test_a_mapping_of_arguments_is_read_and_its_keys_may_be_expressions():
    (found,) = findings("{shell: {command: a, arguments: {'${ .key }': '${ .value }', b: }}}")
    assert (found.rule, found.severity) == ("named-arguments", "warning")
    assert "a list" in found.message
    wrong = findings("{shell: {command: a, arguments: {'${ .key( }': x, b: '${ $nobody }'}}}")
    assert [each.rule for each in wrong].count("expression") == 2
    assert wrong[1].path.startswith("/do/0/a/run/shell/arguments/")


def test_arguments_of_a_container_are_a_list_and_nothing_else():
    assert rules("{container: {image: a, arguments: {b: c}}}") == ["schema/type"]
    (found,) = findings("{script: {language: js, code: '', arguments: x}}")
    assert "Write a list of texts" in found.message


def test_what_is_asked_of_a_process_that_nobody_waits_for_is_told():
    (found,) = findings("{shell: {command: ls}, await: false, return: code}")
    assert (found.rule, found.severity) == ("unused-return", "warning")
