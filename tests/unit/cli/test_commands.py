"""What a person types and sees, against a podium that only pretends."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from tests.unit.cli.fake_server import TOKEN, FakePodium, Plot, served
from typer.testing import CliRunner, Result

from podium.cli.app import Commands, app
from podium.cli.lazy import command
from podium.cli.reference import page

REFERENCE = Path(__file__).parents[3] / "docs/reference/cli.md"
_APPROVAL = {
    "id": "appr_1",
    "run": "run_00000000000000000000000000",
    "path": "/do/ask",
    "title": "Refund of £436.00?",
    "status": "waiting",
    "payload": {"amount": 436},
    "payload_digest": "d",
    "created_at": 1_700_000_000.0,
}
_SPAN = {
    "id": "1",
    "trace": "t",
    "parent": None,
    "kind": "run",
    "name": "triage",
    "path": "",
    "started_at": 1.0,
    "ended_at": 3.5,
    "status": "ok",
    "error": None,
}
_CALL = {
    **_SPAN,
    "id": "2",
    "parent": "1",
    "kind": "model",
    "name": "chat big",
    "ended_at": 2.24,
    "status": "error",
    "error": "Timeout",
    "input_tokens": 1200,
    "output_tokens": 80,
    "cost": 1_500_000,
}


@contextmanager
def _running(fake: FakePodium) -> Iterator[str]:
    """The fake in a thread of its own: commands bring their own event loop."""
    urls: list[str] = []
    up, over = threading.Event(), threading.Event()

    async def serve() -> None:
        async with served(fake) as url:
            urls.append(url)
            up.set()
            _ = await anyio.to_thread.run_sync(over.wait)

    thread = threading.Thread(target=anyio.run, args=[serve])
    thread.start()
    assert up.wait(10)
    yield urls[0]
    over.set()
    thread.join()


@dataclass
class Shell:
    url: str
    folder: Path

    def __call__(self, *words: str, typed: str | None = None) -> Result:
        environment = {"PODIUM_SERVER": self.url, "PODIUM_API_KEY": TOKEN, "COLUMNS": "100"}
        words = (*words, "--home", str(self.folder))
        return CliRunner().invoke(app, list(words), input=typed, env=environment)


@contextmanager
def _shell(fake: FakePodium, folder: Path) -> Iterator[Shell]:
    with _running(fake) as url:
        _ = (folder / "flow.yaml").write_text("document: {}\n")
        yield Shell(url, folder)


def _paths() -> list[list[str]]:
    found: list[list[str]] = [[]]
    for lazy in Commands.table:
        made = command(lazy)
        found.append([lazy.name])
        found += [[lazy.name, name] for name in getattr(made, "commands", {})]
    return found


@pytest.mark.parametrize("path", _paths(), ids=" ".join)
def test_each_command_has_help(path: list[str]):
    for option in ("-h", "--help"):
        result = CliRunner().invoke(app, [*path, option])
        assert result.exit_code == 0
        assert "Usage:" in result.stdout


def test_the_summaries_in_the_listing_are_those_of_the_commands():
    for lazy in Commands.table:
        assert (command(lazy).help or "").startswith(lazy.summary.removesuffix("."))


def test_the_reference_page_is_what_the_help_says():
    assert REFERENCE.read_text(encoding="utf-8") == page(), "python -m podium.cli.reference"


def test_an_unknown_command_is_a_usage_error_with_a_suggestion():
    result = CliRunner().invoke(app, ["approvls"])
    assert result.exit_code == 2
    assert "Did you mean 'approvals'" in result.stderr


def test_one_object_prints_its_output_and_nothing_else(tmp_path: Path):
    with _shell(FakePodium(), tmp_path) as podium:
        result = podium("run", str(tmp_path / "flow.yaml"), "--set", "name=Ada")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"name": "Ada"}
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("status", "code"), [("completed", 0), ("waiting", 0), ("faulted", 3), ("cancelled", 4)]
)
def test_the_exit_code_says_what_became_of_a_run(tmp_path: Path, status: str, code: int):
    waiting_on = "approval: sure?" if status == "waiting" else None
    fake = FakePodium(lambda _: Plot(status, waiting_on=waiting_on))
    with _shell(fake, tmp_path) as podium:
        result = podium("run", str(tmp_path / "flow.yaml"))
    assert result.exit_code == code


def _mixed(given: object) -> Plot:
    text = given.get("text") if isinstance(given, dict) else None
    match text:
        case "ask":
            return Plot("waiting", waiting_on="approval: sure?")
        case "break":
            return Plot("faulted", error={"title": "Timeout", "detail": "No answer."})
        case _:
            return Plot(output={"intent": text})


def test_a_csv_of_rows_ends_in_results_and_a_summary(tmp_path: Path):
    _ = (tmp_path / "in.csv").write_text("text,intent\na,a\nb,x\nask,a\nbreak,a\n")
    with _shell(FakePodium(_mixed), tmp_path) as podium:
        result = podium(
            "run",
            str(tmp_path / "flow.yaml"),
            "--input",
            str(tmp_path / "in.csv"),
            "--batch=b1",
            "--label-from=intent",
            "--compare=intent",
        )
    assert result.exit_code == 3
    assert "2 of 4 (50.0 %) completed, no person asked" in result.stdout
    assert "straight through 1 of 2 (50.0 %) correct" in result.stdout
    assert "all that ended   1 of 3 (33.3 %) correct" in result.stdout
    assert "podium approvals list --batch b1" in result.stdout
    lines = (tmp_path / "results" / "b1.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["status"] for row in rows] == ["completed", "completed", "waiting", "faulted"]
    assert [row["correct"] for row in rows] == [True, False, None, False]
    assert rows[0]["input"] == {"text": "a"}
    assert "4/4 runs" in result.stderr


def test_json_of_many_runs_is_the_summary_alone(tmp_path: Path):
    _ = (tmp_path / "in.jsonl").write_text('{"text": "a"}\n{"text": "ask"}\n')
    with _shell(FakePodium(_mixed), tmp_path) as podium:
        result = podium(
            "run", str(tmp_path / "flow.yaml"), "-i", str(tmp_path / "in.jsonl"), "--json"
        )
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert found["by_status"] == {"completed": 1, "waiting": 1}
    assert found["straight_through"] == {"part": 1, "whole": 2, "percent": 50.0}


def test_when_time_runs_out_it_says_how_to_go_on(tmp_path: Path):
    _ = (tmp_path / "in.json").write_text("[1, 2]")
    with _shell(FakePodium(lambda _: Plot(looks=10_000)), tmp_path) as podium:
        result = podium(
            "run", str(tmp_path / "flow.yaml"), "-i", str(tmp_path / "in.json"), "--timeout=0.2s"
        )
    assert result.exit_code == 5
    assert "Time ran out. 0 of 2 runs have settled." in result.stderr
    assert "2 not settled" in result.stdout


def test_a_refused_document_is_shown_with_its_lines(tmp_path: Path):
    reason = {"message": "No task.", "rule": "required", "path": "", "line": 1, "column": 1}
    fake = FakePodium(workflow_problem={"problems": [reason]})
    with _shell(fake, tmp_path) as podium:
        result = podium("run", str(tmp_path / "flow.yaml"))
    assert result.exit_code == 1
    assert "1 │ document: {}" in result.stderr
    assert "is not valid, so nothing was run." in result.stderr
    assert "Traceback" not in result.stderr


def test_options_that_need_each_other_are_a_usage_error():
    result = CliRunner().invoke(app, ["run", "x.yaml", "--compare", "a"])
    assert result.exit_code == 2
    assert "--label-from and --compare go together" in result.stderr


def test_a_batch_name_has_to_fit_into_an_address():
    result = CliRunner().invoke(app, ["run", "x.yaml", "--batch", "a/b"])
    assert result.exit_code == 2
    assert "letters, digits" in result.stderr


def test_validate_shows_the_place_and_ends_with_1(tmp_path: Path):
    file = tmp_path / "bad.yaml"
    _ = file.write_text("document: {dsl: 1.0.3, namespace: a, name: b, version: 1.0.0}\ndo: 7\n")
    result = CliRunner().invoke(app, ["validate", str(file)], env={"COLUMNS": "300"})
    assert result.exit_code == 1
    assert f"{file.name}:2:1" in result.stdout.replace("\n", "")
    assert "2 │ do: 7" in result.stdout
    plain = CliRunner().invoke(app, ["validate", str(file), "--json"])
    assert json.loads(plain.stdout)[0]["line"] == 2


def test_runs_are_listed_and_shown(tmp_path: Path):
    with _shell(FakePodium(), tmp_path) as podium:
        _ = podium("run", str(tmp_path / "flow.yaml"), "--batch", "b")
        listed, shown = podium("runs", "list"), podium("runs", "show", f"run_{0:026d}")
        cancelled = podium("runs", "cancel", f"run_{0:026d}")
        missing = podium("runs", "show", "run_x")
    assert f"run_{0:026d}   completed   support/triage:1.0.0" in listed.stdout
    assert "workflow  support/triage:1.0.0" in shown.stdout
    assert "is cancelled" in cancelled.stdout
    assert (missing.exit_code, missing.stderr) == (1, "Error: There is no run run_x.\n")


def test_a_run_is_watched_to_its_end(tmp_path: Path):
    kinds = ("io.serverlessworkflow.workflow.started.v1", "podium.model.faulted.v1")
    events = [
        {"type": kind, "time": "2026-11-22T09:20:04Z", "data": span}
        for kind, span in zip(kinds, (_SPAN, _CALL), strict=True)
    ]
    with _shell(FakePodium(events=events), tmp_path) as podium:
        _ = podium("run", str(tmp_path / "flow.yaml"))
        result = podium("runs", "watch", f"run_{0:026d}")
    assert "→ triage" in result.stdout
    assert "✗ chat big  1.24 s  1,200 → 80 tokens  $0.0015  Timeout" in result.stdout
    assert "is completed" in result.stderr


def test_a_trace_is_a_tree_with_a_total(tmp_path: Path):
    helped = {"attributes": {"podium.supplied": ["tools"], "podium.repairs": 0}}
    with _shell(FakePodium(spans=[_SPAN, {**_CALL, **helped}]), tmp_path) as podium:
        result = podium("trace", "run_1")
    assert "$0.0015  supplied: tools" in result.stdout
    assert "└── ✓ triage  run  2.50 s" in result.stdout
    assert "└── ✗ chat big  model  1.24 s  1,200 → 80 tokens  $0.0015" in result.stdout
    assert "2 spans, 1 model call, 2.5 s, 1,200 tokens in, 80 out, $0.0015" in result.stdout


def test_approvals_are_listed_shown_and_decided(tmp_path: Path):
    with _shell(FakePodium(approvals={"appr_1": dict(_APPROVAL)}), tmp_path) as podium:
        listed, shown = podium("approvals", "list"), podium("approvals", "show", "appr_1")
        decided = podium("approvals", "approve", "appr_1", "--edit", '{"amount": 1}', "--json")
    assert "appr_1   waiting" in listed.stdout
    assert '"amount": 436' in shown.stdout
    assert json.loads(decided.stdout)["edited"] == {"amount": 1}


def test_a_whole_batch_is_decided_only_after_a_yes(tmp_path: Path):
    fake = FakePodium(approvals={"appr_1": dict(_APPROVAL)})
    with _shell(fake, tmp_path) as podium:
        words = ("approvals", "reject", "--all", "--batch", "b")
        refused = podium(*words, typed="n\n")
        assert fake.approvals["appr_1"]["status"] == "waiting"
        done = podium(*words, typed="y\n")
    assert refused.exit_code == 1
    assert "Reject 1 approval of the batch b?" in done.stderr
    assert fake.approvals["appr_1"]["status"] == "rejected"


def test_the_doctor_fails_where_a_check_does(tmp_path: Path):
    checks: list[dict[str, object]] = [
        {"name": "disk", "status": "fail", "message": "Full.", "remedy": "Free some space."},
        {"name": "database", "status": "ok", "message": "Answers.", "remedy": None},
    ]
    with _shell(FakePodium(checks=checks), tmp_path) as podium:
        result = podium("doctor")
    assert result.exit_code == 1
    assert "fail   disk       Full." in result.stdout
    assert "Free some space." in result.stdout


def test_models_and_keys(tmp_path: Path):
    with _shell(FakePodium(), tmp_path) as podium:
        listed = podium("models", "list").stdout
        assert "ok default answered by local/smollm2" in podium("models", "test", "default").stdout
        assert podium("keys", "create", "nightly").stdout == "pdm_secret\n"
        assert "nightly" in podium("keys", "list").stdout
        assert podium("keys", "revoke", "key_1").stdout == "key_1 is revoked.\n"
    told = [line.split() for line in listed.splitlines()]
    assert ["default", "route", "chat", "local/smollm2", "→", "gpt"] in told
    assert ["local/smollm2", "model", "chat", "free"] in told
    assert ["gpt", "model", "chat", "1.05M", "2.5", "·", "0.25", "·", "10"] in told
    assert ["house/large", "model", "chat", "33k", "no", "price", "known"] in told
    assert "Prices: a list 7." in listed
    assert max(map(len, listed.splitlines())) <= 80


@pytest.mark.parametrize(("words", "becomes"), [((), "engineer"), (("--role", "admin"), "admin")])
def test_an_invitation_is_a_link_and_nothing_else_on_standard_output(
    tmp_path: Path, words: tuple[str, ...], becomes: str
):
    with _shell(FakePodium(), tmp_path) as podium:
        made = podium("invite", *words)
        plain = podium("invite", *words, "--json")
    assert made.stdout == f"{podium.url}/start?token=pdi_secret\n"
    assert f"Whoever opens it first becomes {becomes}." in made.stderr
    assert json.loads(plain.stdout)["role"] == becomes


def test_a_folder_without_state_is_told_where_to_begin(tmp_path: Path):
    result = CliRunner().invoke(app, ["runs", "list", "--home", str(tmp_path / "none")])
    assert result.exit_code == 1
    assert "begin with `podium run`" in result.stderr
    assert not (tmp_path / "none").exists()


def test_a_configuration_is_checked_without_a_server(tmp_path: Path):
    file = tmp_path / "podium.yaml"
    _ = file.write_text("version: 1\n")
    good = CliRunner().invoke(app, ["config", "check", str(file)])
    assert good.exit_code == 0
    assert "ok" in good.stdout
    _ = file.write_text("version: 1\nnonsense: 1\n")
    bad = CliRunner().invoke(app, ["config", "check", str(file)])
    assert bad.exit_code == 1
    assert "nonsense" in bad.stderr


def test_debug_shows_where_an_error_arose(tmp_path: Path):
    with _shell(FakePodium(), tmp_path) as podium:
        result = podium("runs", "show", "run_x", "--debug")
    assert "Traceback" in result.stderr
    assert "Error: There is no run run_x." in result.stderr
