"""Mocks of providers behind a real podium: what comes through in every wire format.

`python -m tests.providers.run ENVIRONMENT` starts the mocks that are installed there, asks podium
and writes what came of it to docs/reference/provider-mocks.md.
"""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.providers.asking import CALLERS, Clients, attempted, embeds
from tests.providers.counterparts import (
    AIMOCK,
    COUNTERPARTS,
    ENVIRONMENT,
    MINISTACK,
    Counterpart,
    configuration,
)
from tests.providers.page import NONE, Row, updated
from tests.service.drill import podium_in, until

HERE: Final = Path(__file__).parent
PAGE: Final = HERE.parents[1] / "docs" / "reference" / "provider-mocks.md"
_SECONDS: Final = 20.0


@contextmanager
def mocks(environment: Path, folder: Path) -> Generator[Mapping[str, str]]:
    """Their addresses, by name. Both answer until the end."""
    node, stack = _free(), _free()
    aimock = f"http://127.0.0.1:{node}"
    fixtures = HERE / AIMOCK / "fixtures.json"
    commands: list[tuple[int, list[str | Path], dict[str, str]]] = [
        (
            node,
            [
                "node",
                environment / "node_modules/@copilotkit/aimock/dist/cli.js",
                *("-p", str(node), "-f", fixtures, "--log-level", "silent"),
            ],
            {},
        ),
        (
            stack,
            [environment / "bin" / MINISTACK],
            {"GATEWAY_PORT": str(stack), "MINISTACK_BEDROCK_PROXY_URL": aimock},
        ),
    ]
    started = [
        subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), **more},  # noqa: TID251
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _, command, more in commands
    ]
    try:
        for port, _, _ in commands:
            _ = until(f"port {port} answers", lambda port=port: _answers(port), _SECONDS)
        yield {AIMOCK: aimock, MINISTACK: f"http://127.0.0.1:{stack}"}
    finally:
        for process in started:
            process.terminate()
        for process in started:
            _ = process.wait(_SECONDS)


def asked(one: Counterpart, clients: Clients, day: str) -> Generator[Row]:
    embedded = embeds(clients, one.embedding) if one.embeds else NONE
    for address, steps in CALLERS.items():
        seen = [attempted(ask, clients, one.name) for ask in steps]
        yield Row.of(one, address, [*seen, embedded], day=day)


def main(words: Sequence[str]) -> int:
    """0 where all works."""
    (environment,) = words
    day = datetime.now(UTC).date().isoformat()  # noqa: TID251 - the day of the report
    seen: list[Row] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        mocks(Path(environment).resolve(), Path(folder)) as addresses,
        podium_in(Path(folder), configuration(addresses), ENVIRONMENT) as place,
    ):
        _ = place.up()
        made = place.podium("keys", "create", "mocks", "--reach", "gateway").out
        key = next(word for word in made.split() if word.startswith("pdm_"))
        assert place.told is not None
        clients = Clients(place.told["url"], key)
        try:
            for one in COUNTERPARTS:
                for row in asked(one, clients, day):
                    _ = sys.stdout.write(f"{row.line}\n")
                    seen.append(row)
        finally:
            clients.close()
    _ = PAGE.write_text(updated(PAGE.read_text("utf-8"), seen), "utf-8")
    return 0 if all(row.works for row in seen) else 1


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
