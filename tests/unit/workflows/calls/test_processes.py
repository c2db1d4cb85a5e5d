"""What the members of `run.script` and `run.shell` mean, and what a program's end means."""

from dataclasses import dataclass, field

import pytest

from podium.identity.principal import Principal
from podium.kernel.errors import Invalid, Refused
from podium.kernel.ids import RunId, UserId, WorkspaceId
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.processes import (
    KEY_VARIABLE,
    Ended,
    Language,
    NotAllowed,
    Process,
    ScriptCall,
    ShellCall,
    decoded,
)
from podium.workflows.calls.resources import Resource
from podium.workflows.functions import Call
from podium.workflows.interpreter.problems import Fault

pytestmark = pytest.mark.anyio
ANN = Principal(UserId("user_ann"), WorkspaceId("ws_one"), "Ann")


@dataclass
class FakeProcesses:
    ends: Ended = field(default_factory=lambda: Ended(0, "out", "err"))
    ran: list[tuple[Process, float]] = field(default_factory=list)
    started: list[tuple[Process, float]] = field(default_factory=list)

    async def run(self, process: Process, *, seconds: float) -> Ended:
        self.ran.append((process, seconds))
        return self.ends

    async def start(self, process: Process, *, seconds: float) -> None:
        self.started.append((process, seconds))


class FakeResources:
    async def read(self, resource: Json, call: Call) -> Resource:
        assert resource == {"endpoint": "https://example.com/a.js"}
        return Resource("https://example.com/a.js", "fetched()")


@pytest.fixture
def processes() -> FakeProcesses:
    return FakeProcesses()


def here() -> Call:
    return Call(RunId("run_1"), "/do/a", ANN, 30.0)


async def shell(processes: FakeProcesses, **arguments: Json) -> Json:
    given: JsonObject = {"command": "true", "return": "stdout", "await": True, **arguments}
    return await ShellCall(processes).call(given, here())


async def script(processes: FakeProcesses, **arguments: Json) -> Json:
    given: JsonObject = {"language": "js", "return": "stdout", "await": True, **arguments}
    return await ScriptCall(processes, FakeResources()).call(given, here())


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [
        ("stdout", "out"),
        ("stderr", "err"),
        ("code", 0),
        ("none", None),
        ("all", {"code": 0, "stdout": "out", "stderr": "err"}),
    ],
)
async def test_return_says_what_comes_out(processes: FakeProcesses, wanted: str, answer: Json):
    assert await shell(processes, **{"return": wanted}) == answer


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [("stderr", "err"), ("code", 3), ("all", {"code": 3, "stdout": "out", "stderr": "err"})],
)
async def test_who_asks_for_it_sees_a_failure(processes: FakeProcesses, wanted: str, answer: Json):
    processes.ends = Ended(3, "out", "err")
    assert await shell(processes, **{"return": wanted}) == answer


@pytest.mark.parametrize("wanted", ["stdout", "none"])
async def test_for_all_others_a_failure_is_a_fault(processes: FakeProcesses, wanted: str):
    processes.ends = Ended(3, "out", "no such file\n")
    with pytest.raises(Fault) as caught:
        _ = await shell(processes, **{"return": wanted})
    problem = caught.value.problem
    assert str(problem["type"]).endswith("/errors/runtime")
    assert problem["detail"] == "The shell command ended with exit code 3: no such file"
    assert problem["exitCode"] == 3


async def test_the_detail_of_a_fault_is_the_end_of_what_was_said(processes: FakeProcesses):
    processes.ends = Ended(1, "", "x" * 5_000 + "last words")
    with pytest.raises(Fault) as caught:
        _ = await script(processes, code="")
    detail = str(caught.value.problem["detail"])
    assert detail.startswith("The js script ended with exit code 1: xxx")
    assert detail.endswith("last words")
    assert len(detail) < 2_100


