"""`podium up`"""

import os
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import anyio
import typer
from rich.markup import escape

from podium.cli.edge import Command, Session, session
from podium.cli.folder import Folder
from podium.cli.home import state_folder
from podium.cli.lazy import load
from podium.cli.lock import Held, held
from podium.cli.show.screen import emit, screen
from podium.cli.stop import interruptible

app = typer.Typer()
