import pytest
from tests.world import Scene, document

from podium.workflows.documents.yaml import load
from podium.workflows.interpreter.compile import compile_document

pytestmark = pytest.mark.anyio


def using(functions: str, tasks: str) -> str:
    return document(tasks, use=f"use: {{functions: {{{functions}}}}}\n")


async def test_the_arguments_of_a_function_are_the_input_of_its_task():
    text = using(
        "greet: {set: {text: '${ .name }', all: '${ . }'}}",
        "- a: {call: greet, with: {name: '${ .who }'}}",
    )
    assert await Scene(text).output({"who": "Ann"}) == {"text": "Ann", "all": {"name": "Ann"}}


async def test_without_arguments_a_function_has_the_input_of_the_call():
    text = using("keep: {set: {seen: '${ . }'}}", "- a: {call: keep}")
    assert await Scene(text).output({"x": 1}) == {"seen": {"x": 1}}


async def test_its_schemas_and_filters_hold():
    functions = """greet: {
      input: {schema: {document: {type: object, required: [name]}}, from: '{who: .name}'},
      set: {hello: '${ .who }'}, output: {as: .hello}}"""
    assert await Scene(using(functions, "- a: {call: greet, with: {name: Ann}}")).output() == "Ann"
    error = await Scene(
        using(
            functions,
            "- a: {call: greet, with: '${ {} }'}".replace("with: '${ {} }'", "input: {from: '{}'}"),
        )
    ).error()
    assert str(error["type"]).endswith("/validation")
    assert error["instance"] == "/use/functions/greet"


async def test_any_kind_of_task_is_a_function_and_functions_call_functions():
    functions = """
      add: {call: inc, with: {x: '${ .x }'}},
      twice: {do: [
        {one: {call: add, with: {x: '${ .x }'}}}, {two: {call: add, with: {x: '${ . }'}}}]}"""
    scene = Scene(using(functions, "- a: {call: twice, with: {x: 1}}"))
    assert await scene.output() == 3
    assert scene.ledger.calls == [
        "/do/a/call/twice/do/one/call/add",
        "/do/a/call/twice/do/two/call/add",
    ]


async def test_exit_and_a_jump_end_a_function_and_end_ends_the_run():
    functions = "stop: {set: {x: 1}, then: THEN}"
    tasks = "- a: {call: stop, with: {}}\n- b: {set: {after: '${ . }'}}"
    assert await Scene(using(functions.replace("THEN", "exit"), tasks)).output() == {
        "after": {"x": 1}
    }
    assert await Scene(using(functions.replace("THEN", "end"), tasks)).output() == {"x": 1}


async def test_loose_mode_evaluates_any_text_and_keeps_what_is_no_expression():
    values = "sum: .x + 1, word: hello, address: 'https://x.example/{id}', list: ['.x', get]"
    text = document(f"- a: {{set: {{{values}, no: '.x.y.z'}}}}", head="evaluate: {mode: loose}\n")
    assert await Scene(text).output({"x": 1}) == {
        "sum": 2,
        "word": "hello",
        "address": "https://x.example/{id}",
        "list": [1, "get"],
        "no": ".x.y.z",
    }


async def test_a_loop_over_an_inline_list():
    text = document(
        "- a: {for: {in: [{x: 1}, {x: '${ .y }'}]}, do: [{b: {set: {last: '${ $item }'}}}]}"
    )
    assert await Scene(text).output({"y": 5}) == {"last": {"x": 5}}


async def test_a_task_knows_itself():
    values = """n: '${ $task.name }', i: '${ $task.input }', d: '${ $task.definition.then }',
        t: '${ $task.startedAt.iso8601 }'"""
    text = document(f"- a: {{set: {{{values}}}, then: continue}}")
    found = await Scene(text).output({"x": 1})
    assert found["n"] == "a"
    assert found["i"] == {"x": 1}
    assert found["d"] == "continue"
    assert found["t"].startswith("1970-01-12T13:46:40")


async def test_a_secret_of_several_parts_is_an_object_and_a_missing_one_is_refused():
    text = document(
        "- a: {if: '$secrets.db.user == \"ann\"', set: {ok: true}}", use="use: {secrets: [db]}\n"
    )
    assert await Scene(text, secrets={"db": '{"user": "ann", "password": "x"}'}).output() == {
        "ok": True
    }
    error = await Scene(text).error()
    assert (error["status"], str(error["type"]).rsplit("/", 1)[-1]) == (403, "authorization")


async def test_authorization_says_the_scheme_and_nothing_secret():
    text = document(
        """
- a:
    input: {from: '{}'}
    call: http
    with:
      method: get
      endpoint: {uri: 'https://x.example', authentication: {use: door}}
    output: {as: $authorization}
""",
        use="use: {authentications: {door: {bearer: {token: abc}}}}\n",
    )

    class Http:
        async def call(self, arguments, call):
            assert arguments["endpoint"]["authentication"] == {"bearer": {"token": "abc"}}
            return "fine"

    assert await Scene(text, http=Http()).output() == {"scheme": "Bearer"}


def test_the_paths_of_tasks_in_functions_and_extensions_are_known():
    text = using("f: {do: [{call: {set: {x: 1}}}]}", "- a: {call: f}")
    text = text.replace(
        "use: {", "use: {extensions: [{e: {extend: call, before: [{b: {wait: PT1S}}]}}], "
    )
    program = compile_document(load(text, name="x").value, "")
    for path in ("/do/a", "/do/a/call/f", "/do/a/call/f/do/call", "/do/a/before/e/b"):
        assert program.has(path), path
    for path in ("/do/b", "/call/f", "/do/a/call/g", "/do/b/call/f", "/do/a/after/e/b"):
        assert not program.has(path), path
