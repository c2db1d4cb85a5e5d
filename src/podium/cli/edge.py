"""What every command shares: its options, and the edge where errors become sentences.

Nothing above this catches exceptions, so each failure is told once, in one way.
"""

import errno
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, cast

import typer
from typer.core import TyperCommand
from typer.main import get_command

from podium.cli.exits import ExitCode, Interrupted
from podium.kernel.errors import Invalid, PodiumError

_PANEL = "Everywhere"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the API is: `server` is a URL; without one it is the server of the folder `home`.

    `workspace` is the id or name of one; None is the one in which the caller begins.

    `home` None is the folder that the configuration names; `config` None is podium.yaml here.
    """

    home: Path | None = None
    config: Path | None = None
    server: str | None = None
    api_key: str | None = None
    workspace: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """The options that every command has."""

    place: Place
    json: bool
    debug: bool


def session(ctx: typer.Context) -> Session:
    """The session of a command that is being invoked."""
    return cast("Session", ctx.obj)


def _everywhere(  # noqa: PLR0917 - each is an option
    home: Annotated[
        Path | None,
        typer.Option(
            help="The state folder; .podium unless podium.yaml names another.",
            metavar="DIR",
            envvar="PODIUM_STATE",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            help="The configuration; podium.yaml here unless set.",
            metavar="FILE",
            envvar="PODIUM_CONFIG",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON and nothing else.", rich_help_panel=_PANEL)
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where an error arose.", rich_help_panel=_PANEL)
    ] = False,
) -> None:
    """Only its parameters are wanted."""
    _ = home, config, json, debug


def _remote(
    server: Annotated[
        str | None,
        typer.Option(
            help="Talk to this podium and not to the one of the folder. Put an API key into "
            "the variable PODIUM_API_KEY.",
            metavar="URL",
            envvar="PODIUM_SERVER",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    api_key: Annotated[
        str | None, typer.Option("--api-key", envvar="PODIUM_API_KEY", hidden=True)
    ] = None,
    workspace: Annotated[
        str | None,
        typer.Option(
            help="Work in this workspace, by its id or name; else in the one in which you begin.",
            metavar="NAME",
            envvar="PODIUM_WORKSPACE",
            rich_help_panel=_PANEL,
        ),
    ] = None,
) -> None:
    """Only its parameters are wanted."""
    _ = server, api_key, workspace


class Command(TyperCommand):
    """A command that works without a server: `--home`, `--config`, `--json`, `--debug`."""

    def get_params(self, ctx: typer.Context):  # pyright: ignore[reportIncompatibleMethodOverride] # noqa: ANN201 - typer keeps this type to itself
        *own, help_ = super().get_params(ctx)
        return [*own, *_parameters(_everywhere), help_]

    def invoke(self, ctx: typer.Context) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]
        params = cast("dict[str, object]", ctx.params)
        place = Place(
            home=cast("Path | None", params.pop("home")),
            config=cast("Path | None", params.pop("config")),
            server=cast("str | None", params.pop("server", None)),
            api_key=cast("str | None", params.pop("api_key", None)),
            workspace=cast("str | None", params.pop("workspace", None)),
        )
        json, debug = bool(params.pop("json")), bool(params.pop("debug"))
        ctx.obj = Session(place, json, debug)
        try:
            return cast("object", super().invoke(ctx))
        except (typer.Exit, typer.Abort, KeyboardInterrupt):
            raise
        except Exception as error:  # the process's edge
            raise typer.Exit(tell(error, debug=debug)) from error


class ServerCommand(Command):
    """A command that talks to a server: `--server` and `--workspace` besides."""

    def get_params(self, ctx: typer.Context):  # noqa: ANN201 - as above
        *own, help_ = super().get_params(ctx)
        return [*own, *_parameters(_remote), help_]


@cache
def _parameters(function: Callable[..., None]):  # noqa: ANN202 - as above
    """Options as typer makes them of a function's annotations."""
    app = typer.Typer(add_completion=False)
    _ = app.command()(function)
    return get_command(app).params


def tell(error: BaseException, *, debug: bool) -> ExitCode:
    """Say on stderr what went wrong and answer the exit code."""
    leaf = next(_leaves(error))
    if isinstance(leaf, OSError) and leaf.errno == errno.EPIPE:
        raise leaf
    if type(leaf).__module__.startswith("typer"):
        raise leaf  # a usage error, which typer words itself
    if debug:
        traceback.print_exception(error)
    match leaf:
        case Interrupted():
            typer.secho(leaf.message, err=True)
            return ExitCode.INTERRUPTED
        case PodiumError():
            typer.echo(f"{typer.style('Error:', fg='red', bold=True)} {leaf.message}", err=True)
            for problem in leaf.problems if isinstance(leaf, Invalid) else ():
                typer.echo(f"  {problem}", err=True)
        case _:
            hint = "" if debug else " Add --debug to see where, and please report it."
            typer.echo(
                f"{typer.style('Error:', fg='red', bold=True)} podium failed on something it "
                f"does not know: {type(leaf).__name__}: {leaf}.{hint}",
                err=True,
            )
    _ = sys.stderr.flush()
    return ExitCode.ERROR


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """The errors inside task groups, those that podium knows by name first."""
    if not isinstance(error, BaseExceptionGroup):
        yield error
        return
    inside = [leaf for one in error.exceptions for leaf in _leaves(one)]
    yield from sorted(inside, key=lambda leaf: not isinstance(leaf, PodiumError))
