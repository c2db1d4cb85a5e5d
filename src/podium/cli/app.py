"""The commands of podium, by name."""

from collections.abc import Callable, Sequence
from typing import Annotated, ClassVar, cast

import typer

from podium.cli.lazy import Lazy, LazyGroup, load

_WORK, _LOOK, _PEOPLE, _SETUP = "Work", "Look", "People", "Set up"


def _lazy(name: str, panel: str, summary: str, *, module: str = "") -> Lazy:
    return Lazy(name, f"podium.cli.commands.{module or name}", summary, panel)


class Commands(LazyGroup):
    table: ClassVar[Sequence[Lazy]] = (
        _lazy("up", _WORK, "Serve this folder: the web UI, the API and the runs."),
        _lazy("validate", _WORK, "Check a workflow document and show what is wrong where."),
        _lazy("run", _WORK, "Run a workflow over one input, or over each row of a file."),
        _lazy("approvals", _WORK, "What waits for a person: list, show, approve, reject."),
        _lazy("delegations", _WORK, "Hand your votes to somebody else: list, give, revoke."),
        _lazy("events", _WORK, "Events that runs wait for: send one."),
        _lazy("schedules", _WORK, "Schedules, which start runs: list, pause, resume."),
        _lazy(
            "runs",
            _LOOK,
            "Runs: list, show, watch, pause, cancel, resume, retry, fork.",
            module="run_changes",
        ),
        _lazy("trace", _LOOK, "What a run did: each step, function and model call."),
        _lazy("calls", _LOOK, "Calls to models from outside of runs: list them."),
        _lazy("audit", _LOOK, "Who did what: list, show, verify, prove, export."),
        _lazy("doctor", _SETUP, "Check what is configured, reachable and missing."),
        _lazy("models", _SETUP, "Models and routes: list them, test one."),
        _lazy("routes", _SETUP, "Routes: train one from scored answers."),
        _lazy(
            "config",
            _SETUP,
            "The configuration: check it, change it while podium runs, roll it back.",
        ),
        _lazy("cache", _SETUP, "Kept answers: what they did; purge them."),
        _lazy("keys", _SETUP, "API keys for programs: create, list, change, rotate, revoke."),
        _lazy("budgets", _LOOK, "Budgets: what is spent, and what is left."),
        _lazy("guardrails", _SETUP, "Guardrails: list them, test a text."),
        _lazy("invite", _PEOPLE, "Print a one-time link for one more person."),
        _lazy("workspaces", _PEOPLE, "Workspaces, which keep things apart."),
        _lazy("teams", _PEOPLE, "Teams of users, in one workspace."),
        _lazy("groups", _PEOPLE, "Groups of users of the whole organisation."),
        _lazy("users", _PEOPLE, "People: list, change, disable, remove."),
        _lazy(
            "service-accounts",
            _PEOPLE,
            "Service accounts, which are programs that act for themselves.",
            module="service_accounts",
        ),
        _lazy("roles", _PEOPLE, "Roles: which there are, and who has which of them where."),
        _lazy("policies", _PEOPLE, "Policies: show, check, put, roll back."),
        _lazy("access", _PEOPLE, "Who may do what: explain, matrix, test."),
        _lazy("version", _SETUP, "Print the version."),
    )


app = typer.Typer(
    name="podium",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done (also while a run waits for a person), 1 error, 2 usage, "
    "3 a run faulted, 4 a run was cancelled, 5 time ran out.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"podium {cast('Callable[[], str]', load('podium.cli.release:release'))()}")
        raise typer.Exit


@app.callback()
def podium(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """The AI orchestrator: runs workflows of models, data and people, and shows what they did."""


def main() -> None:
    app()
