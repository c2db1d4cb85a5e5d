"""The documents of others that run scripts, shell commands and containers, in the real sandbox.

Those of the Java SDK, with what its own tests expect of them; and the specification's examples.
Containers run on the fake engine: what it is asked is what counts.
"""

import shutil
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from tests.service.sandboxes import needs_node, opened
from tests.world import FakeChance, FakeClock, Scene

from podium.adapters.http.client import HttpClient
from podium.adapters.http.egress import Egress
from podium.bootstrap.processes import open_runners
from podium.bootstrap.protocols import Outside, protocols
from podium.kernel.json import Json
from podium.settings import Settings
from podium.settings.programs import Processes
from podium.workflows.documents.check import check
from podium.workflows.documents.yaml import load

pytestmark = [pytest.mark.anyio, pytest.mark.shared]
ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT.parent / "shared" / "openworkflow" / "examples"
SAMPLES = EXAMPLES / "sdk-java-7.26"
OFFICIAL = ("v1.0.3", "main-2026-07-29")
ALL = Processes(allow=["script", "shell", "container"])


@pytest.fixture(autouse=True)
async def _walls():
    async with opened():
        pass


@pytest.fixture(autouse=True)
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The fake of docker, in place of a real one."""
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    text = (ROOT / "tests" / "service" / "fake_docker.py").read_text()
    _ = docker.write_text(f"#!{sys.executable} -IS\n{text}")
    docker.chmod(0o755)
    node = shutil.which("node")
    if node is not None:
        (docker.parent / "node").symlink_to(node)
    monkeypatch.setenv("PATH", str(docker.parent))
    return docker.parent / "state"


@asynccontextmanager
async def scene(path: Path, folder: Path, section: Processes = ALL) -> AsyncGenerator[Scene]:
    settings = Settings(processes=section).placed(folder, {})
    client = HttpClient(Egress.anywhere())
    async with open_runners(settings, folder / ".podium", clock=FakeClock()) as runners, client:
        spoken = protocols(settings, Outside(client, FakeClock(), FakeChance(), runners))
        yield Scene(path.read_text(), protocols=spoken)  # noqa: ASYNC240 - one small file


async def output(name: str, folder: Path, input: Json = None) -> Json:
    async with scene(SAMPLES / name, folder) as made:
        return await made.output(input)


async def error(name: str, folder: Path) -> Mapping[str, Json]:
    async with scene(SAMPLES / name, folder) as made:
        return await made.error({})


def done(stdout: str) -> Json:
    return {"code": 0, "stdout": stdout, "stderr": ""}


@pytest.mark.parametrize(
    ("name", "input", "expected"),
    [
        ("echo", {}, done("Hello, anonymous")),
        ("echo-jq", {"user": {"name": "John Doe"}}, done("Hello, John Doe")),
        ("echo-none", {}, None),
        ("echo-not-awaiting", {"full_name": "Ann"}, {"full_name": "Ann"}),
        ("echo-with-args-key-value", {}, done("--user=john --password=doe")),
        (
            "echo-with-args-key-value-jq",
            {"user": "john", "passwordKey": "--password"},
            done("--user=john --password=doe"),
        ),
        (
            "echo-with-args-only-key",
            {"firstName": "John", "lastName": "Doe"},
            done("Hello John Doe from args!"),
        ),
        ("echo-with-env", {"lastName": "Doe"}, done("Hello John Doe from env!")),
        ("touch-cat", {"lastName": "Doe"}, done("hello world")),
    ],
)
async def test_shell_commands_of_the_java_sdk(
    tmp_path: Path, name: str, input: Json, expected: Json
):
    assert await output(f"run-shell/{name}.yaml", tmp_path, input) == expected


async def test_failures_of_shell_commands_of_the_java_sdk(tmp_path: Path):
    assert await output("run-shell/echo-exitcode.yaml", tmp_path, {}) == 2
    said = await output("run-shell/echo-stderr.yaml", tmp_path, {})
    assert isinstance(said, str)
    assert said.startswith("ls:")
    problem = await error("run-shell/missing-shell-command.yaml", tmp_path)
    assert "The shell command is empty" in str(problem["detail"])


@needs_node
@pytest.mark.parametrize(
    ("name", "input", "expected"),
    [
        ("console-log", {}, "hello from script"),
        ("console-log-args", {}, "Hello, world!"),
        ("console-log-envs", {}, "Running JavaScript code using Serverless Workflow!"),
        ("console-log-not-awaiting", {"hello": "world"}, {"hello": "world"}),
    ],
)
async def test_scripts_of_the_java_sdk(tmp_path: Path, name: str, input: Json, expected: Json):
    assert await output(f"run-script/{name}.yaml", tmp_path, input) == expected


@needs_node
async def test_a_script_of_the_java_sdk_that_is_fetched(tmp_path: Path):
    async def script(_: web.Request) -> web.Response:
        return web.Response(text='console.log("hello from script");\n')

    app = web.Application()
    _ = app.router.add_get("/script.js", script)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 8886).start()
    try:
        name = "run-script/console-log-external-source.yaml"
        assert await output(name, tmp_path, {}) == "hello from script"
    finally:
        await runner.cleanup()


@needs_node
async def test_failures_of_scripts_of_the_java_sdk(tmp_path: Path):
    """Here `return` says whether a failure is an answer; there it always is a fault."""
    thrown = await output("run-script/function-with-throw.yaml", tmp_path, {})
    assert "Error: This is a test error" in str(thrown)
    whole = await output("run-script/function-with-throw-all.yaml", tmp_path, {})
    assert isinstance(whole, Mapping)
    assert whole["code"] == 1
    assert whole["stdout"] == "logged before the 'throw' statement"
    assert "Error: This is a test error" in str(whole["stderr"])
    wrong = await output("run-script/function-with-syntax-error.yaml", tmp_path, {})
    assert "SyntaxError" in str(wrong)


@pytest.mark.parametrize("version", OFFICIAL)
async def test_the_examples_of_the_specification(tmp_path: Path, version: str):
    folder = EXAMPLES / version
    async with scene(folder / "run-shell-stdin-and-arguments.yaml", tmp_path) as made:
        assert await made.output() == "STDIN was: Hello World\nARGS are Foo Bar"
    if shutil.which("node") is None:
        pytest.skip("no node on the PATH")
    async with scene(folder / "run-script-with-stdin-and-arguments.yaml", tmp_path) as made:
        assert await made.output() == "stdin >  Hello Workflow\narg >  hello\nenv >  bar"


@pytest.mark.parametrize("version", OFFICIAL)
async def test_the_containers_of_the_specification(tmp_path: Path, engine: Path, version: str):
    found: dict[str, Json] = {}
    for path in sorted((EXAMPLES / version).glob("run-container*.yaml")):
        async with scene(path, tmp_path) as made:
            found[path.name] = await made.output()
    assert found.pop("run-container-stdin-and-arguments.yaml") == "hello from alpine"
    assert len(found) == 5
    assert set(found.values()) == {"hello from hello-world"}
    assert len((engine / "run.log").read_text().splitlines()) == 6


@pytest.mark.parametrize(
    "name",
    [
        "container-cleanup-default",
        "container-cleanup",
        "container-env",
        "container-test-command",
        "container-timeout",
    ],
)
async def test_containers_of_the_java_sdk(tmp_path: Path, name: str):
    path = SAMPLES / "container" / f"{name}.yaml"
    image = "busybox:3.20" if name == "container-test-command" else "busybox:latest"
    async with scene(path, tmp_path) as made:
        assert await made.output({"someValue": "x"}) == f"hello from {image}"


async def test_a_container_of_the_java_sdk_publishes_ports_where_it_may(tmp_path: Path):
    path = SAMPLES / "container" / "container-ports.yaml"
    async with scene(path, tmp_path) as made:
        problem = await made.error({})
    assert "processes: {network: true}" in str(problem["detail"])
    allowed = Processes(allow=["container"], network=True)
    async with scene(path, tmp_path, allowed) as made:
        assert await made.output({}) == "hello from busybox:latest"


async def test_every_one_of_these_documents_is_read():
    for path in sorted([*SAMPLES.glob("run-*/*.yaml"), *SAMPLES.glob("container/*.yaml")]):
        found = check(load(path.read_bytes(), name=path.name), {})
        assert [each for each in found if each.severity == "error"] == [], path.name


async def test_nothing_of_it_runs_unless_it_is_allowed(tmp_path: Path):
    for name, kind in (
        ("run-shell/echo.yaml", "shell"),
        ("run-script/console-log.yaml", "script"),
        ("container/container-test-command.yaml", "container"),
    ):
        async with scene(SAMPLES / name, tmp_path, Processes()) as made:
            problem = await made.error({})
        assert str(problem["type"]).endswith("/errors/authorization")
        assert f"processes: {{allow: [{kind}]}}" in str(problem["detail"])
