import pytest
from tests.unit.workflows.documents.written import findings, only, rules


def test_an_expression_that_cannot_be_read_is_found_with_its_place():
    found = only("do:\n  - a:\n      set:\n        x: ${ .a | }")
    assert found.rule == "expression"
    assert (found.line, found.column) == (5, 9)
    assert "do.a.set.x" in found.message


def test_text_with_an_expression_inside_is_refused_with_the_remedy():
    found = only("do:\n  - a: {set: {x: 'Hello ${ .name }!'}}")
    assert found.rule == "partial-expression"
    assert "\\(.name)" in found.message


def test_two_expressions_in_one_string_are_refused_with_the_remedy():
    found = only("do:\n  - a: {set: {x: '${ .first } ${ .last }'}}")
    assert found.rule == "expression"
    assert "several ${ }" in found.message


def test_an_expression_as_a_key_is_refused():
    assert rules("do:\n  - a: {set: {'${ .k }': 1}}") == ["expression-key"]


def test_conditions_are_read_without_braces():
    assert rules("do:\n  - a: {if: .x >, set: {x: 1}}") == ["expression"]
    assert rules("do:\n  - a: {if: .x > 1, set: {x: 1}}") == []


@pytest.mark.parametrize("name", ["env", "input", "debug", "halt", "$ENV", 'import "a" as a; 1'])
def test_what_reaches_outside_is_refused(name: str):
    assert rules(f"do:\n  - a: {{set: {{x: '${{ {name} }}'}}}}") == ["expression"]


def test_variables_are_known_where_they_are():
    body = """
    do:
      - each:
          for: {each: pet, at: place, in: .pets}
          while: $pet.name != null and $place < 3
          do:
            - show: {set: {x: '${ $pet.name }', y: '${ $place }'}}
      - careful:
          try: [{a: {set: {x: 1}}}]
          catch:
            as: problem
            when: $problem.status == 503
            do: [{b: {set: {x: '${ $problem.detail }'}}}]
    """
    assert findings(body) == ()


def test_variables_are_unknown_elsewhere():
    found = only("do:\n  - a: {set: {x: '${ $item }', y: 1}}")
    assert "There is no variable $item here." in found.message
    assert rules("do:\n  - a: {set: {x: '${ $error }'}}") == ["expression"]
    assert rules("do:\n  - a: {for: {in: '${ $item }'}, do: []}") == ["expression"]


def test_the_names_of_a_loop_and_a_catch_have_defaults():
    body = """
    do:
      - a:
          for: {in: .x}
          do: [{b: {set: {x: '${ [$item, $index] }'}}}]
      - c:
          try: [{d: {set: {x: 1}}}]
          catch: {do: [{e: {set: {x: '${ $error }'}}}]}
    """
    assert findings(body) == ()


def test_schemas_metadata_and_scripts_are_left_alone():
    body = """
    input: {schema: {document: {type: object, title: 'a ${x} b'}}}
    do:
      - a: {set: {x: 1}, metadata: {note: 'a ${x} b'}}
      - b: {run: {script: {language: js, code: 'let x = `a ${b} c`'}}}
    """
    assert rules(body) == []


def test_the_output_is_a_variable_only_where_there_is_one():
    assert rules("do:\n  - a: {set: {x: '${ $output }'}}") == ["expression"]
    assert rules("do:\n  - a: {set: {x: 1}, output: {as: $output}, export: {as: $output}}") == []
    assert rules("output: {as: $output}\ndo: []") == []
    assert rules("input: {from: $input}\ndo: []") == ["expression"]
    assert rules("input: {from: $task}\ndo: []") == ["expression"]


def test_the_expressions_of_a_listen_are_read_with_and_without_braces():
    body = """
    do:
      - a:
          listen:
            to:
              any:
                - with: {type: x}
                  correlate: {order: {from: .data.WHAT}}
              until: UNTIL
    """
    assert "expression" not in rules(body.replace("WHAT", "id").replace("UNTIL", ". | length"))
    assert "expression" in rules(body.replace("WHAT", "id |").replace("UNTIL", "."))
    assert "expression" in rules(body.replace("WHAT", "id").replace("UNTIL", ". | lenth"))
