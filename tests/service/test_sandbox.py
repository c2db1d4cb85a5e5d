"""Scripts and shell commands in the real sandbox: what they are given, and what comes back."""

import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from tests.pace import HANGS
from tests.service.sandboxes import SMALL, gone, js, needs_node, opened, python, ran, seen, shell

from podium.adapters.processes.sandbox import Limits, Reach, Sandbox
from podium.kernel.errors import NotFound
from podium.workflows.calls.processes import Ended

pytestmark = [pytest.mark.anyio, pytest.mark.alone]
ROOT = Path(__file__).parents[2]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with opened() as made:
        yield made


async def test_a_command_has_its_words_its_variables_and_its_stdin(sandbox: Sandbox):
    process = shell(
        'cat; echo "$0 is ${0##*/}, $1 and $2, $NAME"',
        "a b",
        "$(id)",
        environment={"NAME": "Ann's"},
        stdin=b"in\n",
    )
    ended = await ran(sandbox, process)
    assert ended == Ended(0, "in\n/program/command is command, a b and $(id), Ann's", "")


async def test_its_environment_is_what_it_was_given_and_a_path(sandbox: Sandbox):
    ended = await ran(sandbox, shell("env", environment={"A": "b"}))
    given = dict(line.split("=", 1) for line in ended.stdout.splitlines())
    assert given.keys() - {"PWD"} == {"A", "PATH"}
    assert given["PATH"].split(":")[-1] == "/bin"


async def test_it_works_in_an_empty_folder_that_is_gone_afterwards(sandbox: Sandbox):
    first = await ran(sandbox, shell("pwd; ls -A; echo hi > mine; mkdir d; cat mine"))
    assert first.stdout.splitlines() == ["/tmp", "hi"]  # noqa: S108 - the sandbox's own
    second = await ran(sandbox, shell("ls -A; cat mine"))
    assert (second.code, second.stdout) == (1, "")


async def test_exit_codes_and_streams_come_back(sandbox: Sandbox):
    assert await ran(sandbox, shell("echo out; echo err >&2; exit 7")) == Ended(7, "out", "err")
    assert (await ran(sandbox, shell("no-such-command"))).code == 127
    assert (await ran(sandbox, shell("kill -TERM $$"))).code == 128 + 15
    assert (await ran(sandbox, python("import os; os.abort()"))).code == 128 + 6


async def test_streams_can_be_opened_by_name(sandbox: Sandbox):
    ended = await ran(
        sandbox, shell("echo out > /dev/stdout; echo err > /dev/stderr; echo x > /dev/null")
    )
    assert ended == Ended(0, "out", "err")


async def test_a_python_script_has_the_standard_library_and_nothing_of_podium(sandbox: Sandbox):
    code = """
import json, sqlite3, ssl, sys
print(json.dumps([sys.argv[1:], sys.stdin.read(), sys.flags.isolated, "ä"]))
import podium
"""
    ended = await ran(sandbox, python(code, "a b", stdin="ö".encode()))
    assert ended.code == 1
    assert ended.stdout == '[["a b"], "\\u00f6", 1, "\\u00e4"]'
    assert "No module named 'podium'" in ended.stderr


async def test_a_python_script_finds_its_named_arguments_as_variables(sandbox: Sandbox):
    code = "import sys; print(greeting['to'], n, sys.argv[1:], __name__)"
    ended = await ran(sandbox, python(code, "x", named={"greeting": {"to": "Ann"}, "n": None}))
    assert ended == Ended(0, "Ann None ['x'] __main__", "")


@needs_node
async def test_a_js_script_is_a_module_with_stdin_words_and_variables(sandbox: Sandbox):
    code = """
import { readFileSync } from 'node:fs';
console.log(readFileSync(process.stdin.fd, 'utf8'), process.argv.slice(2), process.env.foo);
await Promise.resolve();
"""
    ended = await ran(sandbox, js(code, "hello", stdin=b"in", environment={"foo": "bar"}))
    assert ended == Ended(0, "in [ 'hello' ] bar", "")


@needs_node
async def test_a_js_script_finds_its_named_arguments_as_variables(sandbox: Sandbox):
    named = {"greeting": "\u2028 \"'`${1}", "more": {"x": [1, None]}}
    ended = await ran(sandbox, js("console.log(JSON.stringify([greeting, more]))", named=named))
    assert ended == Ended(0, '["\u2028 \\"\'`${1}",{"x":[1,null]}]', "")


async def test_without_node_the_error_says_what_to_install(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NotFound, match=r"`node`.*Install Node\.js"):
        _ = await ran(sandbox, js("1"))


async def test_a_text_of_a_million_characters_is_no_argument(sandbox: Sandbox):
    ended = await ran(sandbox, shell(f"# {'x' * 1_000_000}\necho done"))
    assert ended.stdout == "done"
    with pytest.raises(NotFound, match=r"could not be started: .*Argument list too long"):
        _ = await ran(sandbox, shell("true", "x" * 1_000_000))


