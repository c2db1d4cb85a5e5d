"""`call: mcp` with servers that are processes: behind walls, with nothing, ended with the call."""

import sys
import sysconfig
from pathlib import Path

import anyio
import pytest
from tests.contract.callees import official_mcp
from tests.contract.callees.world import call, mcp
from tests.pace import HANGS

from podium.adapters.http.errors import BrokenOff, TooLarge
from podium.adapters.mcp.process import McpProcesses
from podium.adapters.processes.sandbox import Limits, Reach
from podium.kernel.errors import NotFound, Refused, TimedOut
from podium.protocols.jsonrpc import Malformed
from podium.workflows.calls.callee import CalleeFailed
from podium.workflows.calls.mcp import VERSIONS

pytestmark = pytest.mark.anyio
PYTHON = str(Path(sys.executable).resolve())
LIBRARIES = sysconfig.get_path("purelib")
READABLE = [
    PYTHON,
    sysconfig.get_path("stdlib"),
    str(
        Path(
            f"{sysconfig.get_config_var('LIBDIR')}/{sysconfig.get_config_var('INSTSONAME')}"
        ).resolve()
    ),
    LIBRARIES,
    str(Path(official_mcp.__file__)),
]

OFFICIAL = f"""
import runpy, sys
sys.path.append({LIBRARIES!r})
runpy.run_path({official_mcp.__file__!r}, run_name='__main__')
"""


def processes(**limits: float) -> McpProcesses:
    return McpProcesses(Limits(**{"seconds": HANGS, **limits}), Reach(readable=READABLE))


async def asked(code, method="tools/call", *, version=None, limits=None, given=None):
    """`code` is the server: a program in Python, or None for that of the official SDK."""
    arguments = ["-c", OFFICIAL] if code is None else ["-I", "-c", code]
    environment = {"PYTHONPATH": LIBRARIES}
    stdio = {"command": PYTHON, "arguments": arguments, "environment": environment}
    sent = {
        "method": method,
        "parameters": {"name": "add", "arguments": {"a": 2, "b": 3}} if given is None else given,
        "transport": {"stdio": stdio},
        **({"protocolVersion": version} if version else {}),
    }
    context = call(seconds=(limits or {}).pop("task", HANGS))
    async with mcp(processes(**(limits or {})), max_bytes=100_000) as caller:
        return await caller.call(sent, context), context.notes


readable = pytest.mark.skipif(
    LIBRARIES.startswith("/tmp/"),  # noqa: S108 - where the clone lies
    reason="programs have a /tmp of their own, so they do not see packages that lie in this one",
)


@readable
@pytest.mark.parametrize("version", VERSIONS)
async def test_the_official_server_answers_over_its_streams(version):
    output, notes = await asked(None, version=version)

    assert output["structuredContent"] == {"result": 5}
    assert notes == [f"MCP {version} with official 9.1"]


async def test_servers_are_off_unless_they_are_allowed():
    transport = {"stdio": {"command": "echo"}}
    async with mcp(None) as caller:
        with pytest.raises(
            Refused, match=r"'echo' would be a process .* add mcp to processes.allow"
        ):
            _ = await caller.call({"method": "tools/list", "transport": transport}, call())


SPY = """
import json, os, sys
for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked:
        continue
    result = {"protocolVersion": "2025-06-18", "serverInfo": {"name": "spy", "version": "1"}}
    if asked["method"] == "tools/call":
        try:
            import socket
            socket.create_connection(("127.0.0.1", 22), 1)
            net = "open"
        except OSError as error:
            net = type(error).__name__
        seen = {"env": dict(os.environ), "cwd": os.listdir("."), "net": net}
        seen["home"] = os.path.exists("/root/.bashrc") or os.path.exists("/etc/shadow")
        result = {"content": [], "structuredContent": seen}
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}), flush=True)
"""


