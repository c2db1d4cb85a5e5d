"""One module for each word after `podium`; each has a `typer.Typer` named `app`."""
