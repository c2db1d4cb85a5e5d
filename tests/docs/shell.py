"""Executes blocks of a page as a reader would, in one folder and one shell session."""

import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict, cast

import msgspec
from tests.docs.pages import Block, Run

SECONDS = 180
"""For one command; the machine may be busy."""

_SHOWN = "127.0.0.1:8700"
_ID = re.compile(r"\b(run|appr|key|user|ws|call|sched)_[0-9a-z]{26}\b")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_RULE = re.compile(r"[\s─━╭╮╰╯│]*")
_WILD = re.compile(
    r"(?P<any>…)|(?P<id>(?:run|appr|key|user|ws|call|sched)_[0-9a-z]{26}|pd[ims]_[\w-]+|[0-9a-f]{64})"
    r"|(?P<number>\d+(?:[.,:-]\d+)*)|(?P<space>\s+)"
)


class _Announced(TypedDict):
    url: str


@dataclass(slots=True)
class Server:
    """One `podium up` in a folder, started when a page first asks for it."""

    folder: Path
    process: "subprocess.Popen[bytes] | None" = None
    url: str = ""

    def start(self) -> None:
        if self.process is not None:
            return
        with (self.folder / "up.log").open("wb") as log:
            self.process = subprocess.Popen(
                [_tool("podium"), "up", "--port", "0"],
                cwd=self.folder,
                env=environment(self.folder),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        announced = self.folder / ".podium" / "server.json"
        patience = time.monotonic() + SECONDS
        while not announced.is_file():
            if self.process.poll() is not None or time.monotonic() > patience:
                raise AssertionError(f"podium up: {(self.folder / 'up.log').read_text('utf-8')}")
            time.sleep(0.05)
        self.url = msgspec.json.decode(announced.read_bytes(), type=_Announced)["url"]

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            _ = self.process.wait(SECONDS)


@dataclass(slots=True)
class Shell:
    server: Server
    printed: str = ""
    ids: dict[str, str] = field(default_factory=dict[str, str])

    def block(self, block: Block) -> None:
        """Do what the block's marker says. Raises AssertionError with the place and the output."""
        word, _, rest = block.marker.partition(": ")
        if block.run is not None:
            self._run(block, block.run)
        elif word == "serve":
            self.server.start()
        elif word == "file":
            _ = (self.server.folder / rest).write_text(block.text, "utf-8")
        elif word == "output":
            compare(block.text, self.printed, block.place)

    def _run(self, block: Block, run: Run) -> None:
        for command, expected in _commands(block):
            code, self.printed = self._execute(command)
            assert code == run.exit, f"{block.place}: exit {code}, not {run.exit}\n{self.printed}"
            compare(expected, self.printed, block.place)
            self.ids |= {found[1]: found[0] for found in _ID.finditer(self.printed)}

    def _execute(self, command: str) -> tuple[int, str]:
        folder = self.server.folder
        kept = shlex.quote(str(folder / "environment"))
        told = _ID.sub(lambda found: self.ids.get(found[1], found[0]), command)
        told = told.replace(f"http://{_SHOWN}", self.server.url or f"http://{_SHOWN}")
        done = subprocess.run(
            [
                "/bin/bash",
                "-euo",
                "pipefail",
                "-c",
                f"[ -f {kept} ] && . {kept}; trap 'export -p >{kept}' EXIT\n{told}",
            ],
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
        return done.returncode, _ANSI.sub("", done.stdout.decode())


def environment(folder: Path) -> dict[str, str]:
    tools = Path(sys.executable).parent
    return {
        "PATH": f"{tools}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "COLUMNS": "100",
        "TERM": "dumb",
    }


def compare(expected: str, printed: str, place: str) -> None:
    """Each line of `expected` must be in `printed`, in this order."""
    left = iter([line for line in printed.splitlines() if not _RULE.fullmatch(line)])
    for line in expected.splitlines():
        if _RULE.fullmatch(line) or line.strip() == "…":
            continue
        pattern = re.compile(_pattern(line.strip()))
        if not any(pattern.search(found) for found in left):
            raise AssertionError(f"{place}: not printed (in this order): {line}\n\n{printed}")


def _pattern(line: str) -> str:
    parts: list[str] = []
    at = 0
    for wild in _WILD.finditer(line):
        parts += [re.escape(line[at : wild.start()]), _free(wild)]
        at = wild.end()
    return "".join([*parts, re.escape(line[at:])])


def _free(wild: re.Match[str]) -> str:
    match wild.lastgroup:
        case "any":
            return ".*"
        case "id":
            return r"[\w-]+"
        case "number":
            return r"\d[\d.,:-]*"
        case _:
            return r"\s+"


def _commands(block: Block) -> Iterator[tuple[str, str]]:
    """Commands with what they print; a line that ends in a backslash goes on in the next."""
    if block.language == "python":
        script = f"python - <<'PYTHON'\n{block.text}\nPYTHON"
        yield script, ""
        return
    if block.language == "sh":
        yield block.text, ""
        return
    pieces = cast("list[str]", re.split(r"^\$ ", block.text, flags=re.MULTILINE))
    for piece in pieces[1:]:
        command = re.match(r"(?:.*\\\n)*.*\n", piece)
        assert command is not None, block.place
        yield command[0], piece[command.end() :]


def _tool(name: str) -> str:
    return str(Path(sys.executable).with_name(name))
