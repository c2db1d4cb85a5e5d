import pytest
from tests.world import Scene, document

pytestmark = pytest.mark.anyio


def extended(extensions: str, tasks: str, *, more: str = "") -> str:
    indented = "\n".join(f"    {line}" for line in extensions.strip("\n").splitlines())
    return document(tasks, use=f"use:\n{more}  extensions:\n{indented}\n")


TWICE = """
- twice: {call: inc, with: {x: '${ .x }'}, output: {as: '{x: .}'}}
- show: {set: '${ . }'}
"""


async def test_tasks_before_and_after_change_neither_input_nor_output():
    text = extended(
        """
        - log:
            extend: call
            before: [{note: {set: {message: starting}}}]
            after: [{note: {set: {message: done}}}]
        """.replace("\n        ", "\n"),
        TWICE,
    )
    assert await Scene(text).output({"x": 4}) == {"x": 5}


async def test_their_effects_happen_around_the_task_in_this_order():
    text = extended(
        """
- outer:
    extend: call
    before: [{a: {call: inc, with: {x: 1}}}]
    after: [{b: {call: inc, with: {x: 1}}}]
- inner:
    extend: all
    before: [{c: {call: inc, with: {x: 1}}}]
    after: [{d: {call: inc, with: {x: 1}}}]
""",
        "- one: {call: inc, with: {x: 1}}",
    )
    scene = Scene(text)
    assert await scene.output() == 2
    assert scene.ledger.calls == [
        "/do/one/before/outer/a",
        "/do/one/before/inner/c",
        "/do/one",
        "/do/one/after/inner/d",
        "/do/one/after/outer/b",
    ]


async def test_exit_before_a_task_takes_its_place_and_its_output_filter_still_holds():
    text = extended(
        """
- mock:
    extend: call
    when: $task.call == "http" and ($task.with.endpoint | startswith("https://mocked.example"))
    before:
      - respond: {set: {statusCode: 200, content: {foo: bar}}, then: exit}
    after: [{never: {raise: {error: {type: 'https://x.example/e', status: 500}}}}]
""",
        """
- ask:
    call: http
    with: {method: get, endpoint: 'https://mocked.example/pets'}
    output: {as: .content}
- show: {set: {seen: '${ . }'}}
""",
    )
    assert await Scene(text).output() == {"seen": {"foo": "bar"}}


async def test_an_extension_whose_condition_does_not_hold_leaves_the_task_alone():
    text = extended(
        """
- mock:
    extend: call
    when: $task.name == "other"
    before: [{respond: {set: 0, then: exit}}]
""".replace("set: 0", "set: {x: 0}"),
        "- one: {call: inc, with: {x: 1}}",
    )
    assert await Scene(text).output() == 2


async def test_end_before_a_task_ends_the_run():
    text = extended(
        "- stop: {extend: call, before: [{now: {set: {stopped: true}, then: end}}]}",
        "- one: {call: inc, with: {x: 1}}\n- two: {set: {x: 2}}",
    )
    assert await Scene(text).output() == {"stopped": True}


async def test_end_after_a_task_ends_the_run_with_its_output():
    text = extended(
        "- stop: {extend: call, after: [{now: {set: {stopped: true}, then: end}}]}",
        "- one: {call: inc, with: {x: 1}}\n- two: {set: {x: 2}}",
    )
    assert await Scene(text).output() == 2


@pytest.mark.parametrize(
    ("extend", "task"),
    [
        ("composite", "do: [{a: {set: {x: 1}}}]"),
        ("composite", "fork: {branches: [{a: {set: {x: 1}}}]}"),
        ("for", "for: {in: '[1]'}, do: [{a: {set: {x: 1}}}]"),
        ("raise", "raise: {error: {type: 'https://x.example/e', status: 500}}"),
        ("set", "set: {x: 1}"),
        ("switch", "switch: [{a: {then: end}}]"),
        ("try", "try: [{a: {set: {x: 1}}}], catch: {do: []}"),
        ("wait", "wait: PT1S"),
        ("call", "call: inc, with: {x: 1}"),
        ("all", "wait: PT1S"),
    ],
)
async def test_each_kind_of_task_is_extended_by_its_name(extend: str, task: str):
    text = extended(
        f"- e: {{extend: {extend}, before: [{{stop: {{set: {{seen: yes}}, then: exit}}}}]}}",
        f"- one: {{{task}}}",
    )
    assert await Scene(text).output() == {"seen": "yes"}


async def test_tasks_of_an_extension_are_not_extended_nor_what_they_call():
    text = extended(
        "- e: {extend: all, before: [{f: {call: count, with: {x: 1}}}]}",
        "- one: {call: count, with: {x: 5}}",
        more="  functions: {count: {do: [{inner: {call: inc, with: {x: '${ .x }'}}}]}}\n",
    )
    scene = Scene(text)
    assert await scene.output() == 6
    assert scene.ledger.calls == [
        "/do/one/before/e/f/call/count/do/inner",
        "/do/one/call/count/before/e/f/call/count/do/inner",
        "/do/one/call/count/do/inner/before/e/f/call/count/do/inner",
        "/do/one/call/count/do/inner",
    ]


async def test_a_skipped_task_is_not_extended():
    text = extended(
        "- e: {extend: all, before: [{f: {call: inc, with: {x: 1}}}]}",
        "- one: {if: 'false', set: {x: 1}}",
    )
    scene = Scene(text)
    assert await scene.output({"y": 1}) == {"y": 1}
    assert scene.ledger.calls == []


async def test_the_tasks_of_an_extension_see_the_extended_task():
    text = extended(
        """
- e:
    extend: call
    after:
      - keep:
          set:
            name: ${ $task.name }
            place: ${ $task.reference }
            called: ${ $task.definition.call }
            given: ${ $task.input }
            gave: ${ $task.output }
            became: ${ . }
          export: {as: .}
""",
        """
- one: {input: {from: '{x: .a}'}, call: inc, with: {x: '${ .x }'}, output: {as: '{y: .}'}}
- show: {set: '${ $context }'}
""",
    )
    assert await Scene(text).output({"a": 1}) == {
        "name": "one",
        "place": "/do/0/one",
        "called": "inc",
        "given": {"a": 1},
        "gave": 2,
        "became": {"y": 2},
    }


async def test_a_fault_of_an_extension_is_a_fault_of_the_task_and_says_where():
    text = extended(
        "- e: {extend: call, before: [{bad: {set: {x: '${ error(\"no\") }'}}}]}",
        "- one: {call: inc, with: {x: 1}}",
    )
    error = await Scene(text).error()
    assert error["instance"] == "/use/extensions/0/e/before/0/bad"


async def test_extensions_survive_a_crash_without_doing_anything_twice():
    text = extended(
        "- e: {extend: call, before: [{f: {call: inc, with: {x: 1}}}]}",
        "- one: {for: {in: '[1, 2]'}, do: [{two: {call: inc, with: {x: '${ $item }'}}}]}",
    )
    scene = Scene(text)
    assert await scene.output() == 3
    assert len(scene.ledger.calls) == len(set(scene.ledger.calls)) == 4