async def test_a_stdin_of_megabytes_arrives_and_one_that_nobody_reads_does_no_harm(
    sandbox: Sandbox,
):
    big = b"x" * 5_000_000
    assert (await ran(sandbox, shell("wc -c", stdin=big))).stdout.strip() == "5000000"
    assert (await ran(sandbox, shell("exit 0", stdin=big))).code == 0


async def test_folders_that_are_granted_can_be_read_and_not_written():
    here = Path(json.__file__).parent
    async with opened(reach=Reach(readable=[str(here)])) as sandbox:
        ended = await ran(sandbox, shell(f"head -n 1 {here}/decoder.py; echo x > {here}/new"))
        assert ended.stdout.startswith('"""Implementation of JSONDecoder')
        assert "Read-only file system" in ended.stderr
        beside = await ran(sandbox, shell(f"cat {here.parent}/this.py"))
        assert "No such file" in beside.stderr


async def test_at_most_so_many_run_at_once():
    async with opened(Limits(seconds=HANGS, at_once=2)) as sandbox:
        began = time.monotonic()
        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(ran, sandbox, shell("sleep 0.5"))
        assert time.monotonic() - began >= 1.0


async def test_who_is_not_waited_for_runs_on_and_ends_with_the_sandbox():
    async with opened() as sandbox:
        await sandbox.start(shell("sleep 4321.1"), seconds=2 * HANGS)
        assert await seen("4321.1")
    assert await gone("4321.1")


async def test_who_is_not_waited_for_is_ended_at_its_limits_all_the_same(
    caplog: pytest.LogCaptureFixture,
):
    async with opened() as sandbox:
        await sandbox.start(shell("sleep 4321.2"), seconds=2.0)
        assert await gone("4321.2")
        with anyio.fail_after(HANGS):
            while "did not end within 2 s" not in caplog.text:  # noqa: ASYNC110 - a log tells nobody
                await anyio.sleep(0.02)


async def test_a_call_that_is_cancelled_leaves_nothing_running(sandbox: Sandbox):
    with anyio.move_on_after(0.5):
        _ = await ran(sandbox, shell("setsid sleep 4321.3 & sleep 4321.3"))
    assert await gone("4321.3")
    assert (await ran(sandbox, shell("echo next"))).stdout == "next"


PODIUM = """
import anyio
from podium.adapters.processes.sandbox import Limits, Reach, Sandbox
from podium.workflows.calls.processes import Language, Process
async def main():
    async with Sandbox(Limits(), Reach()) as sandbox:
        process = Process(Language.SHELL, "setsid sleep 4321.4 & sleep 4321.4")
        await sandbox.run(process, seconds=60)
anyio.run(main)
"""


def other_podium() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", PODIUM], env={"PYTHONPATH": str(ROOT / "src")})


async def test_a_podium_that_is_killed_takes_its_programs_along(sandbox: Sandbox):
    _ = sandbox  # skips without walls
    podium = other_podium()
    assert await seen("sleep\x004321.4")
    podium.kill()
    _ = podium.wait()
    assert await gone("sleep\x004321.4")


async def test_the_doctor_asks_whether_there_are_walls(sandbox: Sandbox):
    said = await sandbox.tried()
    assert said == "Scripts and shell commands run behind walls, with no network."


async def test_an_error_inside_comes_out_as_it_is():
    with pytest.raises(KeyError):
        async with Sandbox(SMALL, Reach()):
            raise KeyError


def open_to_all(folder: Path) -> bool:
    return all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become someone else")
def test_a_podium_that_is_not_root_has_the_same_walls():
    """With the system's interpreter, which every user can read."""
    interpreter = "/usr/bin/python3"
    if not Path(interpreter).exists():
        pytest.skip("no interpreter that another user can read")
    if not open_to_all(ROOT / "src"):
        pytest.skip(f"another user cannot read {ROOT}")
    code = """
import sys
if sys.version_info < (3, 11): sys.exit(77)
from podium.adapters.processes.child import Child
plan = {
    "command": ["/bin/sh", "{code}/command"], "arguments": [], "environment": {},
    "texts": {"command": "id -u; grep -E 'CapEff|NoNewPrivs' /proc/self/status; ls /"},
    "readable": {"/usr": "/usr"}, "network": False,
    "links": {"/bin": "usr/bin", "/lib": "usr/lib", "/lib64": "usr/lib64"},
    "bounds": {"seconds": 5, "cpu": 5, "memory": 1 << 28, "address_space": 0, "disk": 1 << 20,
               "file": 1 << 20, "files": 64, "processes": 16},
}
seen = Child(plan, b"", most=10000).run()
if "walls" in seen.report: sys.exit(77)
print(seen.report, bytes(seen.output.stdout).decode(), bytes(seen.output.stderr).decode())
"""
    found = subprocess.run(
        [interpreter, "-c", code],
        env={"PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        user=4321,
        group=4321,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode == 77:
        pytest.skip("no namespaces for users here")
    assert found.stdout.splitlines() == [
        "{'code': 0} 65534",
        "CapEff:\t0000000000000000",
        "NoNewPrivs:\t1",
        *("bin", "dev", "lib", "lib64", "proc", "program", "tmp", "usr"),
        " ",
    ], found.stderr
