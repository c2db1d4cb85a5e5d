"""`podium service-accounts`"""

from typing import Annotated

import typer

from podium.cli.commands.users import commands
from podium.cli.directory import ask, show_entry
from podium.cli.edge import ServerCommand

app = commands(
    "service account",
    "Service accounts, which are programs that act for themselves.",
    "No service accounts. Make one with: podium service-accounts create NAME",
)


@app.command(cls=ServerCommand)
def create(
    ctx: typer.Context, name: Annotated[str, typer.Argument(help="What the program does.")]
) -> None:
    """Create a service account. It may do nothing until it has a role."""
    made = ask(ctx, "POST", "/api/v1/service-accounts", body={"name": name})
    show_entry(
        ctx,
        made,
        "Give it a role with: podium roles bind engineer {id}\n"
        "and a key with: podium keys create NAME --service-account {id}",
    )
