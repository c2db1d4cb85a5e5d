"""The worker process: reads frames from stdin, evaluates with libjq, writes frames to stdout.

Started as a file with `python -I -S`, an empty environment, the path of the jq extension and the
bytes of memory it may use; it imports nothing of podium.

A frame is four bytes of length and a body. Request: one byte of
operation, four bytes of deadline in milliseconds, four bytes of the length of the program's key,
the key (names of variables, newline, program) and the input as JSON text, an array of the data
and the values of the variables. Answer: one byte of status and JSON text or a message.

The kernel ends the worker by a timer when an evaluation has had its deadline of the processor, so
that it does not outlive a parent that was killed; otherwise it leaves when stdin ends.
"""

import contextlib
import importlib.machinery
import importlib.util
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable
from typing import Final, Protocol, TypeAlias, cast

MAX_OUTPUT: Final = 5_000_000
MAX_PROGRAMS: Final = 256

OK: Final = b"="
SYNTAX: Final = b"s"
RUNTIME: Final = b"r"
MEMORY: Final = b"m"
EVALUATE: Final = b"e"
COMPILE: Final = b"c"

_HEAD: Final = struct.Struct(">cII")
_LENGTH: Final = struct.Struct(">I")

_GUARD: Final = """
def env: error("env is not available in an expression");
def input: error("input is not available in an expression");
def inputs: error("inputs is not available in an expression");
def input_filename: error("input_filename is not available in an expression");
def input_line_number: error("input_line_number is not available in an expression");
def debug: error("debug is not available in an expression");
def debug(msg): error("debug is not available in an expression");
def stderr: error("stderr is not available in an expression");
def halt: error("halt is not available in an expression");
def halt_error: error("halt_error is not available in an expression");
def halt_error(code): error("halt_error is not available in an expression");
def modulemeta: error("modulemeta is not available in an expression");
def get_search_list: error("get_search_list is not available in an expression");
def get_jq_origin: error("get_jq_origin is not available in an expression");
def get_prog_origin: error("get_prog_origin is not available in an expression");
"""


def wrapped(key: str) -> str:
    """The program behind its guard: variables bound, the first output as JSON text.

    The newlines end a comment that the program may leave open; the binding before the program
    makes `import`, `include` and `module` syntax errors.
    """
    names, program = key.split("\n", 1)
    variables = names.split()
    bound = ", ".join(f"${name}" for name in ["__data", *variables])
    now = "$now" if "now" in variables else 'error("now is not available here")'
    return (
        f"{{}} as $ENV | . as [{bound}] | {_GUARD} def now: {now};\n"
        f"first($__data | (\n{program}\n\n)) | tojson"
    )


class Run(Protocol):
    def all(self) -> list[str]: ...


class Program(Protocol):
    def input_text(self, text: str) -> Run: ...


Compile: TypeAlias = "Callable[[str], Program]"


class Refused(Exception):
    """The program does not compile."""


class Worker:
    def __init__(self, compile_: Compile) -> None:
        self._compile: Compile = compile_
        self._programs: dict[bytes, Program] = {}

    def answer(self, request: bytes) -> tuple[bytes, bytes]:
        operation, deadline, length = cast("tuple[bytes, int, int]", _HEAD.unpack_from(request))
        key = request[_HEAD.size : _HEAD.size + length]
        limit(deadline / 1000)
        try:
            program = self.program(key)
            if operation == COMPILE:
                return OK, b"null"
            return evaluate(program, request[_HEAD.size + length :])
        except Refused as error:
            return SYNTAX, str(error).encode()
        except MemoryError:
            return MEMORY, b"It needs more memory than it may have."
        finally:
            _ = signal.setitimer(signal.ITIMER_PROF, 0)

    def program(self, key: bytes) -> Program:
        """Compiled, the least recently used ones forgotten."""
        found = self._programs.pop(key, None)
        if found is None:
            found = self._compiled(key.decode())
            if len(self._programs) >= MAX_PROGRAMS:
                del self._programs[next(iter(self._programs))]
        self._programs[key] = found
        return found

    def _compiled(self, key: str) -> Program:
        """Alone first, so that no parenthesis of its own can close the guard's."""
        names, program = key.split("\n", 1)
        bound = "".join(f"null as ${name} | " for name in ["__data", *names.split()])
        try:
            _ = self._compile(bound + program)
            return self._compile(wrapped(key))
        except ValueError as error:
            raise Refused(str(error).partition("\n")[0]) from None


def evaluate(program: Program, text: bytes) -> tuple[bytes, bytes]:
    try:
        outputs = program.input_text(text.decode()).all()
    except ValueError as error:
        return RUNTIME, str(error).encode(errors="replace")[:4096]
    result = outputs[0].encode() if outputs else b"null"
    if len(result) > MAX_OUTPUT:
        return MEMORY, f"Its result has {len(result):,} bytes, over {MAX_OUTPUT:,}.".encode()
    return OK, result


def confine(memory: int) -> None:
    """No files, no children, no core, bounded memory. After imports, before any request."""
    for kind, amount in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (amount, amount))


def limit(seconds: float) -> None:
    """Lets the kernel end this process when the processor's time is used up. jq never sleeps: what
    takes no time of the processor waits for a busy machine.
    """
    _ = signal.setitimer(signal.ITIMER_PROF, seconds)
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(used.ru_utime + used.ru_stime + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.RLIM_INFINITY))


def read(amount: int) -> bytes:
    """Exactly `amount` bytes from stdin; leaves when it ends."""
    parts: list[bytes] = []
    while amount:
        part = os.read(0, min(amount, 1 << 20))
        if not part:
            sys.exit(0)
        parts.append(part)
        amount -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def write(status: bytes, body: bytes) -> None:
    left = memoryview(_LENGTH.pack(len(body) + 1) + status + body)
    while left:
        left = left[os.write(1, left) :]


def load(path: str) -> Compile:
    """The jq extension from its file: no site-packages, no search."""
    loader = importlib.machinery.ExtensionFileLoader("jq", path)
    spec = importlib.util.spec_from_loader("jq", loader)
    if spec is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return cast("Compile", module.compile)


def main() -> None:
    worker = Worker(load(sys.argv[1]))
    confine(int(sys.argv[2]))
    write(OK, b"ready")
    while True:
        (length,) = cast("tuple[int]", _LENGTH.unpack(read(_LENGTH.size)))
        write(*worker.answer(read(length)))


if __name__ == "__main__":
    main()
