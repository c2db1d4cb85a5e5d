"""`podium run`"""

import re
from pathlib import Path
from typing import Annotated

import typer

from podium.cli.edge import ServerCommand, session
from podium.cli.inputs import Part
from podium.cli.running import Compare, Wish, start

app = typer.Typer(add_completion=False)

_BATCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_UNITS = {"s": 1, "m": 60, "h": 3600}


def _batch(text: str | None) -> str | None:
    if text is None or _BATCH.fullmatch(text):
        return text
    raise typer.BadParameter(f"{text!r}: use letters, digits and . _ - only, at most 100.")


def seconds(text: str) -> float:
    """30, 30s, 10m or 2h."""
    number, unit = (text[:-1], text[-1]) if text[-1:] in _UNITS else (text, "s")
    try:
        return float(number) * _UNITS[unit]
    except ValueError as error:
        raise typer.BadParameter(f"{text!r}: write 30s, 10m or 2h.") from error


@app.command(cls=ServerCommand)
def run(  # noqa: PLR0913, PLR0917 - its options
    ctx: typer.Context,
    document: Annotated[
        Path, typer.Argument(help="A workflow, in YAML or JSON.", metavar="DOCUMENT")
    ],
    input_: Annotated[
        str | None,
        typer.Option(
            "--input",
            "-i",
            help="JSON, a JSON array, JSON Lines or CSV with a header; - is standard input. "
            "Each row is one run. Without it there is one run with an empty object.",
            metavar="FILE",
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Add this to each input. Repeatable.", metavar="KEY=VALUE"),
    ] = None,
    limit: Annotated[int | None, typer.Option(help="At most so many rows.", min=1)] = None,
    offset: Annotated[int, typer.Option(help="Skip the first so many rows.", min=0)] = 0,
    every: Annotated[int, typer.Option(help="Only every so many-th row.", min=1)] = 1,
    concurrency: Annotated[int, typer.Option(help="Runs at the same time.", min=1, max=1000)] = 16,
    label_from: Annotated[
        str | None,
        typer.Option(
            help="Column with the right answer. It is taken out of the input, so that the "
            "workflow cannot see it.",
            metavar="COLUMN",
        ),
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(
            help="Member of the output to compare with --label-from; dots go inside, as in a.b.",
            metavar="FIELD",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Results as JSON Lines; in the state folder unless set.",
            metavar="FILE",
        ),
    ] = None,
    batch: Annotated[
        str | None,
        typer.Option(
            help="Name of these runs. The same command with the same name goes on where it "
            "stopped, and starts nothing twice.",
            metavar="NAME",
            callback=_batch,
        ),
    ] = None,
    timeout: Annotated[
        str | None, typer.Option(help="Stop waiting after so long: 30s, 10m, 2h.")
    ] = None,
) -> None:
    """Run a workflow over one input, or over each row of a file.

    Waits until every run has ended or waits for a person, writes the results and sums them up.
    For a single JSON object it prints the output alone.
    """
    if (label_from is None) is not (compare is None):
        raise typer.BadParameter("--label-from and --compare go together.")
    wish = Wish(
        document=document,
        input=input_,
        settings=tuple(set_ or ()),
        part=Part(offset, every, limit),
        concurrency=concurrency,
        compare=None if label_from is None or compare is None else Compare(label_from, compare),
        output=output,
        batch=batch,
        timeout=None if timeout is None else seconds(timeout),
    )
    if code := start(session(ctx), wish):
        raise typer.Exit(code)
