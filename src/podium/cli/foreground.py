"""`podium up` once it has the lock: open, serve, say where, and end in peace."""

import gc
import logging
from collections.abc import Iterator
from functools import partial
from typing import Final

import anyio
from rich.markup import escape

from podium.bootstrap import Podium
from podium.cli.configuration import origin
from podium.cli.folder import Folder, UpOptions
from podium.cli.hangup import at_hangup
from podium.cli.lock import Held
from podium.cli.opening import Opening
from podium.cli.server import Address, Site, serving
from podium.cli.show.screen import Screen, emit, screen
from podium.cli.show.words import count
from podium.cli.stop import interruptible
from podium.kernel.errors import Invalid, PodiumError

_log: Final = logging.getLogger("podium.configuration")

_SELDOM = (20_000, 20, 100)
"""Objects, and rounds, after which Python looks for cycles: its own 700 take 6 % of a gateway's
processor, and nothing here makes many."""


def run(lock: Held, options: UpOptions) -> None:
    anyio.run(_serve, lock, options, backend_options={"use_uvloop": True})


async def _serve(lock: Held, options: UpOptions) -> None:
    written = origin(options.config).read()
    server = written.settings().server
    address = Address(options.host or server.host, _port(options, server.port))
    view = screen()
    site = Site(options.folder, lock, address, "up")
    async with serving(site, Opening(written, options.folder, address)) as served:
        invitation = (await served.podium.identity.start()).invitation
        link = f"{served.live.url}/start?token={invitation}" if invitation else ""
        if options.json:
            emit(
                {"url": served.live.url, "start": link or None, "pid": served.live.pid}
                | {"home": str(options.folder.path.resolve())}
            )
        else:
            view.unbroken(*welcome(options.folder, served.live.url, link=link, address=address))
        # What there is now stays: looking through its 170,000 objects again and again would hold
        # all requests and runs up, each time for 0.1 s.
        gc.freeze()
        gc.set_threshold(*_SELDOM)
        reload = partial(_reload, served.podium, view)
        async with at_hangup(reload), interruptible() as stop:
            await anyio.sleep_forever()
        if stop.asked:
            view.note("\n[dim]Ending …[/]")
    view.note("podium has ended. Unfinished runs go on at its next start: [bold]podium up[/]")


async def _reload(podium: Podium, view: Screen) -> None:
    try:
        outcome = await podium.configuration.reload(podium.local)
    except PodiumError as refused:
        problems = refused.problems if isinstance(refused, Invalid) else ()
        view.note(f"[red]Nothing was changed.[/] {escape(refused.message)}")
        view.note(*(f"  {escape(str(problem))}" for problem in problems))
    except Exception as failed:  # noqa: BLE001 - the process's edge: calls under way go on
        _log.exception("The configuration could not be read again", exc_info=failed)
    else:
        view.note(f"The configuration was read again: {count(len(outcome.differences), 'change')}.")
        waiting = ", ".join(outcome.restart)
        view.note(*([f"[yellow]Only a restart changes[/] {escape(waiting)}"] if waiting else ()))


def _port(options: UpOptions, configured: int) -> int:
    return configured if options.port is None else options.port


def welcome(folder: Folder, url: str, *, link: str, address: Address) -> Iterator[str]:
    yield f"\n  [bold green]podium[/] is up at [bold]{url}[/]\n"
    if link:
        yield f"  Become its admin with this link, which works once:\n  [cyan]{link}[/]\n"
    yield f"  state   {escape(str(folder.path.resolve()))}"
    yield "  hint    in another terminal here: [bold]podium run DOCUMENT --input FILE[/]"
    if not address.is_private:
        yield "  note    [yellow]others on the network can reach it; put TLS in front of it[/]"
    yield "\n  [dim]Ctrl-C ends it; unfinished runs go on at the next start.[/]"