async def test_a_server_sees_nothing_that_it_is_not_given(monkeypatch):
    monkeypatch.setenv("PODIUM_SECRET", "s3cret")
    output, _ = await asked(SPY)
    seen = output["structuredContent"]

    assert set(seen["env"]) <= {"PATH", "HOME", "PYTHONPATH", "LC_CTYPE", "PWD"}
    assert seen["cwd"] == []
    assert not seen["home"]
    assert seen["net"] != "open"


LATE = """
import json, sys, time
time.sleep(5.5)
for line in sys.stdin:
    asked = json.loads(line)
    result = {"supportedVersions": ["2026-07-28"], "content": [], "resultType": "complete"}
    said = {"result": result}
    if asked["method"] == "initialize":
        data = {"supported": ["2026-07-28"]}
        said = {"error": {"code": -32022, "message": "no handshake", "data": data}}
    if asked["method"] == "tools/call":
        result["structuredContent"] = {"at": "last"}
    if "id" in asked:
        print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], **said}), flush=True)
"""


async def test_a_server_that_takes_long_to_start_is_not_held_to_a_handshake():
    output, notes = await asked(LATE, version="2026-07-28")

    assert output["structuredContent"] == {"at": "last"}
    assert notes[0].startswith("MCP 2026-07-28")


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        ("raise SystemExit(3)", BrokenOff, r"ended with code 3 before it answered"),
        ("import sys; sys.exit('no licence')", BrokenOff, r"code 1 .* It said last: no licence"),
        ("print('hello')", Malformed, "no JSON object"),
        ("print('{}' * 100_000)", TooLarge, "larger than 100,000 bytes"),
        ("print('\\n' * 1_000_000)", TooLarge, "larger than 100,000 bytes"),
        ("import os; os.kill(os.getpid(), 11)", BrokenOff, r"ended by signal 11"),
        (
            "import sys\nwhile True: sys.stderr.write('x' * 9999)",
            TimedOut,
            "took longer than 1 s",
        ),
        ("import time; time.sleep(60)", TimedOut, "took longer than 1 s"),
    ],
)
async def test_a_server_that_does_not_answer_is_a_typed_error(code, kind, said):
    with anyio.fail_after(HANGS), pytest.raises(kind, match=said):
        _ = await asked(code, limits={"task": 1.0 if kind is TimedOut else HANGS})


async def test_a_program_that_is_not_there_is_said():
    transport = {"stdio": {"command": "no-such-program"}}
    async with mcp(processes()) as caller:
        with pytest.raises(NotFound, match=r"'no-such-program' is no program on /usr"):
            _ = await caller.call({"method": "tools/list", "transport": transport}, call())


async def test_a_program_outside_of_what_servers_see_is_refused(tmp_path):
    program = tmp_path / "server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    transport = {"stdio": {"command": str(program)}}
    async with mcp(processes()) as caller:
        with pytest.raises(Refused, match=r"Add its folder to processes\.readable"):
            _ = await caller.call({"method": "tools/list", "transport": transport}, call())


def _running(mark):
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                words = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if mark in words:
                found.append(folder.name)
    return found


@pytest.mark.parametrize("stubborn", [False, True])
async def test_a_server_is_gone_when_its_call_is_over(stubborn):
    """Also one that stays when its input ends, and has a child."""
    mark = f"mark{stubborn}{id(object())}"
    stay = "import subprocess, time; subprocess.Popen(['sleep', '600']); time.sleep(600)"
    code = f"{mark} = 1\n{SPY}\n{stay if stubborn else ''}"
    with anyio.fail_after(HANGS):
        _ = await asked(code)

    with anyio.fail_after(HANGS):
        while _running(mark.encode()):  # noqa: ASYNC110 - the end of a stranger tells nobody
            await anyio.sleep(0.05)


@readable
async def test_what_is_said_to_a_tool_that_fails_is_kept():
    with pytest.raises(CalleeFailed, match="no coffee left"):
        _ = await asked(None, given={"name": "fail"})
