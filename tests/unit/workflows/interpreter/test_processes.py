"""`run` of a script, a shell command or a container: what is evaluated, recorded and put out."""

from dataclasses import dataclass, field

import pytest
from tests.world import Scene, document

from podium.kernel.errors import LimitReached
from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call

pytestmark = pytest.mark.anyio


@dataclass
class Starter:
    """Stands for a kind of process; answers what it is told to, and keeps what it was asked."""

    answer: Json = "done"
    asked: list[tuple[JsonObject, Call]] = field(default_factory=list)

    async def call(self, arguments: JsonObject, call: Call) -> Json:
        self.asked.append((arguments, call))
        return self.answer


@dataclass
class Broken(Starter):
    async def call(self, arguments: JsonObject, call: Call) -> Json:
        self.asked.append((arguments, call))
        raise LimitReached("too much")


def scene(tasks: str, starter: Starter, *, kind: str = "shell") -> Scene:
    return Scene(document(tasks), protocols={kind: starter})


async def test_the_answer_is_the_output_and_members_are_evaluated():
    starter = Starter("hello")
    text = """
    - a:
        run:
          shell:
            command: ${ "echo \\(.name)" }
            stdin: ${ . }
            arguments: [x, "${ .name }"]
            environment: {NAME: "${ .name }", PLAIN: "$HOME"}
          return: all
    """
    assert await scene(text, starter).output({"name": "Ann"}) == "hello"
    ((arguments, call),) = starter.asked
    assert arguments == {
        "command": "echo Ann",
        "stdin": {"name": "Ann"},
        "arguments": ["x", "Ann"],
        "environment": {"NAME": "Ann", "PLAIN": "$HOME"},
        "return": "all",
        "await": True,
    }
    assert call.key == "run_1:/do/a"
    assert call.input == {"name": "Ann"}


async def test_the_default_is_to_wait_for_stdout():
    starter = Starter()
    assert await scene("- a: {run: {shell: {command: ls}}}", starter).output() == "done"
    assert starter.asked[0][0] == {"command": "ls", "return": "stdout", "await": True}


async def test_the_keys_of_a_mapping_of_arguments_are_evaluated_too():
    starter = Starter()
    text = "- a: {run: {shell: {command: x, arguments: {'${ .key }': '${ .value }', plain: }}}}"
    _ = await scene(text, starter).output({"key": "--user", "value": "john"})
    assert starter.asked[0][0]["named"] == [["--user", "john"], ["plain", None]]
    assert "arguments" not in starter.asked[0][0]


async def test_the_text_of_a_script_is_left_alone():
    starter = Starter()
    text = "- a: {run: {script: {language: js, code: '${ .name }', arguments: ['${ .name }']}}}"
    _ = await scene(text, starter, kind="script").output({"name": "Ann"})
    assert starter.asked[0][0]["code"] == "${ .name }"
    assert starter.asked[0][0]["arguments"] == ["Ann"]


async def test_where_nobody_waits_the_transformed_input_is_the_output():
    starter = Starter("never seen")
    text = "- a: {run: {container: {image: alpine}, await: false}, input: {from: '${ .inner }'}}"
    found = await scene(text, starter, kind="container").output({"inner": {"x": 1}})
    assert found == {"x": 1}
    assert starter.asked[0][0]["await"] is False


async def test_a_timeout_is_the_time_that_a_process_has():
    starter = Starter()
    text = "- a: {run: {shell: {command: ls}}, timeout: {after: PT7S}}"
    _ = await scene(text, starter).output()
    assert starter.asked[0][1].deadline == pytest.approx(7.0)


async def test_a_broken_limit_is_a_runtime_error_and_can_be_caught():
    text = """
    - a:
        try: [{b: {run: {shell: {command: ls}}}}]
        catch:
          errors: {with: {type: https://serverlessworkflow.io/spec/1.0.0/errors/runtime}}
          do: [{c: {set: {said: "${ $error.detail }"}}}]
    """
    assert await scene(text, Broken()).output() == {"said": "too much"}


async def test_a_process_that_has_ended_is_not_started_again_after_a_crash():
    text = """
    - a: {run: {shell: {command: one}}}
    - b: {run: {shell: {command: two}, await: false}}
    - c: {run: {shell: {command: three}}}
    """
    for crash_at in range(1, 4):
        starter = Starter()
        crashing = scene(text, starter)
        crashing.crash_at = crash_at
        assert await crashing.output() == "done"
        commands = [arguments["command"] for arguments, _ in starter.asked]
        keys = [call.key for _, call in starter.asked]
        again = ["one", "two", "three"][crash_at - 1]
        assert sorted(commands) == sorted(["one", "two", "three", again])
        assert len(set(keys)) == 3  # who is asked again sees the same key


async def test_each_round_and_attempt_has_a_key_of_its_own():
    starter = Starter()
    text = "- a: {for: {in: '[1, 2]'}, do: [{b: {run: {shell: {command: ls}}}}]}"
    _ = await scene(text, starter).output()
    assert [call.key for _, call in starter.asked] == [
        "run_1:/do/a[0]/b",
        "run_1:/do/a[1]/b",
    ]