async def test_a_program_is_given_its_words_variables_and_stdin(processes: FakeProcesses):
    _ = await shell(
        processes,
        command="cat",
        arguments=["a b", 1, True, {"x": None}],
        environment={"NAME": "Ann", "COUNT": 2, "NOTHING": None},
        stdin={"a": "ä"},
    )
    ((process, seconds),) = processes.ran
    assert process.language is Language.SHELL
    assert process.text == "cat"
    assert process.arguments == ("a b", "1", "true", '{"x": null}')
    assert process.environment == {
        KEY_VARIABLE: "run_1:/do/a",
        "NAME": "Ann",
        "COUNT": "2",
        "NOTHING": "",
    }
    assert process.stdin == '{"a": "ä"}'.encode()
    assert seconds == 30.0


async def test_a_mapping_of_arguments_becomes_words_of_the_command(processes: FakeProcesses):
    named = [["--user", "jo hn"], ["$(rm -rf /)", None], ["-n", 3]]
    _ = await shell(processes, command="echo", named=named)
    ((process, _),) = processes.ran
    assert process.text == "echo '--user=jo hn' '$(rm -rf /)' -n=3"


async def test_a_mapping_of_arguments_becomes_variables_of_a_script(processes: FakeProcesses):
    _ = await script(processes, code="", named=[["greeting", {"to": ["all"]}], ["n", 1]])
    ((process, _),) = processes.ran
    assert process.named == {"greeting": {"to": ["all"]}, "n": 1}


async def test_a_script_stands_in_the_document_or_is_fetched(processes: FakeProcesses):
    _ = await script(processes, code="inline()")
    _ = await script(processes, source={"endpoint": "https://example.com/a.js"})
    assert [each.text for each, _ in processes.ran] == ["inline()", "fetched()"]


async def test_javascript_is_js(processes: FakeProcesses):
    _ = await script(processes, language="javascript", code="")
    assert processes.ran[0][0].language is Language.JS


@pytest.mark.parametrize("language", ["ruby", "JS", "", None, 3])
async def test_a_language_that_nobody_runs_is_refused(processes: FakeProcesses, language: Json):
    with pytest.raises(Invalid, match=r"js and python.*run\.container"):
        _ = await script(processes, language=language, code="")


@pytest.mark.parametrize("command", ["", "  \n", None])
async def test_an_empty_command_is_refused(processes: FakeProcesses, command: Json):
    with pytest.raises(Invalid, match=r"empty.*run\.shell\.command"):
        _ = await shell(processes, command=command)


@pytest.mark.parametrize("name", ["1A", "A=B", "A B", "", "Ä"])
async def test_a_variable_with_an_impossible_name_is_refused(processes: FakeProcesses, name: str):
    with pytest.raises(Invalid, match="name of an environment variable"):
        _ = await shell(processes, environment={name: "x"})


@pytest.mark.parametrize(
    "given", [{"arguments": ["a\0b"]}, {"environment": {"A": "\0"}}, {"named": [["a", "\0"]]}]
)
async def test_nul_characters_are_refused(processes: FakeProcesses, given: JsonObject):
    with pytest.raises(Invalid, match="NUL"):
        _ = await shell(processes, **given)


async def test_half_of_a_surrogate_pair_does_not_break_anything(processes: FakeProcesses):
    _ = await shell(processes, arguments=["\ud800"], stdin="\ud800")
    ((process, _),) = processes.ran
    assert process.arguments == ("?",)
    assert process.stdin == b"?"


async def test_a_program_that_nobody_waits_for_is_started_and_noted(processes: FakeProcesses):
    call = here()
    given: JsonObject = {"command": "sleep 5", "return": "stdout", "await": False}
    assert await ShellCall(processes).call(given, call) is None
    assert processes.ran == []
    assert [seconds for _, seconds in processes.started] == [30.0]
    assert call.notes == ["The shell command was started; its end is not awaited."]


async def test_what_is_not_allowed_says_who_can_allow_it():
    with pytest.raises(Refused, match=r"run\.shell.*processes: \{allow: \[shell\]\}.*podium\.yaml"):
        _ = await NotAllowed("shell").call({}, here())


def test_line_ends_behind_the_output_go_and_wrong_bytes_are_marked():
    assert decoded(b"a\n b \n\n") == "a\n b "
    assert decoded(b"\xff\xc3\xa4") == "\ufffdä"
