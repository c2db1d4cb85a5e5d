"""Exit codes: part of the published face, scripts rely on them."""

from collections.abc import Iterable
from enum import IntEnum

from podium.cli.wire import Run
from podium.kernel.errors import PodiumError


class ExitCode(IntEnum):
    OK = 0
    ERROR = 1
    USAGE = 2
    FAULTED = 3
    CANCELLED = 4
    TIMED_OUT = 5
    INTERRUPTED = 130


class Interrupted(PodiumError):
    """A person or the system asked the command to stop; the message says how to go on."""


def of_run(run: Run) -> ExitCode:
    """A run that waits for a person has done what it could."""
    match run.status:
        case "faulted":
            return ExitCode.FAULTED
        case "cancelled":
            return ExitCode.CANCELLED
        case _:
            return ExitCode.OK


def of_runs(runs: Iterable[Run]) -> ExitCode:
    """The gravest of many: a fault before a cancellation."""
    codes = {of_run(run) for run in runs}
    graver = (ExitCode.FAULTED, ExitCode.CANCELLED)
    return next((code for code in graver if code in codes), ExitCode.OK)
