"""`podium up`"""

from collections.abc import Callable
from typing import Annotated, cast

import typer

from podium.cli.edge import Command, session
from podium.cli.folder import Folder, UpOptions
from podium.cli.home import state_folder
from podium.cli.lazy import load
from podium.cli.lock import Held, held

app = typer.Typer(add_completion=False)


@app.command(cls=Command)
def up(
    ctx: typer.Context,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; this machine alone unless set.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 8700 unless set.", min=0, max=65535)
    ] = None,
) -> None:
    """Serve this folder: the web UI, the API and the runs. Ctrl-C ends it in peace.

    Runs that a server leaves unfinished, by Ctrl-C or by a crash, go on at its next start.
    """
    options = session(ctx)
    folder = Folder(state_folder(options.place.home, options.place.config))
    folder.create()
    with held(folder.lock, command="up") as lock:
        run = cast("Callable[[Held, UpOptions], None]", load("podium.cli.foreground:run"))
        run(lock, UpOptions(folder, host, port, options.place.config, options.json))
