"""Which interpreter runs a program, and what of the machine it reads for that."""

import json
import os
import shutil
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from podium.adapters.processes.plan import CODE
from podium.kernel.errors import NotFound
from podium.workflows.calls.processes import Language, Process

SHELL: Final = "/bin/sh"
PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
OWN_FOLDERS: Final = ("/tmp", "/dev", "/proc", "/program")  # noqa: S108 - none of the machine's
"""Folders that each sandbox has for itself."""
_SYSTEM: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store")
_LINKER: Final = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives")
_ZONE: Final = "/etc/localtime"
_NETWORK: Final = (
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/ca-certificates",
    "/etc/pki/tls/certs",
    "/etc/pki/ca-trust",
)
_MIB: Final = 1 << 20
_ROOM: Final = 1 << 30
"""What an interpreter may reserve without using it."""

_NAMED_PYTHON: Final = """\
import json, runpy, sys
code, sys.argv = sys.argv[1], sys.argv[1:]
with open(code.replace("main.py", "named.json"), encoding="utf-8") as file:
    named = json.load(file)
runpy.run_path(code, init_globals=named, run_name="__main__")
"""
_NAMED_JS: Final = "Object.assign(globalThis, JSON.parse({}));\n"


@dataclass(frozen=True, slots=True)
class Prepared:
    """The first words of a command, the texts it reads, and the files of the machine."""

    command: Sequence[str]
    arguments: Sequence[str]
    texts: dict[str, str]
    reads: Sequence[str]
    address_space: int


def prepare(process: Process, memory: int) -> Prepared:
    """Raises NotFound where this machine has no interpreter for it."""
    match process.language:
        case Language.SHELL:
            texts = {"command": process.text}
            return _prepared(process, [SHELL, f"{CODE}/command"], texts, memory=memory)
        case Language.PYTHON:
            return _python(process, memory)
        case Language.JS:
            return _js(process, memory)


def _prepared(
    process: Process,
    command: Sequence[str],
    texts: dict[str, str],
    *,
    memory: int,
    reads: Sequence[str] = (),
) -> Prepared:
    return Prepared(command, process.arguments, texts, reads, memory + _ROOM if memory else 0)


def _python(process: Process, memory: int) -> Prepared:
    """The interpreter that runs podium, isolated and with its standard library alone."""
    executable = os.path.realpath(sys.executable)
    library = f"{sysconfig.get_config_var('LIBDIR')}/{sysconfig.get_config_var('INSTSONAME')}"
    reads = [executable, sysconfig.get_path("stdlib"), os.path.realpath(library)]
    command, texts = [executable, "-I", "-S", "-X", "utf8"], {"main.py": process.text}
    if process.named:
        texts |= {"named.json": json.dumps(process.named), "start.py": _NAMED_PYTHON}
        command.append(f"{CODE}/start.py")
    command.append(f"{CODE}/main.py")
    return _prepared(process, command, texts, memory=memory, reads=reads)


def _js(process: Process, memory: int) -> Prepared:
    """Node reserves far more addresses than it uses, so these are not limited."""
    found = shutil.which("node")
    if found is None:
        raise NotFound(
            "There is no `node` on the PATH of podium, which runs scripts in js. Install Node.js "
            "20 or newer, or write the script in python."
        )
    executable = os.path.realpath(found)
    command = [executable, f"--max-old-space-size={memory * 3 // 4 // _MIB}"]
    texts = {"main.mjs": process.text}
    if process.named:
        texts["named.mjs"] = _NAMED_JS.format(json.dumps(json.dumps(process.named)))
        command.append(f"--import={CODE}/named.mjs")
    command.append(f"{CODE}/main.mjs")
    return _prepared(process, command, texts, memory=0, reads=[executable])


def seen(more: Iterable[str], *, network: bool) -> tuple[dict[str, str], dict[str, str]]:
    """What a program sees of the machine: paths with their real files, and links with their
    targets. Passes over what is not there, and what a folder before it shows already.
    """
    links = {path: str(Path(path).readlink()) for path in _SYSTEM if Path(path).is_symlink()}
    wanted = [*_SYSTEM, *_LINKER, _ZONE, *(_NETWORK if network else ()), *more]
    found: dict[str, str] = {}
    for path in sorted(set(wanted) - set(links)):
        covered = any(path.startswith(f"{parent}/") for parent in found)
        if not covered and Path(path).exists():
            found[path] = os.path.realpath(path)
    return found, links
