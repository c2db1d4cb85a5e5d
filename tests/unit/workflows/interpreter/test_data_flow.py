"""How data flows through tasks."""

import pytest
from tests.world import Scene, document

pytestmark = pytest.mark.anyio


async def test_each_task_gets_the_output_of_the_one_before():
    scene = Scene(
        document("""
- one:
    set: {n: 1}
- two:
    set: {n: "${ .n + 1 }"}
""")
    )
    assert await scene.output() == {"n": 2}


async def test_input_from_filters_and_output_as_shapes():
    scene = Scene(
        document("""
- one:
    input: {from: .user}
    set: {name: "${ .name }", whole: "${ $input }"}
    output: {as: "${ {hello: .name, input: $input} }"}
""")
    )
    assert await scene.output({"user": {"name": "Ann"}}) == {
        "hello": "Ann",
        "input": {"name": "Ann"},
    }


async def test_what_is_exported_is_the_context_of_later_tasks():
    scene = Scene(
        document("""
- one:
    set: {a: 1}
    export: {as: "${ {kept: .a} }"}
- two:
    set: {b: 2}
- three:
    set: {sum: "${ .b + $context.kept }"}
""")
    )
    assert await scene.output() == {"sum": 3}


async def test_a_task_whose_if_is_false_hands_its_input_on():
    scene = Scene(
        document("""
- one:
    if: .go
    set: {done: true}
- two:
    set: {seen: "${ . }"}
""")
    )
    assert await scene.output({"go": False}) == {"seen": {"go": False}}


async def test_the_documents_own_input_and_output_are_filtered():
    scene = Scene(
        document(
            """
- one:
    set: {n: "${ . + 1 }"}
""",
            head="input: {from: .n}\noutput: {as: .n}\n",
        )
    )
    assert await scene.output({"n": 41}) == 42


async def test_input_that_breaks_its_schema_is_a_validation_error():
    scene = Scene(
        document("""
- one:
    input:
      schema: {document: {type: object, required: [name]}}
    set: {a: 1}
""")
    )
    error = await scene.error({})
    assert error["type"].endswith("/validation")
    assert "name" in error["detail"]
    assert error["instance"] == "/do/0/one"


async def test_output_that_breaks_its_schema_is_a_validation_error():
    scene = Scene(
        document("""
- one:
    set: {a: "x"}
    output:
      schema: {document: {type: object, properties: {a: {type: integer}}}}
""")
    )
    assert (await scene.error())["type"].endswith("/validation")


async def test_secrets_are_seen_by_expressions_and_missing_ones_are_an_error():
    tasks = "- one:\n    set: {s: '${ $secrets.key | length }'}"
    text = document(tasks, use="use: {secrets: [key]}\n")
    assert await Scene(text, secrets={"key": "abc"}).output() == {"s": 3}
    error = await Scene(text).error()
    assert "secret key" in error["detail"]


async def test_an_expression_that_fails_names_itself():
    error = await Scene(document("- one:\n    set: {a: '${ .x.y }'}")).error({"x": 3})
    assert error["type"].endswith("/expression")
    assert ".x.y" in error["detail"]


async def test_large_integers_stay_exact():
    big = 2**60 + 1
    assert await Scene(document("- one:\n    set: {a: '${ .n }'}")).output({"n": big}) == {"a": big}


async def test_the_workflow_describes_itself_to_expressions():
    scene = Scene(document("- one:\n    set: {id: '${ $workflow.id }', task: '${ $task.name }'}"))
    assert await scene.output() == {"id": "run_1", "task": "one"}
