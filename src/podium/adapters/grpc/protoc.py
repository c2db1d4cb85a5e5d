"""The process that compiles proto files: `python -I protoc.py FOLDER ROOT MEMORY SECONDS`.

It runs grpcio-tools' protoc, which is C++, over the files of a folder that anybody may have
written: with bounded memory, processor time and output, and without children. It imports nothing
of podium. What it makes is FOLDER/descriptors; what protoc complains of goes to stderr.
"""

import contextlib
import importlib.resources
import resource
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final, cast

MOST_OUTPUT: Final = 16_000_000


def confine(memory: int, seconds: int) -> None:
    """Bytes and seconds of processor time; the kernel ends what takes more."""
    for kind, amount in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, MOST_OUTPUT),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (amount, amount))


def main() -> int:
    folder, root, memory, seconds = sys.argv[1:5]
    run = cast("Callable[[Sequence[str]], int]", import_module("grpc_tools.protoc").main)
    with importlib.resources.as_file(importlib.resources.files("grpc_tools") / "_proto") as known:
        confine(int(memory), int(seconds))
        paths = [f"--proto_path={folder}/sources", f"--proto_path={known}"]
        made = f"--descriptor_set_out={folder}/descriptors"
        return run(["protoc", *paths, "--include_imports", made, root])


if __name__ == "__main__":
    sys.exit(main())
