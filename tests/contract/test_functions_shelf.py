"""What holds for every function on the shelf, tested by being there."""

import ast
from pathlib import Path

import jsonschema_rs
import pytest
from tests.contract.write_pages import PAGES, functions
from tests.fakes_functions import run

import podium.functions
from podium.functions.mask import make_mask
from podium.functions.pages import page
from podium.functions.validate import make_validate
from podium.workflows.functions import Function

SHELF = functions()
FOLDER = Path(podium.functions.__file__).parent
every_function = pytest.mark.parametrize("function", SHELF, ids=lambda function: function.name)


def test_the_shelf_holds_each_function_once():
    assert len({function.name for function in SHELF}) == len(SHELF)


@every_function
def test_a_function_lives_in_a_file_of_its_name(function: Function):
    assert (FOLDER / f"{function.name}.py").exists()


@every_function
def test_its_schemas_are_schemas(function: Function):
    for schema in (function.input, function.output):
        jsonschema_rs.meta.validate(schema)


@every_function
def test_its_examples_fit_its_schemas(function: Function):
    for schema in (function.input, function.output):
        examples = schema["examples"]
        assert examples
        for example in examples:
            jsonschema_rs.validate(schema, example)


@every_function
def test_its_arguments_have_titles_and_descriptions_for_the_form(function: Function):
    for name, rules in function.input["properties"].items():
        assert rules.get("title"), name
        assert rules.get("description", "").endswith("."), name


@every_function
def test_it_refuses_arguments_that_it_does_not_know(function: Function):
    assert function.input["additionalProperties"] is False


@every_function
def test_its_page_says_what_its_schemas_say(function: Function):
    """Write them again with: python -m tests.contract.write_pages."""
    assert (PAGES / f"{function.name}.md").read_text("utf-8") == page(function)


def test_there_is_no_page_without_a_function():
    assert {path.stem for path in PAGES.glob("*.md")} == {function.name for function in SHELF}


@pytest.mark.anyio
@pytest.mark.parametrize("function", [make_mask(b"k" * 32), make_validate()])
async def test_the_example_of_what_only_computes_is_what_it_answers(function: Function):
    (given,), (expected,) = function.input["examples"], function.output["examples"]
    assert await run(function, given) == expected


@every_function
def test_it_imports_no_other_function(function: Function):
    others = {f"podium.functions.{other.name}" for other in SHELF if other is not function}
    tree = ast.parse((FOLDER / f"{function.name}.py").read_text("utf-8"))
    imported = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
    }
    assert not imported & others
