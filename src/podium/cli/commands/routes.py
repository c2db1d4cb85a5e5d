"""`podium routes`"""

import json
from pathlib import Path
from typing import Annotated

import typer

from podium.cli.edge import Command, session
from podium.cli.show.screen import emit, screen
from podium.gateway.routing.estimator import to_json
from podium.gateway.routing.examples import examples
from podium.gateway.routing.training import Aim, train
from podium.kernel.errors import Invalid

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Routes: train one from scored answers."
)


@app.callback()
def routes() -> None:
    """Routes: train one from scored answers."""


@app.command("train", cls=Command)
def train_route(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="JSON Lines: text, tags and a score for each target.")
    ],
    *,
    targets: Annotated[
        str, typer.Option(help="Targets from the cheapest to the dearest, with commas between.")
    ],
    output: Annotated[Path, typer.Option(help="Where to write the estimator.")],
    keep: Annotated[
        float, typer.Option(min=0, max=1, help="Part of the best target's quality to keep.")
    ] = 0.95,
    sure: Annotated[
        float, typer.Option(min=0, max=5, help="Standard errors of quality to have to spare.")
    ] = 1.0,
) -> None:
    """Learn which questions need the dearer targets, for a route with strategy by_complexity.

    Name the file under by_complexity.estimator of the route. What is printed was found on parts of
    the file that each fit had not seen.
    """
    names = tuple(name.strip() for name in targets.split(",") if name.strip())
    if len(names) < 2:  # noqa: PLR2004 - one target leaves no choice
        raise Invalid(f"--targets needs two names or more, got '{targets}'.")
    trained = train(examples(_lines(file), names), names, Aim(keep, sure))
    _ = output.write_text(json.dumps(to_json(trained.estimator), ensure_ascii=False), "utf-8")
    shares = dict(zip(names, trained.shares, strict=True))
    if session(ctx).json:
        kept = {"quality": trained.quality, "cost": trained.cost, "shares": shares}
        return emit({"file": str(output), "examples": trained.estimator.examples, **kept})
    told = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    return screen().show(
        f"[green]ok[/] {output}: from {trained.estimator.examples} examples. It keeps "
        f"{trained.quality:.1%} of the best target's quality at {trained.cost:.1%} of the dearest "
        f"target's cost ({told})."
    )


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"'{file}' cannot be read as text: {error}.") from error
