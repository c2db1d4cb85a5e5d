"""`podium validate`"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, cast

import msgspec
import typer

from podium.cli.document import Document, of_refusal, read
from podium.cli.edge import Command, session
from podium.cli.exits import ExitCode
from podium.cli.show.findings import listing, verdict
from podium.cli.show.screen import emit, screen
from podium.functions.installed import described
from podium.kernel.errors import Invalid
from podium.kernel.json import JsonObject
from podium.workflows.documents.check import check
from podium.workflows.documents.findings import Finding
from podium.workflows.documents.yaml import load as parse
from podium.workflows.functions import inputs

app = typer.Typer(add_completion=False)


@app.command(cls=Command)
def validate(
    ctx: typer.Context,
    document: Annotated[
        Path, typer.Argument(help="A workflow, in YAML or JSON.", metavar="DOCUMENT")
    ],
) -> None:
    """Check a workflow document and show what is wrong where, as file:line:column.

    Ends with 1 where there is an error; a warning is none.
    """
    source = read(document)
    found = findings(source, catalog())
    if session(ctx).json:
        emit([{"file": source.name, **_plain(one)} for one in found])
    else:
        screen().show(listing(source.name, source.text, found), verdict(source.name, found))
    if any(one.severity == "error" for one in found):
        raise typer.Exit(ExitCode.ERROR)


def catalog() -> Mapping[str, JsonObject]:
    """The input schema of each function, by name and by name:version; none of them is called."""
    return inputs(described().values())


def findings(source: Document, functions: Mapping[str, JsonObject]) -> Sequence[Finding]:
    """What is wrong or doubtful, also where the document cannot be read at all."""
    try:
        return check(parse(source.text, name=source.name), functions)
    except Invalid as error:
        return of_refusal(error)


def _plain(finding: Finding) -> dict[str, object]:
    return cast("dict[str, object]", msgspec.to_builtins(finding))
