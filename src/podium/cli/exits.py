"""Exit codes: part of the published face, scripts rely on them."""

from enum import IntEnum


class ExitCode(IntEnum):
    OK = 0
    ERROR = 1
    USAGE = 2
    FAULTED = 3
    CANCELLED = 4
    TIMED_OUT = 5
    INTERRUPTED = 130
